"""Each check finds the fault that it is there for, at its address, and no other check's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from .seeded import (
    CHECKS,
    Seeded,
    allergy,
    clean,
    coding,
    condition,
    judged,
    medication,
    observation,
    places,
)

Fault = Callable[[Seeded], object]
CASES: list[tuple[str, str, Fault, list[str]]] = []


def case(check: str, *expected: str) -> Callable[[Fault], Fault]:
    def keep(fault: Fault) -> Fault:
        CASES.append((check, fault.__name__, fault, list(expected)))
        return fault

    return keep


# --- conformance -----------------------------------------------------------------------------


@case("conformance.json", "Patient line 3", "Patient line 4", "Patient line 5")
def lines_that_are_no_resource(run: Seeded) -> None:
    run.resources["Patient"] |= {
        "x": "{half",
        "y": '{"resourceType":"Observation","id":"q"}',
        "z": "",
    }


@case(
    "conformance.empty-values",
    "Condition/c-p1 problems:1 code.text",
    "Encounter/e-p1 visits:1 serviceType",
    "Encounter/e-p2 visits:2 reasonCode",
    "Observation/w0-p1 vitals:1 bodySite",
)
def null_and_empty(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["code"]["text"] = ""
    run.resource("Encounter", "e-p1")["serviceType"] = None
    run.resource("Encounter", "e-p2")["reasonCode"] = []
    run.resource("Observation", "w0-p1")["bodySite"] = {}
    # Texts that only look like it stay allowed.
    run.resource("Observation", "w0-p2")["code"]["text"] = 'null [] {} :"" ,"" \\'


@case(
    "conformance.structure",
    "Condition/c-p1 problems:1 clinicalStatos",
    "Encounter/e-p2 visits:2 status",
)
def unknown_and_missing_element(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["clinicalStatos"] = {}
    del run.resource("Encounter", "e-p2")["status"]


@case("conformance.values", "Patient/p2 patients:2 birthDate")
def impossible_day(run: Seeded) -> None:
    run.resource("Patient", "p2")["birthDate"] = "2021-02-30"


@case("conformance.bindings", "Patient/p1 patients:1 gender")
def code_outside_the_list(run: Seeded) -> None:
    run.resource("Patient", "p1")["gender"] = "F"


@case("conformance.invariants", "Encounter/e-p1 visits:1 period (per-1)")
def period_that_ends_before_it_begins(run: Seeded) -> None:
    run.resource("Encounter", "e-p1")["period"] = {"start": "2020-03-02", "end": "2020-03-01"}


@case(
    "conformance.us-core",
    "Observation/w0-p1 vitals:1 category (us-core-vital-signs)",
    "Patient/p1 patients:1 identifier (us-core-patient)",
)
def less_than_the_profile_wants(run: Seeded) -> None:
    del run.resource("Patient", "p1")["identifier"]
    run.resource("Observation", "w0-p1")["category"] = [{"text": "other"}]


@case("conformance.extensions", "Patient/p1 patients:1 extension.url")
def extension_that_hl7_does_not_have(run: Seeded) -> None:
    url = "http://hl7.org/fhir/StructureDefinition/not-one"
    run.resource("Patient", "p1")["extension"] = [{"url": url, "valueString": "x"}]


@case(
    "terminology.icd-10-cm", "Condition/c-p1 problems:1 coding", "Condition/c-p2 problems:2 coding"
)
def heading_and_invention(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["code"]["coding"][0]["code"] = "E11"
    run.resource("Condition", "c-p2")["code"]["coding"][0]["code"] = "E11.77"


@case("terminology.code-in-system", "Encounter/e-p1 visits:1 class.code")
def code_that_the_system_does_not_have(run: Seeded) -> None:
    run.resource("Encounter", "e-p1")["class"]["code"] = "NOPE"


@case("terminology.display", "Encounter/e-p1 visits:1 class.display")
def display_of_another_code(run: Seeded) -> None:
    run.resource("Encounter", "e-p1")["class"]["display"] = "emergency"


@case("terminology.units", "Observation/w0-p1 vitals:1 value.code")
def unit_that_ucum_does_not_have(run: Seeded) -> None:
    run.resource("Observation", "w0-p1")["valueQuantity"]["code"] = "kgs"


@case("conformance.ids", "Condition id", "Condition/not valid id")
def ids_of_the_wrong_form(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["id"] = "not valid"
    del run.resource("Condition", "c-p2")["id"]


@case("conformance.duplicate-ids", "Condition/c-p1 problems:1 id")
def one_id_twice(run: Seeded) -> None:
    run.resource("Condition", "c-p2")["id"] = "c-p1"


@case("conformance.reference-form", "Condition/c-p1 problems:1 encounter")
def reference_without_a_type(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["encounter"] = {"reference": "e-p1"}


@case(
    "conformance.reference-exists",
    "Condition/c-p1 problems:1 encounter",
    "Condition/c-p2 problems:2 ?",
)
def reference_to_nothing(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["encounter"] = {"reference": "Encounter/gone"}
    run.resource("Condition", "c-p2")["extension"] = [
        {"url": "urn:x", "valueReference": {"reference": "Encounter/gone"}}
    ]


@case("conformance.reference-type", "Condition/c-p1 problems:1 encounter")
def reference_to_a_wrong_type(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["encounter"] = {"reference": "Patient/p1"}


@case("conformance.profile", "Condition/c-p1 problems:1 meta.profile")
def profile_not_claimed(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["meta"]["profile"] = ["http://example.org/own"]


@case("conformance.lineage", "Condition/c-p1")
def resource_from_nowhere(run: Seeded) -> None:
    run.lineage = [line for line in run.lineage if line[1] != "c-p1"]


@case(
    "terminology.code-shape",
    "Condition/c-p1 problems:1 coding",
    "Observation/w0-p1 vitals:1 coding",
)
def wrong_check_digit_and_shape(run: Seeded) -> None:
    run.resource("Observation", "w0-p1")["code"]["coding"].append(
        coding("http://loinc.org", "8302-3")
    )
    run.resource("Condition", "c-p1")["code"]["coding"][0]["code"] = "250.00"


@case("terminology.system-uri", "Condition/c-p1 problems:1 coding.system")
def system_without_a_scheme(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["code"]["coding"][0]["system"] = "ICD10"


# --- completeness ----------------------------------------------------------------------------


@case("completeness.row-fates", "problems:2")
def row_without_a_fate(run: Seeded) -> None:
    run.fates = [fate for fate in run.fates if fate[:2] != ("problems", 2)]


@case("completeness.declared-rows", "problems")
def fewer_rows_than_declared(run: Seeded) -> None:
    run.declared = {"problems": 3, "visits": 2}


@case("completeness.required-columns", "problems:1 note", "problems:2 note")
def required_cell_empty(run: Seeded) -> None:
    run.tables["problems"][0]["note"] = None
    run.tables["problems"][1]["note"] = " \t"


@case("completeness.patients-without-content", "Patient/p3 patients:3")
def patient_with_nothing(run: Seeded) -> None:
    run.add("patients", "p3", "Patient", "p3", {"meta": {}, "birthDate": "1990"})


@case("completeness.rows-and-resources", "Patient/p9")
def rows_whose_patient_is_gone(run: Seeded) -> None:
    run.add("problems", "p9", "Condition", "c-p9", condition("p1", "I10"))


# --- plausibility ----------------------------------------------------------------------------


@case(
    "plausibility.before-birth",
    "Condition/c-p1 problems:1 onsetDateTime",
    "Encounter/e-p2 visits:2 period.start",
)
def before_birth(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["onsetDateTime"] = "1979"
    run.resource("Encounter", "e-p2")["period"]["start"] = "1980-04-28T09:00:00-06:00"
    run.resource("Condition", "c-p2")["onsetDateTime"] = "1980"


@case(
    "plausibility.after-death",
    "Encounter/e-p1 visits:1 period.start",
    "MedicationRequest/m2-p1 meds:3 authoredOn",
    "Observation/w2-p1 vitals:3 effectiveDateTime",
)
def after_death(run: Seeded) -> None:
    run.resource("Patient", "p1")["deceasedDateTime"] = "2020-01-15"


@case(
    "plausibility.future",
    "Condition/c-p1 problems:1 onsetDateTime",
    "Patient/p2 patients:2 birthDate",
)
def in_the_future(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["onsetDateTime"] = "2027"
    run.resource("Condition", "c-p2")["onsetDateTime"] = "2026"
    run.resource("Patient", "p2")["birthDate"] = "2062-05-01"


@case("plausibility.period", "Encounter/e-p1 visits:1 period.end")
def ends_before_it_begins(run: Seeded) -> None:
    run.resource("Encounter", "e-p1")["period"]["end"] = "2020-03-01T14:59:59Z"


@case(
    "plausibility.range",
    "Observation/w1-p1 vitals:2 valueQuantity",
    "Observation/bp vitals:7 valueQuantity",
)
def impossible_values(run: Seeded) -> None:
    run.resource("Observation", "w1-p1")["valueQuantity"]["value"] = 9860
    pressure = observation("p1", "85354-9", 0, "", "2020-01-01")
    del pressure["valueQuantity"]
    pressure["component"] = [
        {"code": {"coding": [coding("http://loinc.org", "8480-6")]}, "valueQuantity": value}
        for value in ({"value": 1200, "code": "mm[Hg]"}, {"value": 120, "code": "mm[Hg]"})
    ]
    run.add("vitals", "p1", "Observation", "bp", pressure)


@case(
    "plausibility.series-jump",
    "Observation/w1-p1 vitals:2 valueQuantity",
    "Observation/w1-p2 vitals:5 valueQuantity",
)
def slipped_decimal_point(run: Seeded) -> None:
    run.resource("Observation", "w1-p1")["valueQuantity"]["value"] = 615
    run.resource("Observation", "w1-p2")["valueQuantity"]["value"] = 6.0


@case(
    "plausibility.dose-jump",
    "MedicationRequest/m1-p1 meds:2 dosageInstruction",
    "MedicationRequest/new meds:7 medication",
)
def tenfold_dose(run: Seeded) -> None:
    dose = run.resource("MedicationRequest", "m1-p1")["dosageInstruction"][0]
    dose["doseAndRate"][0]["doseQuantity"]["value"] = 100
    found = medication("p2", "SEEDOPRIL 100 mg tab", 10, "2020-06-01")
    run.add("meds", "p2", "MedicationRequest", "new", found)


@case("plausibility.duplicate-results", "Observation/w9-p1 vitals:7")
def the_same_result_twice(run: Seeded) -> None:
    run.add(
        "vitals",
        "p1",
        "Observation",
        "w9-p1",
        {**run.resource("Observation", "w2-p1"), "id": "w9-p1"},
    )


# --- safety and money ------------------------------------------------------------------------


@case(
    "safety.subject-mismatch",
    "Condition/c-p1 problems:1 encounter",
    "Condition/c-p2 problems:2",
    "Observation/w0-p1 vitals:1 encounter",
)
def content_of_another_patient(run: Seeded) -> None:
    run.resource("Condition", "c-p1")["encounter"] = {"reference": "Encounter/e-p2"}
    run.resource("Condition", "c-p2")["subject"] = {"reference": "Patient/p1"}
    run.resource("Observation", "w0-p1")["encounter"] = {"reference": "Encounter/e-p2"}


@case("safety.subject-mismatch", "DiagnosticReport/d vitals:4 result")
def report_with_a_result_of_another_patient(run: Seeded) -> None:
    results = [{"reference": f"Observation/{name}"} for name in ("w0-p1", "w1-p1", "w0-p2")]
    report = {"status": "final", "subject": {"reference": "Patient/p1"}, "result": results}
    run.resources["DiagnosticReport"] = {
        "d": {"resourceType": "DiagnosticReport", "id": "d"} | report
    }
    # Its rows are those of its results; the address is that of the stranger, not of the first.
    for row, role in ((1, "anchor"), (2, "member"), (4, "member")):
        run.lineage.append(("DiagnosticReport", "d", "vitals", row, "r", role))


@case(
    "safety.no-known-allergies",
    "AllergyIntolerance/a-p1 allergies:1 code",
    "AllergyIntolerance/n allergies:4 code",
)
def no_allergies_and_one(run: Seeded) -> None:
    run.add(
        "allergies", "p1", "AllergyIntolerance", "y", allergy("p1", "91935009", "Peanut", "food")
    )
    run.add(
        "allergies", "p2", "AllergyIntolerance", "n", allergy("p2", "409137002", "No drug allergy")
    )


@case("safety.no-known-allergies")
def no_drug_allergy_beside_a_food_allergy(run: Seeded) -> None:
    run.resource("AllergyIntolerance", "a-p1")["code"] = {
        "coding": [coding("http://snomed.info/sct", "409137002")]
    }
    run.add(
        "allergies", "p1", "AllergyIntolerance", "y", allergy("p1", "91935009", "Peanut", "food")
    )


@case(
    "safety.lists",
    "Patient/p1 patients:1 Condition",
    "Patient/p1 patients:1 MedicationRequest",
    "Patient/p2 patients:2 Condition",
)
def lost_and_moved(run: Seeded) -> None:
    del run.resources["MedicationRequest"]["m1-p1"]
    run.resource("Condition", "c-p1")["subject"] = {"reference": "Patient/p2"}


@case("safety.sex-conflict", "Condition/c-p2 problems:2 code")
def pregnancy_of_a_man(run: Seeded) -> None:
    run.resource("Condition", "c-p2")["code"]["coding"][0]["code"] = "O80"
    run.resource("Condition", "c-p1")["code"]["coding"][0]["code"] = "O80"


SETTINGS: dict[str, Mapping[str, Any]] = {
    "completeness.required-columns": {"required": {"problems": ["note"]}},
}


@pytest.mark.parametrize(
    ("check", "fault", "expected"),
    [pytest.param(c, f, e, id=f"{c}-{n}") for c, n, f, e in CASES],
)
def test_the_fault_is_found_at_its_address(
    check: str, fault: Fault, expected: list[str], tmp_path: Path
) -> None:
    run = clean()
    fault(run)
    found = judged(run, tmp_path, check, SETTINGS.get(check, {}))
    assert sorted(places(found)) == sorted(expected)
    assert found.failed == len(expected) == len(found.issues)
    assert found.examined >= found.failed
    # Parts named Type.element stand beside those of their types, as further fields.
    whole = [part for part in found.parts if "." not in part.name] or found.parts
    assert sum(part.failed for part in whole) == found.failed


def test_unclaimed_columns_are_named(tmp_path: Path) -> None:
    import pyarrow as pa

    run = clean()
    uses = [("problems", "key", 2, 2, "used"), ("problems", "note", 2, 2, "unclaimed")]
    uses += [("visits", "note", 2, 2, "excluded"), ("visits", "key", 2, 0, "unclaimed")]
    names = ("tbl", "col", "rows", "filled", "use")
    run.relations["columns"] = pa.table({n: [u[i] for u in uses] for i, n in enumerate(names)})
    found = judged(run, tmp_path, "completeness.columns")
    assert (found.examined, places(found)) == (4, ["problems note"])


def test_sums_that_disagree(tmp_path: Path) -> None:
    run = clean()
    run.tables["claims"] = [{"id": "1", "open": "10.00"}, {"id": "2", "open": "5.00"}]
    run.tables["lines"] = [
        {"claim": "1", "charge": "12.5", "paid": "2.50"},
        {"claim": "2", "charge": "5", "paid": None},
        {"claim": "2", "charge": "0.01", "paid": None},
    ]
    pair = {
        "left": {"table": "claims", "key": "id", "plus": ["open"]},
        "right": {"table": "lines", "key": "claim", "plus": ["charge"], "minus": ["paid"]},
    }
    found = judged(run, tmp_path, "money.sums-agree", {"pairs": {"open": pair}})
    assert (found.examined, places(found)) == (2, ["claims:2"])


def test_issues_are_cut_and_counts_are_not(tmp_path: Path) -> None:
    run = clean()
    for number in range(1100):
        run.add("problems", "p1", "Condition", f"x{number}", condition("p1", "250.00"))
    found = judged(run, tmp_path, "terminology.code-shape")
    assert (found.failed, len(found.issues)) == (1100, 1000)
    assert found.places is not None and found.places.num_rows == 1100


def test_threads_and_zone_do_not_change_what_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from migrate.engine.judging import open_judged

    run = clean()
    for _, name, fault, _ in CASES:
        if name != "lines_that_are_no_resource":
            fault(run)
    folder, told = run.write(tmp_path / "run"), []
    for threads, zone in ((1, "Pacific/Auckland"), (2, "America/Los_Angeles")):
        monkeypatch.setenv("TZ", zone)
        with open_judged(folder, threads=threads) as facts:
            found = [check.run(facts, SETTINGS.get(check.id, {})) for check in CHECKS.values()]
        told.append([(places(one), one.parts, one.issues) for one in found])
    assert told[0] == told[1]
