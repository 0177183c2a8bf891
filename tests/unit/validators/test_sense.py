"""Checks that need more than the small clean run: children, alerts, tables that point at others."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from migrate.core.secondpath import read_definitions
from migrate.engine.judging import open_judged

from .seeded import CHECKS, Seeded, clean, judged, medication, observation, places

ALERTS = """
CREATE VIEW second.patient_number AS SELECT 'urn:oid:2.999.7' AS system;
CREATE VIEW second.allergies AS SELECT key, 'allergies' AS tbl, _row AS row, 'M-p2' AS patient,
  'Penicillin' AS label, 'active' AS status FROM staged.allergies WHERE key = 'a-p2';
CREATE VIEW second.medications AS SELECT key, 'meds' AS tbl, _row AS row, 'M-p2' AS patient,
  'Amoxicillin 500 mg capsule' AS label, 'active' AS status FROM staged.meds WHERE key = 'm9';
"""


def alerts(run: Seeded, folder: Path) -> tuple[int, list[str]]:
    definitions, _ = read_definitions(ALERTS, "x.sql")
    with open_judged(run.write(folder), definitions=definitions) as facts:
        found = CHECKS["safety.allergy-alerts"].run(facts, CHECKS["safety.allergy-alerts"].defaults)
    return found.examined, places(found)


def test_an_alert_that_would_vanish_is_raised(tmp_path: Path) -> None:
    run = clean()
    run.add("meds", "p2", "MedicationRequest", "m9", medication("p2", "x", 500, "2021-01-01"))
    resource = run.resource("MedicationRequest", "m9")
    resource["medicationCodeableConcept"]["text"] = "Amoxicillin 500 mg capsule"
    assert alerts(run, tmp_path / "a") == (1, [])
    run.resource("AllergyIntolerance", "a-p2")["clinicalStatus"]["coding"][0]["code"] = "inactive"
    assert alerts(run, tmp_path / "b") == (1, ["Patient/p2 patients:2 allergy alert"])


def test_doses_nobody_takes(tmp_path: Path) -> None:
    run = clean()
    for name, dose in (("m8", 80), ("m9", 81)):
        order = medication("p1", "Lisinopril 80 mg tablet", dose, "2021-01-01")
        run.add("meds", "p1", "MedicationRequest", name, order)
    found = judged(run, tmp_path, "safety.dose-range")
    assert (found.examined, places(found)) == (2, ["MedicationRequest/m9 meds:8 dosageInstruction"])


def test_doses_for_children_go_by_weight_and_age(tmp_path: Path) -> None:
    run = clean()
    run.resource("Patient", "p1")["birthDate"] = "2017-01-01"
    run.add(
        "vitals", "p1", "Observation", "w", observation("p1", "29463-7", 10, "kg", "2019-01-01")
    )
    for name, drug, dose in (
        ("m7", "Amoxicillin 250 mg", 1200),
        ("m8", "Amoxicillin 250 mg", 1201),
        ("m9", "Codeine 15 mg tablet", 15),
    ):
        run.add("meds", "p1", "MedicationRequest", name, medication("p1", drug, dose, "2019-06-01"))
    found = judged(run, tmp_path, "safety.pediatric-dose")
    assert found.examined == 6
    assert [place.split()[0] for place in places(found)] == [
        "MedicationRequest/m8",
        "MedicationRequest/m9",
    ]


def test_a_heavy_child_takes_no_more_than_the_label_says(tmp_path: Path) -> None:
    run = clean()
    run.resource("Patient", "p1")["birthDate"] = "2010-01-01"
    run.add(
        "vitals", "p1", "Observation", "w", observation("p1", "29463-7", 90, "kg", "2019-01-01")
    )
    for name, dose in (("m8", 2000), ("m9", 2001)):
        order = medication("p1", "Amoxicillin 500 mg", dose, "2019-06-01")
        run.add("meds", "p1", "MedicationRequest", name, order)
    found = judged(run, tmp_path, "safety.pediatric-dose")
    assert [place.split()[0] for place in places(found)] == ["MedicationRequest/m9"]


def test_what_was_ruled_out_was_not_thought_of_before_birth(tmp_path: Path) -> None:
    run = clean()
    condition = run.resource("Condition", "c-p1")
    condition["onsetDateTime"] = "1921-03-03"
    condition["verificationStatus"] = {"coding": [{"code": "refuted"}]}
    found = judged(run, tmp_path / "a", "plausibility.before-birth", {"tolerance_days": 1})
    assert places(found) == ["Condition/c-p1 problems:1 onsetDateTime"]
    condition["verificationStatus"] = {"coding": [{"code": "entered-in-error"}]}
    found = judged(run, tmp_path / "b", "plausibility.before-birth", {"tolerance_days": 1})
    assert places(found) == []


def test_shared_numbers_and_namesakes(tmp_path: Path) -> None:
    run = clean()
    run.resource("Patient", "p2")["identifier"][0]["value"] = "M-p1"
    run.resource("Patient", "p2")["name"][0]["given"] = ["TESTA P1"]
    both = ["Patient/p1 patients:1", "Patient/p2 patients:2"]
    found = judged(run, tmp_path / "a", "safety.shared-numbers")
    assert places(found) == [f"{one} identifier" for one in both]
    found = judged(run, tmp_path / "b", "plausibility.same-person")
    assert places(found) == [f"{one} name" for one in both]


def test_drift_names_columns_that_came_went_or_emptied(tmp_path: Path) -> None:
    run = clean()
    before = [("problems", "key", 2), ("problems", "note", 20), ("problems", "gone", 2)]
    before += [("meds", "key", 6), ("allergies", "key", 2), ("allergies", "note", 2)]
    run.relations["last_columns"] = pa.table(
        {name: [line[n] for line in before] for n, name in enumerate(("tbl", "col", "filled"))}
    )
    found = judged(run, tmp_path, "source.drift", {"fewer": 0.2})
    assert [p for p in places(found) if p.split()[0] in ("problems", "meds", "allergies")] == [
        "meds note",
        "problems gone",
        "problems note",
    ]


def test_orphans_by_the_suite(tmp_path: Path) -> None:
    run = clean()
    run.tables["meds"][1]["note"] = "nobody"
    settings = {"parents": {"meds.key": "meds.key", "meds.note": "problems.note"}}
    found = judged(run, tmp_path, "source.parents", settings)
    assert (found.examined, places(found)) == (12, ["meds:2 note"])
