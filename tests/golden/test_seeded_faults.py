"""A sample of ``make seeded-faults``: wrongs of every grave kind in the output are found."""

from __future__ import annotations

from pathlib import Path

from tests.seeded.__main__ import GRAVE, beyond_the_key, missed, shares
from tests.seeded.practice import practice
from tests.seeded.sowing import Kind, Result, kinds, sow_output

# The sample runs the second path and what else is quick; the whole is behind the make target.
QUICK = ("AllergyIntolerance", "MedicationRequest", "ChargeItem")
SLOW = ("conformance.", "terminology.", "source.", "completeness.", "plausibility.")


def test_grave_wrongs_are_found(tmp_path: Path) -> None:
    riverbend = practice(SLOW)
    assert beyond_the_key(riverbend) == set()
    grave = [kind for kind in kinds("fhir") if kind.family in GRAVE and kind.target in QUICK]
    results = sow_output(riverbend, grave, 1, tmp_path, skip=SLOW, tell=lambda _: None)
    assert len(results) > 50
    assert missed(results) == []
    assert all(result.sown == 1 for result in results)


def test_kinds_are_many_and_shares_add_up() -> None:
    both = kinds("fhir") + kinds("staged")
    assert len(both) >= 200
    assert len({(kind.side, kind.name) for kind in both}) == len(both)
    one = Kind("x", "safety", "fhir", "Patient", {})
    told = "all 1 kinds 4 sown 3 found (75.00%) 2 at the very place"
    assert " ".join(shares([Result(one, 4, 3, 2)])[0].split()) == told
