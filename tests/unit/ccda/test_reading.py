"""What one document says, as rows: safe XML, details in cells, keys that do not depend on files."""

from __future__ import annotations

import pytest

from migrate.extractors.ccda.document import read_document
from migrate.extractors.ccda.facts import Found
from migrate.extractors.ccda.values import Cells
from migrate.extractors.ccda.xml import NotReadable, looks_like_cda
from tests import ccda_documents as cda

PENICILLIN = cda.coded("code", "91936005", "Penicillin")


def rows(content: bytes, table: str) -> list[Cells]:
    """The rows of a table."""
    return [cells for name, _, cells in read_document(content).all() if name == table]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text.replace(b"</title>", b"", 1), "EXT040"),
        (lambda text: text.replace(b"?>", b"?><!DOCTYPE x [<!ENTITY y 'z'>]>", 1), "EXT042"),
        (lambda text: text.replace(b"ClinicalDocument", b"Other"), "EXT040"),
    ],
)
def test_what_may_not_be_read(spoil: object, code: str) -> None:
    assert callable(spoil)
    with pytest.raises(NotReadable) as fault:
        read_document(spoil(cda.document()))
    assert fault.value.code == code


def test_a_document_is_known_by_its_content() -> None:
    assert looks_like_cda(cda.document())
    assert looks_like_cda(cda.document().decode().encode("utf-16"))
    assert not looks_like_cda(b"<html><body>ClinicalDocument</body></html>")


def test_details_become_cells_and_the_concern_is_kept() -> None:
    reaction = (
        '<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" '
        f'moodCode="EVN">{cda.template("9")}<code code="ASSERTION"/>'
        f"{cda.coded('value', '247472004', 'Hives')}"
        '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">'
        f'{cda.template("8")}<code code="SEV"/>{cda.coded("value", "6736007", "Moderate")}'
        "</observation></entryRelationship></observation></entryRelationship>"
    )
    entry = cda.allergy(PENICILLIN, inside=reaction)
    (row,) = rows(cda.document(cda.section("48765-2", entry)), "allergies")
    assert row["participant"] == "91936005"
    assert row["concern_status"] == "active"
    assert str(row["reaction_1"]).split("\t")[:5] == [
        "http://snomed.info/sct",
        "247472004",
        "Hives",
        "Hives",
        "6736007",
    ]


def test_the_original_text_is_found_in_the_narrative() -> None:
    entry = cda.problem().replace(
        "</value>", '<originalText><reference value="#p1"/></originalText></value>'
    )
    text = '<table><tbody><tr><td ID="p1">High blood\n pressure</td><td>x</td></tr></tbody></table>'
    content = cda.document(cda.section("11450-4", entry, text=text))
    assert rows(content, "problems")[0]["answer_text"] == "High blood pressure"
    assert rows(content, "sections")[0]["narrative"] == "High blood pressure | x"


def test_the_same_fact_has_one_key_in_any_document() -> None:
    def key(**how: str) -> object:
        content = cda.document(cda.section("11450-4", cda.problem()), **how)
        return rows(content, "problems")[0]["key"]

    assert key() == key(name="d2", time="20220202")
    assert key() != key(mrn="M2")


def test_no_identifier_means_a_patient_of_this_document_alone() -> None:
    content = cda.document(mrn="M1").replace(
        b'<id root="2.999.2" extension="M1"/>', b'<id nullFlavor="UNK"/>'
    )
    other = content.replace(b'extension="d1"', b'extension="d9"')
    assert rows(content, "patients")[0]["key"] != rows(other, "patients")[0]["key"]


def test_a_bad_entry_is_held_back_and_the_rest_is_read() -> None:
    content = cda.document(cda.section("11450-4", "<nothing/>", cda.problem()))
    found: Found = read_document(content)
    (held,) = found.rejects
    assert held.code == "EXT041"
    assert held.at.endswith("/section[1]/entry[1]")
    assert len(found.rows["problems"]) == 1
