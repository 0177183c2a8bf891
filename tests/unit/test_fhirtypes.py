"""The R4 element model as package data."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from migrate.core import fhirtypes
from tests.shared import need_shared
from tools import r4_elements


def test_choices_carry_their_type() -> None:
    found = fhirtypes.member("Observation", "valueQuantity")
    assert found is not None
    assert (found.element.name, found.type.name, found.repeats) == ("value[x]", "Quantity", False)
    assert fhirtypes.member("Observation", "value") is None
    assert fhirtypes.member("Observation", "valueMoney") is None


def test_parts_inside_a_type_have_their_own_path() -> None:
    contact = fhirtypes.member("Patient", "contact")
    assert contact is not None
    assert (contact.type_path, contact.repeats) == ("Patient.contact", True)
    assert fhirtypes.member("Patient.contact", "name").type_path == "HumanName"  # type: ignore[union-attr]
    repeat = fhirtypes.member("Timing", "repeat")
    assert repeat is not None
    assert "boundsPeriod" in fhirtypes.member_names(repeat.type_path)


def test_content_references_lead_to_the_other_parts_elements() -> None:
    found = fhirtypes.member("Observation.component", "referenceRange")
    assert found is not None
    assert found.type_path == "Observation.referenceRange"
    assert "low" in fhirtypes.member_names(found.type_path)


def test_cardinality_targets_and_order() -> None:
    subject = fhirtypes.member("Condition", "subject")
    assert subject is not None
    assert (subject.element.min, subject.element.max) == (1, 1)
    assert subject.type.targets == ("Patient", "Group")
    names = fhirtypes.member_names("Condition")
    assert names.index("clinicalStatus") < names.index("code") < names.index("subject")
    assert names[:2] == ("id", "meta")


def test_required_bindings_give_codes_by_system() -> None:
    gender = fhirtypes.member("Patient", "gender")
    assert gender is not None
    codes = fhirtypes.binding_codes(gender.element.binding)
    assert codes == {
        "http://hl7.org/fhir/administrative-gender": ("male", "female", "other", "unknown")
    }
    status = fhirtypes.member("Condition", "clinicalStatus")
    assert status is not None
    listed = fhirtypes.binding_codes(status.element.binding)
    assert "inactive" in listed["http://terminology.hl7.org/CodeSystem/condition-clinical"]
    assert fhirtypes.binding_codes("mimetypes") == {}


def test_kinds_of_types() -> None:
    assert fhirtypes.is_primitive("dateTime")
    assert not fhirtypes.is_primitive("Quantity")
    assert fhirtypes.is_resource("Patient")
    assert not fhirtypes.exists("Patients")
    assert len(fhirtypes.resource_types()) == 146
    assert fhirtypes.pattern("boolean") == "true|false"
    assert fhirtypes.pattern("Quantity") is None


def test_every_element_of_every_type_is_of_a_known_type() -> None:
    paths = list(fhirtypes.resource_types())
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in fhirtypes.member_names(path):
            member = fhirtypes.member(path, name)
            assert member is not None
            assert fhirtypes.exists(member.type.name), member.element.path
            if not member.primitive:
                paths.append(member.type_path)
    assert {"HumanName", "Dosage", "Timing.repeat", "Bundle.entry"} <= seen


@pytest.mark.reference
def test_the_committed_files_are_what_the_generator_makes(tmp_path: Path) -> None:
    archive = need_shared("reference", "data", "hl7.fhir.r4.core#4.0.1.tgz")
    assert tarfile.is_tarfile(archive)
    r4_elements.main(archive, tmp_path)
    committed = Path(fhirtypes.__file__).parent
    for name in ("elements.txt", "codes.txt"):
        assert (tmp_path / name).read_bytes() == (committed / name).read_bytes()
