"""The profile of OpenMRS over a made-up database, where the corpus itself is not at hand."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from migrate.core.ports import ExtractRequest
from migrate.core.profiles.load import load_profile
from migrate.engine.run import run_mapping
from migrate.extractors.sqldump import SqlDumpExtractor
from migrate.plugins import profile_library
from migrate.store.staging import stage
from migrate.testing.compare import differences, read_rows
from migrate.testing.interpreter import interpret
from tests.golden.openmrs_dump import ROWS, dump
from tests.second_opinion import CONTEXT, ID_KEY


@functools.cache
def mapped() -> Path:
    """Folder of a run by the engine; the interpreter agrees with all of it."""
    folder = Path(tempfile.mkdtemp(prefix="openmrs-small-"))
    (folder / "emr.sql").write_text(dump())
    events = SqlDumpExtractor().extract(ExtractRequest(str(folder / "emr.sql")))
    tables = stage(
        events, folder / "staged", folder / "rejects", extractor="x", exported_at=""
    ).manifest.tables
    profile = load_profile("openmrs", profile_library(None), tables)
    run_mapping(profile, tables, folder / "staged", folder, id_key=ID_KEY, context=CONTEXT)
    staged = {t.name: read_rows(folder / "staged" / f"{t.name}.parquet") for t in tables}
    opinion = interpret(profile, staged, id_key=ID_KEY, context=CONTEXT)
    assert not differences(folder, opinion)
    return folder


def made(kind: str) -> list[dict[str, Any]]:
    """The resources of a type."""
    lines = (mapped() / "fhir" / f"{kind}.ndjson").read_bytes().splitlines()
    return [orjson.loads(line) for line in lines]


def of(kind: str, number: str) -> dict[str, Any]:
    """The resource whose first identifier has this value."""
    return next(r for r in made(kind) if r["identifier"][0]["value"] == number)


def observation(code: str) -> list[dict[str, Any]]:
    """The observations of a LOINC code."""
    return [o for o in made("Observation") if o["code"].get("coding", [{}])[0].get("code") == code]


def test_every_row_has_a_fate_and_none_is_held_back() -> None:
    fates = pq.read_table(mapped() / "fates.parquet").to_pylist()
    assert len(fates) == sum(map(len, ROWS.values()))
    assert not [fate for fate in fates if fate["fate"] == "rejected"]


def test_what_was_voided_is_left_out() -> None:
    fates = pq.read_table(mapped() / "fates.parquet").to_pylist()
    gone = {
        (fate["tbl"], fate["row"])
        for fate in fates
        if fate["fate"] == "excluded" and "voided" in fate["reason"]
    }
    assert {("patient", 3), ("encounter", 2), ("obs", 7)} <= gone
    assert [o["valueQuantity"]["value"] for o in observation("29463-7")] == [61.5]


def test_a_visit_names_those_who_saw_the_patient_in_its_encounters() -> None:
    [doctor] = made("Practitioner")
    seen, opened = of("Encounter", "v1"), of("Encounter", "v2")
    assert seen["participant"] == [
        {
            "type": [{"text": "Clinician"}],
            "period": {"start": "2023-01-02T09:10:00+00:00"},
            "individual": {"reference": f"Practitioner/{doctor['id']}"},
        }
    ]
    assert (opened["status"], "participant" in opened) == ("in-progress", False)
    assert of("Encounter", "e1")["partOf"] == {"reference": f"Encounter/{seen['id']}"}


def test_a_blood_pressure_is_one_observation() -> None:
    [pressure] = observation("85354-9")
    assert [part["valueQuantity"]["value"] for part in pressure["component"]] == [120, 80]


def test_a_condition_has_the_codes_of_the_dictionarys_own_mappings() -> None:
    [found] = made("Condition")
    first, own = found["code"]["coding"]  # the local list is no known system
    assert (first["system"], first["code"]) == ("http://snomed.info/sct", "386661006")
    assert own["system"].startswith("urn:ehr-migrate:openmrs:concept")
    assert found["clinicalStatus"]["coding"][0]["code"] == "inactive"
    assert found["onsetDateTime"] == "2020-05-01"


def test_no_known_allergies_is_said_and_not_guessed() -> None:
    said = {a["code"]["text"]: a["patient"]["reference"] for a in made("AllergyIntolerance")}
    number = {p["identifier"][0]["value"]: f"Patient/{p['id']}" for p in made("Patient")}
    assert said == {"No known allergies": number["001"], "Inventamycin": number["002"]}


def test_of_an_estimated_age_only_the_year_was_known() -> None:
    assert [of("Patient", n)["birthDate"] for n in ("001", "002")] == ["1980-02-03", "1950"]
