"""Synthea's C-CDA documents against Synthea's CSV of the same patients, fact by fact.

    python -m benchmarks.ccda_synthea SHARED      (``make ccda-synthea``)

A fact is patient, code and day; of a condition its end and status too, of a medication its end,
of a result its number, within what the CSV's rounding to tenths takes away. Prints, by kind, the
facts of the CSV, those of the FHIR that the documents became, and those on both sides. A fact of
the CSV that the FHIR lacks is looked for in the document itself, by its XML alone: what is not
there is a limit of Synthea's document. Exits 1 where the FHIR has a fact that the CSV has not,
or lacks one that the document holds.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import duckdb
from lxml import etree

from benchmarks.one_project import map_export

Fact = tuple[str, ...]

_STATUS = "CASE WHEN STOP IS NULL THEN 'active' ELSE 'resolved' END"
_ROUNDING = 0.06  # the CSV has tenths, the documents hundredths of the same number
CSV: Mapping[str, tuple[str, str]] = {
    "conditions": (
        "conditions",
        f"PATIENT, CODE, left(START, 10), coalesce(left(STOP, 10), ''), {_STATUS}",
    ),
    "medications": (
        "medications",
        "PATIENT, CODE, left(START, 10), coalesce(left(STOP, 10), '')",
    ),
    "allergies": ("allergies", "PATIENT, CODE, left(START, 10)"),
    "immunizations": ("immunizations", "PATIENT, CODE, left(DATE, 10)"),
    "procedures": ("procedures", "PATIENT, CODE, left(START, 10)"),
    "results": ("observations", "PATIENT, CODE, left(DATE, 10), coalesce(VALUE, '')"),
}
_BOUNDS = "dosageInstruction[0].timing.repeat.boundsPeriod"
FHIR: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "conditions": (
        "Condition",
        (
            "code.coding[0].code",
            "onsetDateTime",
            "abatementDateTime",
            "clinicalStatus.coding[0].code",
        ),
    ),
    "medications": (
        "MedicationRequest",
        ("medicationCodeableConcept.coding[0].code", f"{_BOUNDS}.start", f"{_BOUNDS}.end"),
    ),
    "allergies": ("AllergyIntolerance", ("code.coding[0].code", "onsetDateTime")),
    "immunizations": ("Immunization", ("vaccineCode.coding[0].code", "occurrenceDateTime")),
    "procedures": ("Procedure", ("code.coding[0].code", "performedDateTime|performedPeriod.start")),
    "results": (
        "Observation",
        ("code.coding[0].code", "effectiveDateTime", "valueQuantity.value|valueInteger"),
    ),
}


def csv_facts(csv: Path, kind: str) -> set[Fact]:
    """The facts of a kind in the CSV files, all read as text."""
    name, cells = CSV[kind]
    sql = f"SELECT {cells} FROM read_csv('{csv / name}.csv', all_varchar = true)"
    return set(duckdb.connect().execute(sql).fetchall())


def fhir_facts(fhir: Path, kind: str) -> set[Fact]:
    """The facts of a kind in the FHIR of a run; the patient is the identifier of the header."""
    name, paths = FHIR[kind]
    path = fhir / f"{name}.ndjson"
    if not path.is_file():
        return set()
    cells = []
    for each in paths:
        found = ", ".join(f"json->>'$.{part}'" for part in each.split("|"))
        text = f"coalesce({found}, '')"
        dated = any(word in each for word in ("DateTime", "start", "end"))
        cells.append(f"left({text}, 10)" if dated else text)
    who = "coalesce(json->>'$.subject.reference', json->>'$.patient.reference')"
    sql = f"""
        WITH p AS (SELECT json->>'$.id' AS id, json->>'$.identifier[0].value' AS number
                   FROM read_json_objects('{fhir / "Patient.ndjson"}')),
        f AS (SELECT split_part({who}, '/', 2) AS id, [{", ".join(cells)}] AS cells
              FROM read_json_objects('{path}'))
        SELECT p.number, f.cells FROM f JOIN p USING (id) WHERE f.cells[1] <> ''
    """
    return {(who, *rest) for who, rest in duckdb.connect().execute(sql).fetchall()}


def written(documents: Path) -> set[tuple[str, str, str]]:
    """Patient, code and day of all statements of the documents, by their XML alone."""
    found: set[tuple[str, str, str]] = set()
    v3 = {"v": "urn:hl7-org:v3"}
    for path in documents.glob("*.xml"):
        root = etree.parse(path).getroot()
        role = root.find(".//v:recordTarget/v:patientRole/v:id", v3)
        patient = "" if role is None else role.get("extension", "")
        for coded in root.iterfind(".//v:entry//*[@code]", v3):
            for holder in list(coded.iterancestors())[:4]:
                for time in (*holder.iterfind("v:effectiveTime", v3),):
                    for part in (time, *time):
                        day = part.get("value", "")[:8]
                        said = f"{day[:4]}-{day[4:6]}-{day[6:]}"
                        found.add((patient, coded.get("code", ""), said))
    return found


def near(wanted: set[Fact], found: set[Fact]) -> set[Fact]:
    """The results of the CSV as patient, code and day; with their number where the FHIR's numbers
    of that day are all others."""
    numbers: dict[Fact, list[float]] = {}
    for fact in found:
        if number(fact[3]) is not None:
            numbers.setdefault(fact[:3], []).append(float(fact[3]))
    facts: set[Fact] = set()
    for fact in wanted:
        mine, theirs = number(fact[3]), numbers.get(fact[:3])
        same = mine is None or theirs is None or min(abs(mine - n) for n in theirs) < _ROUNDING
        facts.add((*fact[:3], "" if same else fact[3]))
    return facts


def number(text: str) -> float | None:
    """The number that a text is, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def told(title: str, facts: set[Fact]) -> str:
    """How many facts, and the codes that are most of them."""
    most = Counter(fact[1] for fact in facts).most_common(6)
    return f"    {title}: {len(facts)}  " + ", ".join(f"{code} ({n})" for code, n in most)


def compare(csv: Path, documents: Path, fhir: Path) -> bool:
    """Print the comparison of every kind; whether only limits of the documents are left."""
    known = written(documents)
    agree = True
    for kind in CSV:
        wanted, found = csv_facts(csv, kind), fhir_facts(fhir, kind)
        if kind == "results":
            wanted, found = near(wanted, found), {(*fact[:3], "") for fact in found}
        missing, more = wanted - found, found - wanted
        lost = {fact for fact in missing if fact[:3] in known}
        print(f"{kind}: CSV {len(wanted)}, C-CDA {len(found)}, both {len(wanted & found)}")
        for title, facts in (
            ("not in Synthea's document", missing - lost),
            ("in the document, not in the FHIR", lost),
            ("in the FHIR, not in the CSV", more),
        ):
            if facts:
                print(told(title, facts))
        agree = agree and not lost and not more
    return agree


def main(arguments: list[str]) -> int:
    """Map the documents and compare; 0 when the only differences are the documents' own."""
    if len(arguments) != 1:
        print("usage: python -m benchmarks.ccda_synthea SHARED", file=sys.stderr)
        return 2
    source = Path(arguments[0]) / "corpus" / "csv" / "synthea_ma"
    with tempfile.TemporaryDirectory() as scratch:
        run = map_export(Path(scratch) / "project", source / "ccda", "ccda")
        return 0 if compare(source / "csv", source / "ccda", run / "fhir") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
