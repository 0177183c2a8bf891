"""The Synthea profile over a made-up export, where the corpus itself is not at hand."""

import functools
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from migrate.core.model import SourceColumn, SourceTable
from migrate.core.profiles.load import load_profile
from migrate.engine.run import run_mapping
from migrate.plugins import profile_library
from migrate.testing.compare import differences
from migrate.testing.interpreter import interpret
from tests.golden.synthea_export import HEADERS, cells
from tests.second_opinion import CONTEXT, ID_KEY, stage

CATALOGUE = [
    SourceTable(name, name, tuple(SourceColumn(c, c, None, 1) for c in header.split()), (), 1)
    for name, header in HEADERS.items()
]


@functools.cache
def mapped() -> Path:
    """Folder of a run by the engine; the interpreter agrees with all of it."""
    profile = load_profile("synthea-csv", profile_library(None), CATALOGUE)
    folder = Path(tempfile.mkdtemp(prefix="synthea-small-"))
    staged = {name: stage(folder, name, cells(name)).to_pylist() for name in HEADERS}
    run_mapping(profile, CATALOGUE, folder, folder / "out", id_key=ID_KEY, context=CONTEXT)
    opinion = interpret(profile, staged, id_key=ID_KEY, context=CONTEXT)
    assert not differences(folder / "out", opinion)
    return folder / "out"


def made(kind: str) -> list[dict[str, Any]]:
    """The resources of a type."""
    lines = (mapped() / "fhir" / f"{kind}.ndjson").read_bytes().splitlines()
    return [orjson.loads(line) for line in lines]


def observation(code: str) -> dict[str, Any]:
    """The observation of a code."""
    return next(o for o in made("Observation") if o["code"]["coding"][0]["code"] == code)


def test_every_row_has_a_fate() -> None:
    fates = pq.read_table(mapped() / "fates.parquet").to_pylist()
    assert len(fates) == sum(len(cells(name)) - 1 for name in HEADERS)
    excluded = [(f["tbl"], f["row"]) for f in fates if f["fate"] == "excluded"]
    assert sorted(excluded) == [("observations", 11), ("payer_transitions", 3), ("payers", 2)]
    assert not [f for f in fates if f["fate"] == "rejected"]


def test_a_race_outside_the_categories_is_text_only() -> None:
    ann = next(p for p in made("Patient") if p["birthDate"] == "1980-02-03")
    race = next(e for e in ann["extension"] if e["url"].endswith("us-core-race"))
    assert race["extension"] == [{"url": "text", "valueString": "other"}]
    assert [name["family"] for name in ann["name"]] == ["Zzyzx1", "Yyxwv1"]
    assert ann["address"][0]["state"] == "MA"
    assert "postalCode" not in ann["address"][0]


def test_names_in_one_column_come_apart_at_the_last_space() -> None:
    [name] = made("Practitioner")[0]["name"]
    assert (name["given"], name["family"]) == (["Quill1 van"], "Zzyzx2")


def test_an_organization_without_visits_is_not_called_active() -> None:
    active = {o["name"]: o.get("active") for o in made("Organization")}
    assert active == {"ZZ CLINIC": True, "ZZ EMPTY": None, "Zz Insurance": True}
    assert "_active" in next(o for o in made("Organization") if o["name"] == "ZZ EMPTY")


def test_coverages() -> None:
    insured, paying = sorted(made("Coverage"), key=lambda c: "payor" in c and "type" in c)
    assert "end" not in insured["period"]
    assert insured["relationship"]["coding"][0]["code"] == "other"
    assert paying["type"]["coding"][0]["code"] == "pay"
    assert paying["payor"] == [paying["beneficiary"]]
    assert "profile" not in paying["meta"]


def test_a_claim_without_a_coverage_in_force_says_so() -> None:
    covered, uncovered = sorted(made("Claim"), key=lambda c: c["created"], reverse=True)
    assert covered["insurance"][0]["coverage"]["reference"].startswith("Coverage/")
    assert list(uncovered["insurance"][0]["coverage"]) == ["extension"]
    assert "insurer" not in uncovered
    assert [d["sequence"] for d in covered["diagnosis"]] == [1, 3]


def test_claim_lines_and_what_came_of_them() -> None:
    claim = max(made("Claim"), key=lambda c: len(c.get("item", [])))
    systems = [i["productOrService"]["coding"][0]["system"] for i in claim["item"]]
    assert systems == ["http://snomed.info/sct", "http://www.nlm.nih.gov/research/umls/rxnorm"]
    assert "end" not in claim["item"][1]["servicedPeriod"]
    benefit = max(made("ExplanationOfBenefit"), key=lambda e: len(e.get("item", [])))
    told = [
        (a["category"]["coding"][0]["code"], str(a["amount"]["value"]))
        for a in benefit["item"][0]["adjudication"]
    ]
    assert Counter(told) == Counter(
        [
            ("PAYMENT", "8.0"),
            ("PAYMENT", "0.0"),
            ("TRANSFEROUT", "2.5"),
            ("ADJUSTMENT", "2.5"),
            ("OUTSTANDING", "2.5"),
            ("OUTSTANDING", "2.5"),
        ]
    )
    assert benefit["outcome"] == "partial"
    assert benefit["disposition"] == "first payer BILLED, patient CLOSED"


def test_status_follows_the_end() -> None:
    status = {
        c["code"]["text"]: c["clinicalStatus"]["coding"][0]["code"] for c in made("Condition")
    }
    assert status == {"Zz one": "active", "Zz two": "resolved"}
    assert {e["type"][0]["text"]: e["status"] for e in made("Encounter")} == {
        "Zebra check": "finished",
        "Zebra open": "in-progress",
    }


def test_an_allergy_keeps_both_reactions() -> None:
    [allergy] = made("AllergyIntolerance")
    assert allergy["code"]["coding"][0]["system"].endswith("rxnorm")
    shown = [(r["manifestation"][0]["text"], r.get("severity")) for r in allergy["reaction"]]
    assert shown == [("Zz rash", "mild"), ("Zz cough", None)]


def test_a_care_plan_points_at_the_condition_in_force() -> None:
    with_reason, without = sorted(made("CarePlan"), key=lambda c: c["period"]["start"])
    [address] = with_reason["addresses"]
    assert address["reference"].startswith("Condition/")
    assert address["display"] == "Zz two"
    assert "addresses" not in without


def test_two_digit_years_of_a_barcode() -> None:
    [device] = made("Device")
    assert device["manufactureDate"] == "1999-12-31"
    assert "expirationDate" not in device  # GS1's day 00 is no day
    assert device["udiCarrier"][0]["deviceIdentifier"] == "00000000000017"
    assert (device["lotNumber"], device["serialNumber"]) == ("LOT1", "SN1")


def test_equal_rows_without_a_key_are_two_supplies() -> None:
    assert len({s["id"] for s in made("SupplyDelivery")}) == 2


def test_an_imaging_study_has_its_series_in_order() -> None:
    [study] = made("ImagingStudy")
    series = [[i["uid"] for i in s["instance"]] for s in study["series"]]
    assert series == [["1.2.1.1", "1.2.1.2"], ["1.2.2.1"]]


def test_blood_pressure_is_one_resource() -> None:
    parts = observation("85354-9")["component"]
    codes = [(p["code"]["coding"][0]["code"], p["valueQuantity"]["value"]) for p in parts]
    assert codes == [("8462-4", 80.0), ("8480-6", 120.0)]


def test_numbers_words_and_free_text() -> None:
    assert observation("63586-2")["valueQuantity"]["value"] == 30000
    assert observation("5803-2")["valueQuantity"]["code"] == "[pH]"
    smoking = observation("72166-2")["valueCodeableConcept"]
    assert smoking["coding"][0]["code"] == "8517006"
    assert observation("93033-9")["valueCodeableConcept"] == {"text": "Perhaps"}
    assert observation("56799-0")["valueString"] == "1 Nowhere Road"
    assert observation("630-4")["valueString"] == "Something grew"
    assert observation("X9999-1")["code"]["coding"][0]["system"].startswith("urn:")


def test_free_text_is_never_a_missing_code() -> None:
    misses = pq.read_table(mapped() / "misses.parquet").to_pylist()
    assert {m["source"] for m in misses} == {"93033-9|Perhaps", "X9999-1|urgent"}
