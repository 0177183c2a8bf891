"""The agreement with the HL7 validator is counted as it says, and faults are what they are for."""

from __future__ import annotations

import json

import pytest

from benchmarks.agreement import Case, compare, faulty, judged_by_us, report

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]},
    "identifier": [{"system": "urn:oid:2.999.7", "value": "M-1"}],
    "name": [{"family": "Seedling", "given": ["Testa"]}],
    "telecom": [{"system": "phone", "value": "555-0100"}],
    "gender": "female",
    "birthDate": "1980-05-01",
}


def case(kind: str, **more: object) -> Case:
    line = json.dumps({**PATIENT, **more}, separators=(",", ":")).encode()
    return Case("Patient", kind, line)


def test_hundreds_of_kinds_of_fault_in_one_patient_are_mostly_found() -> None:
    cases = list(faulty([[case("clean")]], each=1))
    assert len({one.kind for one in cases}) > 150
    judged = judged_by_us(cases)
    unseen = [one.kind for one, families in zip(cases, judged, strict=True) if not families]
    # Some are allowed to everybody: a profile that nobody knows, a patient without a telephone.
    assert len(unseen) < len(cases) / 15
    assert judged_by_us([case("clean")]) == [()]


def test_a_line_that_only_the_validator_fails_is_no_agreement(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cases = [case("clean"), case("bad-code-0 Patient.gender", gender="F"), case("clean", id="p2")]
    ours: list[tuple[str, ...]] = [(), ("binding",), ()]
    agreed = {one.digest: bool(found) for one, found in zip(cases, ours, strict=True)}
    assert report(compare(cases, ours, agreed))
    assert not report(compare(cases, ours, {**agreed, cases[2].digest: True}))
    assert "we pass" in capsys.readouterr().out
    assert compare([*cases, *cases], [*ours, *ours], agreed).compared == 3
    assert not report(compare(cases, ours, {}))


def test_a_disagreement_without_a_reason_is_none_that_is_allowed() -> None:
    cases = [case("clean", id=f"p{number}") for number in range(300)]
    ours: list[tuple[str, ...]] = [("value",), *[()] * 299]
    assert not report(compare(cases, ours, {one.digest: False for one in cases}))
