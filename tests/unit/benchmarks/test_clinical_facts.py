"""The comparison itself: two makers that say the same agree, and a difference is seen."""

from collections import Counter

import pytest

from benchmarks.clinical_facts import facts_of, value_of
from benchmarks.gold import Agreement, compare, table
from benchmarks.reference_validation import Verdict, summary

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"value": "K-1"}],
    "name": [{"use": "official", "family": "Zzyzx", "given": ["Quill"]}],
    "gender": "female",
    "birthDate": "1980-02-03",
}


def observation(key: str, subject: str, value: object, when: str) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "id": key,
        "code": {"coding": [{"code": "8302-2"}]},
        "subject": {"reference": subject},
        "effectiveDateTime": when,
        "valueQuantity": {"value": value},
    }


def test_ids_zones_and_trailing_zeros_do_not_matter() -> None:
    other = {**PATIENT, "id": "other"}
    made = [other, observation("a", "Patient/other", 170.0, "2020-01-01T07:00:00-05:00")]
    expected = [PATIENT, observation("b", "urn:uuid:p1", 170, "2020-01-01T12:00:00.410+00:00")]
    assert facts_of(made) == facts_of(expected)
    assert facts_of(made)["observations"].total() == 1


def test_a_drug_in_a_resource_of_its_own_is_found() -> None:
    request = {"resourceType": "MedicationRequest", "authoredOn": "2020-01-01T00:00:00Z"}
    request |= {"subject": {"reference": "urn:uuid:p1"}}
    inline = {**request, "id": "r", "medicationCodeableConcept": {"coding": [{"code": "1"}]}}
    apart = {**request, "id": "r", "medicationReference": {"reference": "urn:uuid:m"}}
    drug = {"resourceType": "Medication", "id": "m", "code": {"coding": [{"code": "1"}]}}
    expected = facts_of([PATIENT, apart, drug])["medications"]
    assert expected == facts_of([PATIENT, inline])["medications"]
    assert expected.total() == 1


@pytest.mark.parametrize(
    ("holder", "value"),
    [
        ({"valueQuantity": {"value": 1}}, "1.0"),
        ({"valueQuantity": {"value": 0.85}}, "0.9"),
        ({"valueString": "two"}, "two"),
        ({"valueCodeableConcept": {"coding": [{"display": "Never"}]}}, "Never"),
        ({"valueCodeableConcept": {"text": "never", "coding": [{"display": "Never"}]}}, "never"),
        ({}, ""),
    ],
)
def test_values(holder: dict[str, object], value: str) -> None:
    assert value_of(holder) == value


def test_recall_and_precision_count_multiplicity() -> None:
    nothing = {kind: Counter() for kind in facts_of([])}
    expected = nothing | {"sex": Counter({("K-1", "female"): 2, ("K-2", "male"): 2})}
    made = nothing | {"sex": Counter({("K-1", "female"): 1, ("K-2", "female"): 1})}
    line = next(a for a in compare(expected, made) if a.kind == "sex")
    assert (line.recall, line.precision, line.reached) == (0.25, 0.5, False)
    assert "below" in table([line])


def test_nothing_expected_proves_nothing() -> None:
    assert not Agreement("sex", 0, 0, 0).reached


def issue(message: str, diagnostics: str, severity: str = "error") -> dict[str, object]:
    return {
        "severity": severity,
        "messageId": message,
        "expression": "Claim.item[3].net",
        "resource": "Claim/r1",
        "diagnostics": diagnostics,
    }


def test_only_codes_of_absent_systems_are_set_aside() -> None:
    verdict = Verdict()
    offline = "Error_validating_code_running_without_terminology_services"
    verdict.add(issue(offline, "code 'x' in system 'http://loinc.org'"))
    verdict.add(issue(offline, "code 'x' in system 'http://unitsofmeasure.org'"))
    verdict.add(issue("Unknown_Code_in_Version", "code in 'http://snomed.info/sct'"))
    verdict.add(issue("any", "a warning", "warning"))
    verdict.add({"summary": True, "resources": 3, "warning": 1})
    verdict.add({"summary": True, "resources": 1})
    assert (verdict.resources, verdict.errors.total(), verdict.warnings) == (4, 2, 1)
    assert dict(verdict.offline) == {offline: 1}
    assert "Claim.item.net" in summary("x", verdict)
    assert "loinc" not in summary("x", verdict)
