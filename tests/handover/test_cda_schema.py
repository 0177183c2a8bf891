"""Documents made here pass the rules of HL7's CDA schema, and the rules refuse what breaks them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from migrate.targets.handover.ccd import document_of
from tests.handover.cda_schema import faults
from tests.handover.test_ccd import BY, V3, ccds


def test_every_document_of_the_sample_is_valid() -> None:
    documents = sorted((ccds().folder / "ccd").glob("*.xml"))
    assert len(documents) == 12
    for path in documents:
        assert faults(etree.parse(path).getroot()) == [], path.name


@pytest.mark.parametrize(
    "rows",
    [
        {},
        {"problems": [{"id": "r2"}], "allergies": [{"id": "r3"}], "results": [{"id": "r4"}]},
        {"medications": [{"id": "r2", "start": "2019", "dose": "1", "dose_unit": "mg"}]},
        {"immunizations": [{"id": "r2", "lot": "a"}], "procedures": [{"id": "r3", "text": "x"}]},
        {"encounters": [{"id": "r2", "start": "2019-01-02"}], "vitals": [{"id": "r3"}]},
        {"social_history": [{"id": "r2", "value_text": "never"}], "problems": [{"id": "r\x01"}]},
    ],
)
def test_poor_rows_make_valid_documents_too(rows: dict[str, list[dict[str, str | None]]]) -> None:
    assert faults(etree.fromstring(document_of({"id": "r1"}, rows, BY))) == []


def first(root: etree._Element, name: str) -> etree._Element:
    found = next(root.iter(f"{V3}{name}"), None)
    assert found is not None
    return found


def dropped(parent: str, child: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        above = next(
            one for one in root.iter(f"{V3}{parent}") if one.find(f"{V3}{child}") is not None
        )
        for one in above.findall(f"{V3}{child}"):
            above.remove(one)

    return change


def turned(parent: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        above = first(root, parent)
        above.append(above[0])

    return change


def doubled(parent: str, child: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        above = first(root, parent)
        etree.SubElement(above, f"{V3}{child}")
        above.insert(0, above[-1])

    return change


def said(name: str, attribute: str, value: str) -> Callable[[etree._Element], None]:
    return lambda root: first(root, name).set(attribute, value)


@pytest.mark.parametrize(
    "change",
    [
        dropped("ClinicalDocument", "effectiveTime"),
        dropped("ClinicalDocument", "custodian"),
        dropped("author", "time"),
        dropped("observation", "code"),
        dropped("patientRole", "id"),
        dropped("entry", "act"),
        dropped("substanceAdministration", "consumable"),
        turned("observation"),
        turned("section"),
        doubled("section", "title"),
        doubled("patient", "nickname"),
        said("effectiveTime", "value", "15.01.2026"),
        said("section", "colour", "red"),
        said("code", "codeSystem", "not an oid"),
        said("code", "code", "two words"),
        lambda root: first(root, "observation").attrib.pop("moodCode"),
        lambda root: etree.SubElement(first(root, "text"), f"{V3}blink"),
        lambda root: etree.SubElement(first(root, "tbody"), f"{V3}tr"),
    ],
)
def test_what_the_schema_refuses_is_told(change: Callable[[etree._Element], None]) -> None:
    path = sorted((ccds().folder / "ccd").glob("*.xml"))[0]
    root = etree.parse(path).getroot()
    assert faults(root) == []
    change(root)
    assert faults(root)
