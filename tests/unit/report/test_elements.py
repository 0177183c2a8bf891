"""The gap report counts what is there and mentions everything that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.core.gaps import must_support, uscdi
from migrate.engine.judging import open_judged
from migrate.report.elements import element_lines, elements_document
from migrate.stages.validate import gap_document
from tests.unit.validators.seeded import Seeded, clean


@pytest.fixture(scope="module")
def gaps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    run = clean()
    run.resource("Patient", "p1")["name"][0]["given"] = ["Testa", "Q"]
    run.resource("Patient", "p1")["telecom"] = [{"system": "email", "value": "t@mail.example"}]
    with open_judged(run.write(tmp_path_factory.mktemp("gaps") / "run")) as facts:
        return gap_document(facts)  # type: ignore[return-value]


def counted(gaps: dict[str, list[dict[str, object]]], group: str, name: str) -> tuple[object, ...]:
    (line,) = [
        line
        for lines in gaps.values()
        for line in lines
        if (line["group"], line["element"]) == (group, name)
    ]
    return line["present"], line["of"], line["state"]


def test_what_is_there_is_counted(gaps: dict[str, list[dict[str, object]]]) -> None:
    people = "Patient Demographics/Information"
    assert counted(gaps, people, "Last Name") == (2, 2, "present")
    assert counted(gaps, people, "Middle Name (Including middle initial)") == (1, 2, "present")
    assert counted(gaps, people, "Email Address") == (1, 2, "present")
    assert counted(gaps, "Vital Signs", "Body Weight") == (6, 6, "present")
    assert counted(gaps, "Vital Signs", "Body Height") == (0, 6, "absent in the export")
    assert counted(gaps, "Laboratory", "Specimen Type") == (0, 0, "absent in the export")
    assert counted(gaps, "us-core-patient", "gender") == (2, 2, "present")
    assert counted(gaps, "us-core-patient", "address") == (0, 2, "absent in the export")
    assert counted(gaps, "us-core-careteam", "participant")[0] == 0


def test_nothing_is_left_unmentioned(
    gaps: dict[str, list[dict[str, object]]], tmp_path: Path
) -> None:
    assert {(e.group, e.name) for e in uscdi()} == {
        (line["group"], line["element"]) for line in gaps["uscdi"]
    }
    assert len({e.group for e in uscdi()}) == 19
    assert len({e.group for e in must_support()}) == 46
    shown = elements_document(gaps)
    for part in ("classes", "profiles"):
        for group in shown[part]:
            assert len(group["present"]) + len(group["absent"]) == group["elements"]
    assert len(element_lines(gaps)) == sum(map(len, gaps.values()))
    with open_judged(Seeded().write(tmp_path / "run")) as facts:
        nothing = gap_document(facts)
    assert all(line["present"] == 0 for lines in nothing.values() for line in lines)  # type: ignore[attr-defined]
