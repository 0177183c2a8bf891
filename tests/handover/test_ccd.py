"""CCDs of some patients of the sample practice: well formed, and every fact comes back."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from lxml import etree

from migrate.targets.handover.ccd import Author, document_of
from migrate.targets.handover.ccd.parts import moment, oid_of
from tests.handover.losses import held, losses_as_listed, losses_by_plain_python
from tests.handover.packages import (
    SCRATCH,
    Package,
    make_package,
    read_back,
    shipped_layout,
    some_charts,
)

V3 = "{urn:hl7-org:v3}"
BY = Author("Practice", "old", "ehr-migrate", "2026-01-15T18:00:00-06:00")


@functools.cache
def ccds() -> Package:
    folder = Path(SCRATCH.name) / "ccds"
    return make_package(shipped_layout("ccda-desk"), some_charts(), folder)


def test_every_fact_comes_back_through_our_extractor(tmp_path: Path) -> None:
    package = ccds()
    found, _ = read_back(package, package.layout.files, package.folder, tmp_path)
    assert {one.file: (dict(one.outcomes), one.absent) for one in found} == {
        file.name: ({}, ()) for file in package.layout.files
    }
    assert all(one.handed == one.arrived > 0 for one in found)


def test_the_losses_are_exactly_what_the_documents_do_not_carry(tmp_path: Path) -> None:
    package = ccds()
    listed, reasons = losses_as_listed(package.layout, package.fhir, tmp_path)
    assert len(listed) == len(set(listed)) > 1_000
    assert set(listed) == losses_by_plain_python(package.layout, held(package.fhir))
    assert reasons == {"left out"}


def test_a_document_a_patient_with_the_sections_that_a_ccd_needs() -> None:
    documents = sorted((ccds().folder / "ccd").glob("*.xml"))
    assert len(documents) == 12
    for path in documents:
        root = etree.parse(path).getroot()
        codes = [section.find(f"{V3}code").get("code") for section in root.iter(f"{V3}section")]
        assert {"48765-2", "10160-0", "11450-4", "30954-2", "8716-3", "29762-2"} <= set(codes)
        assert len(codes) == len(set(codes))
        ids = [element.get("ID") for element in root.iter() if element.get("ID")]
        pointed = [r.get("value") for r in root.iter(f"{V3}reference") if r.get("value")]
        assert len(ids) == len(set(ids))
        assert {one.removeprefix("#") for one in pointed} <= set(ids)


def test_the_same_rows_give_the_same_document() -> None:
    patient = {"id": "r1", "mrn": "1", "family": "Example", "birth": "2001-02-03"}
    rows = {"problems": [{"id": "r2", "text": "Cough <b> & more", "status": "55561003"}]}
    assert document_of(patient, rows, BY) == document_of(dict(patient), rows, BY)
    assert b"Cough &lt;b&gt; &amp; more" in document_of(patient, rows, BY)


def test_no_known_allergy_is_said_by_negation() -> None:
    rows = {"allergies": [{"id": "r2", "text": "NKDA", "code": "716186003", "system": "x"}]}
    root = etree.fromstring(document_of({"id": "r1"}, rows, BY))
    said = [one for one in root.iter(f"{V3}observation") if one.get("negationInd") == "true"]
    assert len(said) == 1
    assert next(said[0].iter(f"{V3}playingEntity")).find(f"{V3}code").get("code") is None


def test_a_text_that_xml_cannot_hold_does_not_stop_it() -> None:
    rows = {"problems": [{"id": "r\x01", "text": "a\x00b\x0bc", "sig": None}]}
    etree.fromstring(document_of({"id": "r1", "family": "\x02"}, rows, BY))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2019", "2019"),
        ("2019-03", "201903"),
        ("2019-03-04", "20190304"),
        ("2019-03-04T09:30:00-06:00", "20190304093000-0600"),
        ("2019-03-04T09:30:00.5Z", "20190304093000.5+0000"),
        (None, None),
        ("", None),
    ],
)
def test_a_time_keeps_its_precision(text: str | None, wanted: str | None) -> None:
    assert moment(text) == wanted


def test_namespaces_of_our_own_have_names_that_stay() -> None:
    assert oid_of("http://snomed.info/sct") == "2.16.840.1.113883.6.96"
    assert oid_of("urn:x") == oid_of("urn:x") != oid_of("urn:y")
