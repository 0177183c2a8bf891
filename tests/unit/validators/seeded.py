"""A small clean run, written as the stages write it, that tests damage in one place each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from migrate.packs.validators import pack

from migrate.core.ports import Check, Outcome
from migrate.engine.judging import open_judged

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem/"
_FATES = ("tbl", "row", "fate", "code", "reason", "rule", "patient")
_LINEAGE = ("type", "id", "tbl", "row", "rule", "role")

Resource = dict[str, Any]


def coding(system: str, code: str, display: str = "") -> Resource:
    return {"system": system, "code": code, **({"display": display} if display else {})}


def meta(profile: str) -> Resource:
    return {"source": "urn:ehr-migrate:seed:t", "profile": [US_CORE + profile]}


def subject(patient: str) -> Resource:
    return {"reference": f"Patient/{patient}"}


def observation(patient: str, code: str, value: float, unit: str, when: str) -> Resource:
    return {
        "meta": meta("vital-signs"),
        "status": "final",
        "category": [{"coding": [coding(f"{HL7}observation-category", "vital-signs")]}],
        "code": {"coding": [coding(LOINC, code)]},
        "subject": subject(patient),
        "effectiveDateTime": when,
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    }


def medication(patient: str, name: str, dose: float, when: str) -> Resource:
    return {
        "meta": meta("medicationrequest"),
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "subject": subject(patient),
        "authoredOn": when,
        "requester": subject(patient),
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg"}}]}],
    }


def condition(
    patient: str, code: str, system: str = "http://hl7.org/fhir/sid/icd-10-cm"
) -> Resource:
    return {
        "meta": meta("condition-problems-health-concerns"),
        "clinicalStatus": {"coding": [coding(f"{HL7}condition-clinical", "active")]},
        "category": [{"coding": [coding(f"{HL7}condition-category", "problem-list-item")]}],
        "code": {"coding": [coding(system, code)]},
        "subject": subject(patient),
        "onsetDateTime": "2015",
    }


def allergy(patient: str, code: str, text: str, category: str | None = None) -> Resource:
    return {
        "meta": meta("allergyintolerance"),
        **({"category": [category]} if category else {}),
        "clinicalStatus": {"coding": [coding(f"{HL7}allergyintolerance-clinical", "active")]},
        "code": {"coding": [coding(SNOMED, code)], "text": text},
        "patient": subject(patient),
    }


@dataclass
class Seeded:
    """The contents of a run folder. Each resource comes from one row of the table named."""

    tables: dict[str, list[dict[str, str | None]]] = field(default_factory=dict)
    resources: dict[str, dict[str, Resource | str]] = field(default_factory=dict)
    fates: list[tuple[Any, ...]] = field(default_factory=list)
    lineage: list[tuple[Any, ...]] = field(default_factory=list)
    declared: dict[str, int] = field(default_factory=dict)
    relations: dict[str, pa.Table] = field(default_factory=dict)
    exported: str | None = "2026-01-15T17:00:00-06:00"

    def add(self, table: str, owner: str, kind: str, name: str, resource: Resource) -> Resource:
        """A row of ``table`` that was mapped to this resource; gives the resource to damage."""
        rows = self.tables.setdefault(table, [])
        rows.append({"key": name, "note": "kept"})
        whole = {"resourceType": kind, "id": name, **resource}
        self.resources.setdefault(kind, {})[name] = whole
        self.fates.append((table, len(rows), "mapped", None, None, "r", owner))
        self.lineage.append((kind, name, table, len(rows), "r", "anchor"))
        return whole

    def resource(self, kind: str, name: str) -> Resource:
        found = self.resources[kind][name]
        assert isinstance(found, dict)
        return found

    def write(self, folder: Path) -> Path:
        """Write the run folder."""
        (folder / "staged").mkdir(parents=True)
        (folder / "fhir").mkdir()
        described = []
        for name, rows in self.tables.items():
            columns = list(rows[0]) if rows else ["key"]
            data: dict[str, pa.Array] = {
                column: pa.array([row[column] for row in rows], pa.string()) for column in columns
            }
            data["_row"] = pa.array(range(1, len(rows) + 1), pa.int64())
            data |= {k: pa.array(["f"] * len(rows), pa.string()) for k in ("_file", "_at")}
            pq.write_table(pa.table(data), folder / "staged" / f"{name}.parquet")
            filled = [
                {"name": c, "filled": sum(row[c] is not None for row in rows)} for c in columns
            ]
            described.append(
                {
                    "name": name,
                    "rows": len(rows),
                    "rejected": 0,
                    "columns": filled,
                    "declared_rows": self.declared.get(name),
                }
            )
        manifest: dict[str, object] = {"tables": described, "exported_at": self.exported}
        (folder / "staged" / "manifest.json").write_text(json.dumps(manifest))
        for kind, found in self.resources.items():
            lines = [
                line if isinstance(line, str) else json.dumps(line, separators=(",", ":"))
                for line in found.values()
            ]
            (folder / "fhir" / f"{kind}.ndjson").write_text("".join(f"{x}\n" for x in lines))
        _write(folder / "fates.parquet", _FATES, self.fates)
        _write(folder / "lineage.parquet", _LINEAGE, self.lineage)
        return folder


def _write(path: Path, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    table = {
        name: pa.array([row[i] for row in rows], pa.int64() if name == "row" else pa.string())
        for i, name in enumerate(names)
    }
    pq.write_table(pa.table(table), path)


def clean() -> Seeded:
    """Two charts with one thing of everything that the checks look at, all in order."""
    run = Seeded()
    for name, sex in (("p1", "female"), ("p2", "male")):
        run.add(
            "patients",
            name,
            "Patient",
            name,
            {
                "meta": meta("patient"),
                "identifier": [{"system": "urn:oid:2.999.7", "value": f"M-{name}"}],
                "name": [{"family": "Seedling", "given": [f"Testa {name}"]}],
                "gender": sex,
                "birthDate": "1980-05-01",
            },
        )
        visit = run.add(
            "visits",
            name,
            "Encounter",
            f"e-{name}",
            {
                "meta": meta("encounter"),
                "status": "finished",
                "class": coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB"),
                "type": [{"coding": [coding(SNOMED, "308335008")]}],
                "subject": subject(name),
                "participant": [{"individual": {"display": "Dr Sowerby Seedwell"}}],
                "period": {
                    "start": "2020-03-01T09:00:00-06:00",
                    "end": "2020-03-01T10:00:00-06:00",
                },
            },
        )
        for n, (value, month) in enumerate(((60.5, "01"), (61.0, "02"), (61.5, "03"))):
            found = observation(name, "29463-7", value, "kg", f"2020-{month}-01T09:00:00-06:00")
            found["encounter"] = {"reference": f"Encounter/{visit['id']}"}
            run.add("vitals", name, "Observation", f"w{n}-{name}", found)
        for n, year in enumerate(("2018", "2019", "2020")):
            found = medication(name, "Seedopril 10 mg tablet", 10, f"{year}-04-01")
            run.add("meds", name, "MedicationRequest", f"m{n}-{name}", found)
        run.add("problems", name, "Condition", f"c-{name}", condition(name, "I10"))
    run.add("allergies", "p1", "AllergyIntolerance", "a-p1", allergy("p1", "716186003", "NKDA"))
    run.add(
        "allergies",
        "p2",
        "AllergyIntolerance",
        "a-p2",
        allergy("p2", "91936005", "Penicillin", "medication"),
    )
    return run


CHECKS: dict[str, Check] = {check.id: check for check in pack().checks()}


def judged(run: Seeded, folder: Path, check: str, settings: Mapping[str, object] = {}) -> Outcome:
    """What one check says of the run."""
    with open_judged(run.write(folder / "run"), run.relations) as facts:
        return CHECKS[check].run(facts, settings)


def places(outcome: Outcome) -> list[str]:
    """The addresses of what failed, as short texts."""
    if outcome.places is None:
        return []
    return [
        " ".join(
            part
            for part in (
                f"{row['type']}/{row['id']}" if row["id"] else row["type"] or "",
                f"{row['tbl']}:{row['row']}" if row["row"] else row["tbl"] or "",
                row["column"] or "",
                row["element"] or "",
            )
            if part
        )
        for row in outcome.places.to_pylist()
    ]
