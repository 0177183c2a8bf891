"""Is a document valid by the rules of HL7's CDA R2 schema (POCD_MT000040)?

``cda/rules.json`` says of each type of the schema that our documents and HL7's sample CCD use: its
elements in their order with type, least and greatest count (0: no limit), and its attributes (1:
must be there). Checked: names, order, counts, attributes, types named by ``xsi:type``, the forms
of ``ts``, ``uid`` and ``cs``, the one-of-them choices, and which elements a narrative block may
have. Not checked: members of code lists, and where in a narrative block an element may stand.
Elements and attributes of the SDTC extension are passed over, as in HL7's extended schema.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

V3, SDTC = "urn:hl7-org:v3", "urn:hl7-org:sdtc"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_STATEMENT_NAMES = (
    "act encounter observation observationMedia organizer procedure regionOfInterest "
    "substanceAdministration supply"
)
_STATEMENTS = frozenset(_STATEMENT_NAMES.split())
#: Types that have exactly one of these elements.
ONE_OF = {
    "Entry": _STATEMENTS,
    "EntryRelationship": _STATEMENTS,
    "Component4": _STATEMENTS,
    "Component2": frozenset({"nonXMLBody", "structuredBody"}),
    "ManufacturedProduct": frozenset({"manufacturedLabeledDrug", "manufacturedMaterial"}),
}
_PARTS = {
    "AD": "delimiter country state county city postalCode streetAddressLine houseNumber "
    "houseNumberNumeric direction streetName streetNameBase streetNameType additionalLocator "
    "unitID unitType careOf censusTract deliveryAddressLine postBox precinct useablePeriod",
    "EN": "delimiter family given prefix suffix validTime",
    "IVL": "low center high width",
}
_NARRATIVE_NAMES = (
    "text content br paragraph list item caption table col colgroup thead tbody tfoot tr th td "
    "linkHtml sub sup footnote footnoteRef renderMultiMedia"
)
_NARRATIVE = frozenset(_NARRATIVE_NAMES.split())
_TIMES = frozenset({"TS", "IVL_TS", "SXCM_TS", "IVXB_TS"})
_TS = re.compile(r"\d{1,8}|(\d{9,14}|\d{14}\.\d+)([+-]\d{1,4})?")
_UID = re.compile(
    r"[0-2](\.(0|[1-9]\d*))*|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[A-Za-z][A-Za-z0-9-]*"
)


@functools.cache
def rules() -> dict[str, Any]:
    """Type → its elements and attributes."""
    path = Path(__file__).parent / "cda" / "rules.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def faults(root: etree._Element, used: set[str] | None = None) -> list[str]:
    """What the schema would refuse; [] for a valid document. ``used`` gets the types met."""
    if root.tag != f"{{{V3}}}ClinicalDocument":
        return [f"the root is {root.tag}"]
    return list(_element(root, "ClinicalDocument", "ClinicalDocument", used))


def _element(one: etree._Element, kind: str, at: str, used: set[str] | None) -> Iterator[str]:
    named = one.get(XSI_TYPE)
    kind = named.rpartition(":")[2] if named else kind
    if used is not None:
        used.add(kind)
    if kind == "StrucDoc.Text":
        yield from _narrative(one, at)
        return
    rule = rules().get(kind)
    if rule is None:
        yield f"{at}: a type that is not in the table: {kind}"
        return
    yield from _attributes(one, kind, rule["attributes"], at)
    children = [child for child in one if isinstance(child.tag, str)]
    mine = [child for child in children if not child.tag.startswith(f"{{{SDTC}}}")]
    names = [etree.QName(child).localname for child in mine]
    if any(etree.QName(child).namespace != V3 for child in mine):
        yield f"{at}: an element of another namespace"
    parts = _parts_of(kind)
    if parts is not None:
        yield from (f"{at}: no part {name}" for name in names if name not in parts)
        for child in mine:
            if kind.startswith("IVL") and kind.endswith("_TS"):
                yield from _lexical(child, "TS", f"{at}/{etree.QName(child).localname}")
        return
    yield from _sequence(kind, rule["elements"], names, at)
    types = {name: type_ for name, type_, _, _ in rule["elements"]}
    for name, child in zip(names, mine, strict=True):
        if name in types:
            yield from _element(child, types[name], f"{at}/{name}", used)


def _parts_of(kind: str) -> frozenset[str] | None:
    if kind.startswith("IVL_"):
        return frozenset(_PARTS["IVL"].split())
    if kind in ("EN", "PN", "ON", "TN"):
        return frozenset(_PARTS["EN"].split())
    return frozenset(_PARTS["AD"].split()) if kind == "AD" else None


def _sequence(kind: str, wanted: list[Any], names: list[str], at: str) -> Iterator[str]:
    places = {name: n for n, (name, _, _, _) in enumerate(wanted)}
    yield from (f"{at}: no element {name} here" for name in names if name not in places)
    order = [places[name] for name in names if name in places]
    if order != sorted(order):
        yield f"{at}: elements in another order: {', '.join(names)}"
    for name, _, least, most in wanted:
        count = names.count(name)
        if count < least or (most and count > most):
            yield f"{at}: {name} is there {count} times"
    choice = ONE_OF.get(kind)
    if choice is not None and sum(name in choice for name in names) != 1:
        yield f"{at}: not exactly one of {', '.join(sorted(choice))}"


def _attributes(one: etree._Element, kind: str, known: dict[str, int], at: str) -> Iterator[str]:
    there = {str(name) for name in one.attrib if not str(name).startswith("{")}
    yield from (f"{at}: no attribute {name} here" for name in sorted(there - set(known)))
    missing = {name for name, must in known.items() if must} - there
    yield from (f"{at}: attribute {name} is missing" for name in sorted(missing))
    yield from _lexical(one, kind, at)


def _lexical(one: etree._Element, kind: str, at: str) -> Iterator[str]:
    if kind in _TIMES and one.get("value") is not None and not _TS.fullmatch(one.get("value", "")):
        yield f"{at}: no time"
    for name in ("root", "codeSystem"):
        if one.get(name) is not None and not _UID.fullmatch(one.get(name, "")):
            yield f"{at}: {name} is no identifier"
    if one.get("code") is not None and re.fullmatch(r"\S+", one.get("code", "")) is None:
        yield f"{at}: a code with blanks"


def _narrative(one: etree._Element, at: str) -> Iterator[str]:
    names = {etree.QName(child).localname for child in one.iter() if isinstance(child.tag, str)}
    yield from (f"{at}: no narrative element {name}" for name in sorted(names - _NARRATIVE))
    for table in one.iter(f"{{{V3}}}table"):
        if table.find(f"{{{V3}}}tbody") is None:
            yield f"{at}: a table without tbody"
    for body in one.iter(f"{{{V3}}}tbody", f"{{{V3}}}thead"):
        if body.find(f"{{{V3}}}tr") is None:
            yield f"{at}: a part of a table without a row"
    for row in one.iter(f"{{{V3}}}tr"):
        if not len(row):
            yield f"{at}: a row without a cell"
