"""Every check of the pack passes the clean run, having looked at something."""

from pathlib import Path

import pytest

from migrate.core.issues import catalogue

from .seeded import CHECKS, clean, judged, places

NOTHING_TO_SEE = {
    "completeness.declared-rows",
    "completeness.required-columns",
    "completeness.columns",
    "completeness.expectations",
    "plausibility.after-death",
    "money.sums-agree",
}


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_the_clean_run_passes(check: str, tmp_path: Path) -> None:
    found = judged(clean(), tmp_path, check)
    assert places(found) == []
    assert found.failed == 0
    assert (found.examined == 0) == (check in NOTHING_TO_SEE)
    assert CHECKS[check].code in catalogue()


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_an_empty_run_is_not_a_pass(check: str, tmp_path: Path) -> None:
    from .seeded import Seeded

    found = judged(Seeded(), tmp_path, check)
    assert (found.examined, found.failed) == (0, 0)
