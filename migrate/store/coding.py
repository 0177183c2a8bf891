"""Which of the mapped records carry a standard code, and which their text alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from migrate.core.compile.sqltext import literal

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
NDC = "http://hl7.org/fhir/sid/ndc"
UNII = "http://fdasis.nlm.nih.gov"
CVX = "http://hl7.org/fhir/sid/cvx"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"

# Kind of record → resource types with the element of the code, and the systems that count.
KINDS: dict[str, tuple[tuple[tuple[str, str], ...], tuple[str, ...]]] = {
    "allergies": ((("AllergyIntolerance", "code"),), (RXNORM, SNOMED, NDC, UNII)),
    "medications": (
        (
            ("MedicationRequest", "medicationCodeableConcept"),
            ("MedicationStatement", "medicationCodeableConcept"),
        ),
        (RXNORM, NDC),
    ),
    "immunizations": ((("Immunization", "vaccineCode"),), (CVX, NDC)),
    "problems": ((("Condition", "code"),), (SNOMED, ICD10)),
    "results": ((("Observation", "code"),), (LOINC, SNOMED)),
    "procedures": ((("Procedure", "code"),), (SNOMED, CPT, HCPCS, ICD10PCS)),
}


def coded_shares(fhir: Path) -> list[tuple[str, int, int]]:
    """(kind, records, records with a standard code) of each kind that has records."""
    with duckdb.connect() as db:
        db.execute(f"set allowed_directories = [{literal(str(fhir))}]")
        db.execute("set enable_external_access = false")
        shares = []
        for kind, (places, systems) in KINDS.items():
            counts = [_counted(db, fhir, *place, systems) for place in places]
            records, coded = (sum(count) for count in zip(*counts, strict=True))
            if records:
                shares.append((kind, records, coded))
        return shares


def _counted(
    db: duckdb.DuckDBPyConnection,
    fhir: Path,
    resource_type: str,
    element: str,
    systems: Sequence[str],
) -> tuple[int, int]:
    path = fhir / f"{resource_type}.ndjson"
    if not path.is_file() or not path.stat().st_size:
        return 0, 0
    known = f"[{', '.join(map(literal, systems))}]"
    coded = f"list_has_any(json_extract_string(json, '$.{element}.coding[*].system'), {known})"
    medications = fhir / "Medication.ndjson"
    if element == "medicationCodeableConcept" and medications.is_file():
        ids = (
            "select 'Medication/' || json_extract_string(json, '$.id') from "
            f"{_lines(medications)} where "
            f"list_has_any(json_extract_string(json, '$.code.coding[*].system'), {known})"
        )
        reference = "json_extract_string(json, '$.medicationReference.reference')"
        coded = f"({coded} or coalesce({reference} in ({ids}), false))"
    found = db.execute(f"select count(*), count(*) filter ({coded}) from {_lines(path)}").fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)


def _lines(path: Path) -> str:
    return f"read_ndjson_objects({literal(str(path))})"
