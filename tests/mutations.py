"""``make verify-faults``: sixty kinds of faults made in the target, twenty of each.

Every other fault is an edit (the target gives it a new version), the others are silent: the store's
own bytes change and nothing else. Verification must name each resource that was touched and no
other, and nothing at all on clean targets.

python -m tests.mutations
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from migrate.store.workspace import Project
from tests.loads import load_run, make_project, plan_and_sign, verify_run

EACH = 20
CLEAN = 10
DROP = object()
Resource = dict[str, Any]
_SCAN = base64.b64encode(b"an invented letter, page after page " * 20).decode()


@dataclass(frozen=True)
class Fault:
    """A kind of fault: the element of a type, and its new value (DROP: taken out)."""

    name: str
    type: str
    path: str
    value: object


def _fault(name: str, place: str, value: object) -> Fault:
    kind, _, path = place.partition(".")
    return Fault(name, kind, path, value)


CHANGES = (
    _fault("value", "Observation.valueQuantity.value", 7000),
    _fault("value off by one digit", "Observation.valueQuantity.value", 70.6),
    _fault("rounded decimal", "Observation.valueQuantity.value", 71),
    _fault("value as text", "Observation.valueQuantity.value", "70.5"),
    _fault("unit", "Observation.valueQuantity.unit", "lb"),
    _fault("UCUM code", "Observation.valueQuantity.code", "[lb_av]"),
    _fault("comparator added", "Observation.valueQuantity.comparator", "<"),
    _fault("value lost", "Observation.valueQuantity", DROP),
    _fault("result status", "Observation.status", "entered-in-error"),
    _fault("date", "Observation.effectiveDateTime", "2024-02-12"),
    _fault("day and month swapped", "Observation.effectiveDateTime", "2024-11-02"),
    _fault("precision lost", "Observation.effectiveDateTime", "2024-02"),
    _fault("reference to another patient", "Observation.subject.reference", "Patient/p99"),
    _fault("visit lost", "Observation.encounter", DROP),
    _fault("code", "Observation.code.coding.0.code", "3141-9"),
    _fault("code system", "Observation.code.coding.0.system", "urn:other"),
    _fault("text of a code", "Observation.code.text", "height"),
    _fault("interpretation", "Observation.interpretation.0.coding.0.code", "N"),
    _fault("reference range", "Observation.referenceRange.0.high.value", 1000),
    _fault("component lost", "Observation.component.1", DROP),
    _fault("component value", "Observation.component.0.valueQuantity.value", 12),
    _fault("note lost", "Observation.note", DROP),
    _fault("clinical status", "Condition.clinicalStatus.coding.0.code", "resolved"),
    _fault("verification status", "Condition.verificationStatus.coding.0.code", "refuted"),
    _fault("onset", "Condition.onsetDateTime", "2091"),
    _fault("abatement added", "Condition.abatementDateTime", "2024"),
    _fault("diagnosis", "Condition.code.coding.0.code", "E11.8"),
    _fault("second coding lost", "Condition.code.coding.1", DROP),
    _fault("allergen", "AllergyIntolerance.code.text", "none known"),
    _fault("criticality", "AllergyIntolerance.criticality", "low"),
    _fault("reaction lost", "AllergyIntolerance.reaction", DROP),
    _fault("reaction severity", "AllergyIntolerance.reaction.0.severity", "mild"),
    _fault("allergy retracted", "AllergyIntolerance.verificationStatus.coding.0.code", "refuted"),
    _fault("dose", "MedicationRequest.dosageInstruction.0.doseAndRate.0.doseQuantity.value", 100),
    _fault(
        "dose unit", "MedicationRequest.dosageInstruction.0.doseAndRate.0.doseQuantity.unit", "g"
    ),
    _fault("sig", "MedicationRequest.dosageInstruction.0.text", "take ten daily"),
    _fault("frequency", "MedicationRequest.dosageInstruction.0.timing.repeat.frequency", 8),
    _fault("order status", "MedicationRequest.status", "stopped"),
    _fault("drug", "MedicationRequest.medicationCodeableConcept.coding.0.code", "860976"),
    _fault("not to be given", "MedicationRequest.doNotPerform", True),
    _fault("refills", "MedicationRequest.dispenseRequest.numberOfRepeatsAllowed", 9),
    _fault("vaccine status", "Immunization.status", "not-done"),
    _fault("lot number", "Immunization.lotNumber", "XX-2"),
    _fault("truncated attachment", "DocumentReference.content.0.attachment.data", _SCAN[:-40]),
    _fault("another attachment", "DocumentReference.content.0.attachment.data", _SCAN[::-1]),
    _fault("attachment's type", "DocumentReference.content.0.attachment.contentType", "text/plain"),
    _fault("document status", "DocumentReference.status", "superseded"),
    _fault("birth date", "Patient.birthDate", "1960-05-07"),
    _fault("name", "Patient.name.0.family", "Elsewhere"),
    _fault("given names in another order", "Patient.name.0.given", ["Two", "One"]),
    _fault("record number", "Patient.identifier.0.value", "M-0"),
    _fault("deceased", "Patient.deceasedBoolean", True),
    _fault("gender", "Patient.gender", "unknown"),
    _fault("balance", "Invoice.totalNet.value", 12.51),
    _fault("sign of a balance", "Invoice.totalNet.value", -12.5),
    _fault("currency", "Invoice.totalNet.currency", "CAD"),
    _fault("extension lost", "Patient.extension", DROP),
    _fault("security label lost", "Condition.meta.security", DROP),
)
LOST, SWAPPED = "lost", "another's content"
KINDS = (*(one.name for one in CHANGES), LOST, SWAPPED)


def _coded(code: str, system: str = "http://loinc.org", **more: object) -> Resource:
    return {"coding": [{"system": system, "code": code}], **more}


def chart(n: int) -> list[Resource]:
    """One chart with every element that a fault touches."""
    subject = {"reference": f"Patient/p{n}"}

    def one(kind: str, **elements: object) -> Resource:
        return {"resourceType": kind, "id": f"{kind.lower()}-{n}", "subject": subject, **elements}

    quantity = {"value": 70.5, "unit": "kg", "code": "kg", "system": "http://unitsofmeasure.org"}
    patient = one(
        "Patient",
        id=f"p{n}",
        birthDate="1960-07-05",
        gender="female",
        name=[{"family": f"Invented-{n}", "given": ["One", "Two"]}],
        identifier=[{"system": "urn:mrn", "value": f"M-{n + 1}"}],
        extension=[{"url": "urn:invented", "valueCode": "F"}],
    )
    del patient["subject"]
    return [
        patient,
        one("Encounter", status="finished", **{"class": {"code": "AMB"}}),
        one(
            "Observation",
            status="final",
            code=_coded("29463-7", text="weight"),
            effectiveDateTime="2024-02-11",
            encounter={"reference": f"Encounter/encounter-{n}"},
            valueQuantity=quantity,
            interpretation=[_coded("H", "urn:interpretation")],
            referenceRange=[{"high": {"value": 60}}],
            component=[
                {"code": _coded(c), "valueQuantity": quantity} for c in ("8480-6", "8462-4")
            ],
            note=[{"text": "as the old system had it"}],
        ),
        one(
            "Condition",
            meta={"security": [{"code": "R"}]},
            clinicalStatus=_coded("active", "urn:clinical"),
            verificationStatus=_coded("confirmed", "urn:verification"),
            onsetDateTime="2019",
            code={"coding": [{"code": "E11.9"}, {"code": "44054006"}], "text": "as written"},
        ),
        one(
            "AllergyIntolerance",
            verificationStatus=_coded("confirmed", "urn:verification"),
            criticality="high",
            code={"text": "invented allergen"},
            reaction=[{"severity": "severe", "manifestation": [{"text": "hives"}]}],
        ),
        one(
            "MedicationRequest",
            status="active",
            intent="order",
            medicationCodeableConcept=_coded("860975", "urn:rxnorm"),
            dispenseRequest={"numberOfRepeatsAllowed": 3},
            dosageInstruction=[
                {
                    "text": "take one daily",
                    "timing": {"repeat": {"frequency": 1}},
                    "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg"}}],
                }
            ],
        ),
        one("Immunization", status="completed", lotNumber=f"LOT-{n}"),
        one(
            "DocumentReference",
            status="current",
            content=[{"attachment": {"contentType": "application/pdf", "data": _SCAN}}],
        ),
        one("Invoice", status="issued", totalNet={"value": 12.5, "currency": "USD"}),
    ]


def loaded_project(folder: Path, charts: int = EACH + 4) -> Project:
    """A project whose charts are loaded."""
    project = make_project(folder, [one for n in range(charts) for one in chart(n)])
    load_run(project, plan_and_sign(project))
    return project


def changed(resource: Resource, fault: Fault) -> Resource:
    """The resource with one element as the fault has it."""
    copy: Resource = orjson.loads(orjson.dumps(resource))
    *way, last = [int(part) if part.isdigit() else part for part in fault.path.split(".")]
    place: Any = copy
    for part in way:
        place = place[part]
    if fault.value is DROP:
        del place[last]
    else:
        place[last] = fault.value
    return copy


def make_faults(store: Path, kind: str, each: int) -> set[tuple[str, str]]:
    """Make so many faults of a kind in an embedded target's file; what was touched."""
    fault = next((one for one in CHANGES if one.name == kind), None)
    db = sqlite3.connect(store)
    query = "SELECT id, content FROM resources WHERE type = ? ORDER BY id"
    wanted = fault.type if fault else "Observation"
    rows = db.execute(query, (wanted,)).fetchall()
    touched = set()
    for n, (identity, content) in enumerate(rows[:each]):
        new: bytes | None = None
        if fault is not None:
            new = orjson.dumps(changed(orjson.loads(content), fault))
        elif kind == SWAPPED:
            new = rows[(n + 1) % len(rows)][1]
        assert new != content, kind
        db.execute(
            "UPDATE resources SET content = ?, version = version + ? WHERE type = ? AND id = ?",
            (new, n % 2, wanted, identity),
        )
        touched.add((wanted, identity))
    db.commit()
    db.close()
    return touched


def found_by_verify(project: Project) -> set[tuple[str, str]]:
    """The resources that verification names."""
    listed = verify_run(project, project.run(None)).listed
    return {(off.type, off.id) for off in listed if off.id is not None}


def run_faults(
    work: Path, kinds: tuple[str, ...], each: int, clean: int, say: Callable[[str], None]
) -> Mapping[str, int]:
    """Make and look for each kind in a copy of one loaded project; counts of what came out."""
    first = loaded_project(work / "loaded")
    counts = {"made": 0, "found": 0, "false": 0, "clean": 0, "alarms": 0}
    for kind in kinds:
        name = hashlib.sha256(kind.encode()).hexdigest()[:8]
        project = Project.open(Path(shutil.copytree(first.folder, work / name)))
        touched = make_faults(project.folder / "target.db", kind, each)
        found = found_by_verify(project)
        counts["made"] += len(touched)
        counts["found"] += len(touched & found)
        counts["false"] += len(found - touched)
        if found != touched:
            say(f"{kind}: {len(touched & found)} of {len(touched)}, false {len(found - touched)}")
        shutil.rmtree(project.folder)
    for n in range(clean):
        project = loaded_project(work / f"clean-{n}")
        counts["clean"] += 1
        counts["alarms"] += not verify_run(project, project.run(None)).ready
    return counts


def main() -> int:
    """All kinds; 1 when a fault was missed or a clean target was accused."""
    with tempfile.TemporaryDirectory() as work:
        counts = run_faults(Path(work), KINDS, EACH, CLEAN, print)
    print(f"{len(KINDS)} kinds: {counts}")
    return int(counts["found"] != counts["made"] or bool(counts["false"] + counts["alarms"]))


if __name__ == "__main__":
    sys.exit(main())
