"""Synthea's C-CDA documents against Synthea's CSV of the same patients, fact by fact.

    python -m benchmarks.ccda_synthea SHARED      (``make ccda-synthea``)

A fact is patient, code and day (an allergy: patient and code). Prints, by kind, facts of the CSV,
of the FHIR that the documents became, those in both, and those on one side only, with the codes
that are most of them. Exits 1 where the FHIR holds a fact that the CSV does not, or lacks one
that the documents have room for (``LIMITS`` says where they do not).
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import duckdb

from benchmarks.one_project import map_export

Fact = tuple[str, str, str]

# What Synthea's document leaves out of what its CSV has.
LIMITS: Mapping[str, str] = {}

CSV = {
    "conditions": "SELECT PATIENT, CODE, left(START, 10) FROM '{csv}/conditions.csv'",
    "medications": "SELECT PATIENT, CODE, left(START, 10) FROM '{csv}/medications.csv'",
    "allergies": "SELECT PATIENT, CODE, '' FROM '{csv}/allergies.csv'",
    "immunizations": "SELECT PATIENT, CODE, left(DATE, 10) FROM '{csv}/immunizations.csv'",
    "procedures": "SELECT PATIENT, CODE, left(START, 10) FROM '{csv}/procedures.csv'",
    "results": "SELECT PATIENT, CODE, left(DATE, 10) FROM '{csv}/observations.csv'",
}
_PATIENT = "split_part({path}->>'$.reference', '/', 2)"
FHIR = {
    "conditions": ("Condition", "subject", "code", "onsetDateTime"),
    "medications": (
        "MedicationRequest",
        "subject",
        "medicationCodeableConcept",
        "dosageInstruction[0].timing.repeat.boundsPeriod.start",
    ),
    "allergies": ("AllergyIntolerance", "patient", "code", ""),
    "immunizations": ("Immunization", "patient", "vaccineCode", "occurrenceDateTime"),
    "procedures": ("Procedure", "subject", "code", "performedDateTime"),
    "results": ("Observation", "subject", "code", "effectiveDateTime"),
}


def csv_facts(csv: Path, kind: str) -> set[Fact]:
    """The facts of a kind in the CSV files, all read as text."""
    sql = CSV[kind].format(csv=csv).replace(".csv'", ".csv', all_varchar = true)")
    sql = sql.replace("FROM '", "FROM read_csv('")
    return set(duckdb.connect().execute(sql).fetchall())


def fhir_facts(fhir: Path, kind: str) -> set[Fact]:
    """The facts of a kind in the FHIR of a run; the patient is the identifier of the header."""
    name, subject, code, day = FHIR[kind]
    path = fhir / f"{name}.ndjson"
    if not path.is_file():
        return set()
    start = f"coalesce(left(j->>'$.{day}', 10), '')" if day else "''"
    if kind == "procedures":
        either = "coalesce(j->>'$.performedDateTime', j->>'$.performedPeriod.start')"
        start = f"coalesce(left({either}, 10), '')"
    codes = f"j->>'$.{code}.coding[0].code'"
    components = (
        "unnest(coalesce(json_extract_string(j, '$.component[*].code.coding[0].code'), []))"
    )
    sql = f"""
        WITH r AS (SELECT json AS j FROM read_json_objects('{path}')),
        p AS (SELECT json->>'$.id' AS id, json->>'$.identifier[0].value' AS number
              FROM read_json_objects('{fhir / "Patient.ndjson"}')),
        f AS (SELECT {_PATIENT.format(path=f"(j->'$.{subject}')")} AS id, {codes} AS code,
              {start} AS day FROM r UNION ALL
              SELECT {_PATIENT.format(path=f"(j->'$.{subject}')")}, {components}, {start} FROM r)
        SELECT p.number, f.code, f.day FROM f JOIN p USING (id) WHERE f.code IS NOT NULL
    """
    return set(duckdb.connect().execute(sql).fetchall())


def told(title: str, facts: set[Fact]) -> str:
    """How many facts, and the codes that are most of them."""
    most = Counter(code for _, code, _ in facts).most_common(6)
    return f"    {title}: {len(facts)}  " + ", ".join(f"{code} ({n})" for code, n in most)


def main(arguments: list[str]) -> int:
    """Compare; 0 when the only differences are listed limits of the documents."""
    if len(arguments) != 1:
        print("usage: python -m benchmarks.ccda_synthea SHARED", file=sys.stderr)
        return 2
    source = Path(arguments[0]) / "corpus" / "csv" / "synthea_ma"
    agree = True
    with tempfile.TemporaryDirectory() as scratch:
        run = map_export(Path(scratch) / "project", source / "ccda", "ccda")
        for kind in CSV:
            wanted, found = csv_facts(source / "csv", kind), fhir_facts(run / "fhir", kind)
            print(f"{kind}: CSV {len(wanted)}, C-CDA {len(found)}, both {len(wanted & found)}")
            if wanted - found:
                print(told("only in the CSV", wanted - found))
            if found - wanted:
                print(told("only in the C-CDA", found - wanted))
            if kind in LIMITS:
                print(f"    limit: {LIMITS[kind]}")
            agree = agree and not found - wanted and (wanted == found or kind in LIMITS)
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
