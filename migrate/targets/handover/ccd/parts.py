"""Elements of a CDA document: ids, codes, times and quantities as CDA R2 writes them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from lxml import etree

HL7 = "urn:hl7-org:v3"
SDTC = "urn:hl7-org:sdtc"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
CCDA = "2.16.840.1.113883.10.20.22."
R21 = "2015-08-01"
Row = Mapping[str, str | None]
Element = etree._Element

_OIDS = {
    "http://snomed.info/sct": "2.16.840.1.113883.6.96",
    "http://loinc.org": "2.16.840.1.113883.6.1",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "2.16.840.1.113883.6.88",
    "http://hl7.org/fhir/sid/icd-10-cm": "2.16.840.1.113883.6.90",
    "http://hl7.org/fhir/sid/icd-9-cm": "2.16.840.1.113883.6.103",
    "http://www.ama-assn.org/go/cpt": "2.16.840.1.113883.6.12",
    "http://hl7.org/fhir/sid/ndc": "2.16.840.1.113883.6.69",
    "http://hl7.org/fhir/sid/cvx": "2.16.840.1.113883.12.292",
    "http://hl7.org/fhir/sid/us-npi": "2.16.840.1.113883.4.6",
    "http://hl7.org/fhir/sid/us-ssn": "2.16.840.1.113883.4.1",
    "urn:oid:2.16.840.1.113883.6.238": "2.16.840.1.113883.6.238",
    "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus": "2.16.840.1.113883.5.2",
    "http://terminology.hl7.org/CodeSystem/v3-ActCode": "2.16.840.1.113883.5.4",
    "http://terminology.hl7.org/CodeSystem/v3-ActReason": "2.16.840.1.113883.5.8",
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation": "2.16.840.1.113883.5.83",
}
SNOMED = "2.16.840.1.113883.6.96"
LOINC = "2.16.840.1.113883.6.1"
ACT_CODE = "2.16.840.1.113883.5.4"
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NAMES = uuid.UUID("8b1f3a52-2f0d-5c1e-9d57-6d2a4c1f9e10")


def oid_of(system: str) -> str:
    """The OID of a code system or namespace by its FHIR name; one of our own gets a UUID that is
    always the same."""
    if system in _OIDS:
        return _OIDS[system]
    if system.startswith("urn:oid:"):
        return system.removeprefix("urn:oid:")
    return str(uuid.uuid5(_NAMES, system))


def clean(text: str) -> str:
    """A text without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("�", text)


def sub(parent: Element, name: str, text: str | None = None, **attributes: str | None) -> Element:
    """A child element; attributes that are None are left out, ``xsi_type`` is ``xsi:type``."""
    made = etree.SubElement(parent, f"{{{HL7}}}{name}")
    for key, value in attributes.items():
        if value is not None:
            made.set(f"{{{XSI}}}type" if key == "xsi_type" else key, clean(value))
    if text is not None:
        made.text = clean(text)
    return made


def template(parent: Element, root: str, extension: str | None = R21) -> None:
    """``templateId``: with its version, and without for readers of R1.1."""
    if extension is not None:
        sub(parent, "templateId", root=CCDA + root, extension=extension)
    sub(parent, "templateId", root=CCDA + root)


def entry_id(parent: Element, identity: str | None) -> None:
    """The id of an entry: the resource's, under a root of ours."""
    sub(parent, "id", root=oid_of("urn:ehr-migrate:resource"), extension=identity or "")


def moment(text: str | None) -> str | None:
    """A FHIR date, dateTime or instant as an HL7 time of the same precision."""
    if not text:
        return None
    date, _, clock = text.partition("T")
    digits = date.replace("-", "")
    if not clock:
        return digits
    match = re.match(r"(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$", clock)
    if match is None:
        return digits
    hour, minute, second, fraction, zone = match.groups()
    zone = "+0000" if zone == "Z" else (zone or "").replace(":", "")
    return f"{digits}{hour}{minute}{second or '00'}{fraction or ''}{zone}"


def interval(parent: Element, low: str | None, high: str | None, *, ended: bool = False) -> None:
    """``effectiveTime`` from low to high; an unknown low says so, ``ended`` an unknown high."""
    made = sub(parent, "effectiveTime", xsi_type="IVL_TS")
    _end(made, "low", low, always=True)
    _end(made, "high", high, always=ended)


def _end(parent: Element, name: str, text: str | None, *, always: bool) -> None:
    value = moment(text)
    if value is not None:
        sub(parent, name, value=value)
    elif always:
        sub(parent, name, nullFlavor="UNK")


def point(parent: Element, text: str | None) -> None:
    """``effectiveTime`` as a point."""
    value = moment(text)
    sub(parent, "effectiveTime", value=value, nullFlavor=None if value else "UNK")


def coded(
    parent: Element, name: str, row: Row, words: str | None, *, xsi_type: str | None = None
) -> Element:
    """A coded element of a row's ``system, code, display`` with the local code as translation and
    ``words`` (an id in the narrative) as the original text."""
    system, code = row.get("system"), row.get("code")
    made = sub(parent, name, xsi_type=xsi_type)
    if code and system:
        _code(made, system, code, row.get("display"))
    else:
        made.set("nullFlavor", "OTH" if row.get("local_code") else "UNK")
    if words is not None:
        sub(sub(made, "originalText"), "reference", value=f"#{words}")
    local, local_system = row.get("local_code"), row.get("local_system")
    if local and local_system:
        _code(sub(made, "translation"), local_system, local, row.get("local_display"))
    return made


def _code(element: Element, system: str, code: str, display: str | None) -> None:
    element.set("code", clean(code))
    element.set("codeSystem", oid_of(system))
    if system not in _OIDS:
        element.set("codeSystemName", clean(system))
    if display:
        element.set("displayName", clean(display))


def fixed(parent: Element, name: str, code: str, system: str, display: str, **more: str) -> Element:
    """A coded element that is always the same; ``system`` is its OID."""
    return sub(parent, name, code=code, codeSystem=system, displayName=display, **more)
