"""The facts that checks judge: what is made of resources, whatever they look like."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrate.engine.judging import JudgedFacts, open_judged
from migrate.errors import OurBug
from tests.unit.validators.seeded import CHECKS, Seeded, clean, observation


def rows(facts: JudgedFacts, query: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in facts.sql(query).to_pylist()]


def test_references_are_found_wherever_they_stand(tmp_path: Path) -> None:
    run = Seeded()
    run.resources = {
        "Claim": {
            "c": {
                "resourceType": "Claim",
                "id": "c",
                "patient": {"reference": "Patient/p"},
                "related": [{"reference": {"system": "an identifier"}}],
                "careTeam": [{"provider": {"reference": f"Practitioner/{n}"}} for n in "ab"],
                "extension": [{"url": "x", "valueReference": {"reference": "Patient/p"}}],
                "contained": [{"resourceType": "X", "subject": {"reference": "#y"}}],
            }
        }
    }
    with open_judged(run.write(tmp_path / "run")) as facts:
        assert rows(facts, "SELECT element, target FROM run.links ORDER BY ALL") == [
            ("?", "#y"),
            ("careTeam.provider", "Practitioner/a"),
            ("careTeam.provider", "Practitioner/b"),
            ("patient", "Patient/p"),
        ]


def test_owners_status_dates_and_measures(tmp_path: Path) -> None:
    run = Seeded()
    found = observation("p", "8302-2", 170.5, "cm", "2020-01-01")
    visit = {"reference": "Location/l"}, {"reference": "Patient/q"}
    run.resources = {
        "Observation": {"o": {"resourceType": "Observation", "id": "o", **found}},
        "Appointment": {
            "a": {
                "resourceType": "Appointment",
                "id": "a",
                "status": "booked",
                "start": "2020-01-02T10:00:00Z",
                "participant": [{"actor": actor} for actor in visit],
            }
        },
    }
    with open_judged(run.write(tmp_path / "run")) as facts:
        assert rows(facts, "FROM run.resources ORDER BY ALL") == [
            ("Appointment", "a", "q", "booked", False),
            ("Observation", "o", "p", "final", True),
        ]
        assert rows(facts, "FROM run.dates ORDER BY ALL") == [
            ("Appointment", "a", "start", "2020-01-02T10:00:00Z"),
            ("Observation", "o", "effectiveDateTime", "2020-01-01"),
        ]
        assert rows(facts, "FROM run.measures") == [("o", "2020-01-01", "8302-2", 170.5, "cm")]


def test_a_failing_query_quotes_nothing(tmp_path: Path) -> None:
    with open_judged(clean().write(tmp_path / "run")) as facts:
        with pytest.raises(OurBug) as caught:
            facts.sql("SELECT note::INTEGER FROM staged.patients")
        assert "kept" not in str(caught.value)
        assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_what_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    with open_judged(tmp_path) as facts:
        assert rows(facts, "FROM run.fates") == []
        assert facts.resource_types() == []
        assert not facts.has("staged.patients") and facts.has("run.links")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("extractor", "lines", "examined", "failed"),
    [
        ("delimited", 3, 1, 0),
        ("delimited", 90, 1, 1),
        ("sqldump", 90, 0, 0),
        ("database", None, 0, 0),
    ],
)
def test_only_lines_of_delimited_files_are_records(
    extractor: str, lines: int | None, examined: int, failed: int, tmp_path: Path
) -> None:
    run = Seeded(tables={"visits": [{"key": "1"}, {"key": "2"}]})
    manifest = run.write(tmp_path / "run") / "staged" / "manifest.json"
    told = json.loads(manifest.read_bytes())
    told["extractor"] = extractor
    told["tables"][0]["files"] = [{"path": "emr", "physical_lines": lines}]
    manifest.write_text(json.dumps(told))
    with open_judged(tmp_path / "run") as facts:
        found = CHECKS["source.lines"].run(facts, {})
    assert (found.examined, found.failed) == (examined, failed)
