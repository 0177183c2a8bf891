"""Real database servers for the tests of a file, started when one asks for them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.sql_servers import MariaDb, Postgres, mariadb, postgres


@pytest.fixture(scope="module")
def maria() -> Iterator[MariaDb]:
    """MariaDB, for the tests of a file."""
    with tempfile.TemporaryDirectory(prefix="db-") as folder, mariadb(Path(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def pg() -> Iterator[Postgres]:
    """PostgreSQL, for the tests of a file."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgres(Path(folder)) as running:
        yield running
