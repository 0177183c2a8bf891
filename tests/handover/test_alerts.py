"""Active medicines and allergies: labelled, and the text-only ones wait for a clinician."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from migrate.core.gate import AcceptedFinding, judge
from migrate.engine.desk import DeskViews
from migrate.stages.alerts import alert_findings, alert_rows, write_alerts
from tests.handover.packages import shipped_layout

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def resource(kind: str, identity: str, **more: object) -> str:
    return json.dumps({"resourceType": kind, "id": identity} | more) + "\n"


def drug(identity: str, status: str, *systems: str) -> str:
    codings = [{"system": system, "code": "1"} for system in systems]
    concept = {"coding": codings, "text": "=Aspirin"}
    return resource("MedicationRequest", identity, status=status, medicationCodeableConcept=concept)


def test_only_what_is_active_and_coded_will_alert(tmp_path: Path) -> None:
    fhir = tmp_path / "fhir"
    fhir.mkdir()
    drugs = [drug("r1", "active", RXNORM), drug("r2", "active", "urn:old"), drug("r3", "stopped")]
    (fhir / "MedicationRequest.ndjson").write_text("".join(drugs))
    active = {"coding": [{"system": "x", "code": "active"}]}
    wrong = {"coding": [{"system": "x", "code": "entered-in-error"}]}
    (fhir / "AllergyIntolerance.ndjson").write_text(
        resource("AllergyIntolerance", "r4", clinicalStatus=active, code={"text": "Latex"})
        + resource("AllergyIntolerance", "r5", clinicalStatus=active, verificationStatus=wrong)
    )
    every, layout = shipped_layout("every-package"), shipped_layout("spreadsheet-desk")
    with DeskViews(fhir, every, tmp_path / "scratch") as views:
        counts = write_alerts(tmp_path / "alerts.csv", alert_rows(views, every, layout))
    rows = list(csv.DictReader((tmp_path / "alerts.csv").open(encoding="utf-8")))
    assert {row["record_id"]: row["label"] for row in rows} == {
        "r1": "will alert",
        "r2": "text only",
        "r4": "text only",
    }
    assert rows[0]["what"] == "'=Aspirin"
    assert counts == {"medications": 1, "allergies": 1}


def test_a_clinician_answers_for_what_is_text_only() -> None:
    found = list(alert_findings({"text_only": {"allergies": 2}}))
    assert [(one.code, one.where, one.count) for one in found] == [("HND050", "allergies", 2)]
    signed = ("HND050", "allergies", 2, "read", "Ada Example")
    assert not judge(found, [AcceptedFinding(*signed, "billing")]).ready
    assert judge(found, [AcceptedFinding(*signed, "clinical")]).ready
