"""The whole way on a real HAPI server, where one runs: `make hapi`, then `make test-server`."""

from __future__ import annotations

import os

import pytest

from migrate import plugins
from tests.server.real import whole_way

pytestmark = [pytest.mark.server, pytest.mark.slow]


def test_the_whole_way_on_a_real_server(monkeypatch: pytest.MonkeyPatch) -> None:
    base = os.environ.get("EHR_MIGRATE_HAPI")
    if not base:
        pytest.skip("no HAPI server runs (make hapi, then EHR_MIGRATE_HAPI=its base)")
    monkeypatch.setattr(plugins, "open_target", plugins.open_target)  # put back at the end
    assert whole_way(base, None, {}) == []
