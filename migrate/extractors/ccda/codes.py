"""Coded values: what a CD element says, with the FHIR name of its code system beside the OID.

The URIs are those of HL7 terminology (THO); a system without one is ``urn:oid:…``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from migrate.extractors.ccda.narrative import original
from migrate.extractors.ccda.xml import HL7, Element, Raw, attribute, child, children

_UUID = re.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
MARK = "\t"  # between the parts of a packed cell; no code or display of a chart holds it

_TRANSLATION = HL7 + "translation"
_V3 = "http://terminology.hl7.org/CodeSystem/v3-"
SYSTEMS = {
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
    "2.16.840.1.113883.6.4": "http://www.cms.gov/Medicare/Coding/ICD10",
    "2.16.840.1.113883.6.103": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.104": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.285": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "2.16.840.1.113883.6.13": "http://www.ada.org/cdt",
    "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
    "2.16.840.1.113883.12.292": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.6.59": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.4.9": "http://fdasis.nlm.nih.gov",
    "2.16.840.1.113883.3.26.1.1": "http://ncithesaurus-stage.nci.nih.gov",
    "2.16.840.1.113883.3.26.1.5": "http://hl7.org/fhir/ndfrt",
    "2.16.840.1.113883.6.209": "http://hl7.org/fhir/ndfrt",
    "2.16.840.1.113883.6.101": "http://nucc.org/provider-taxonomy",
    "2.16.840.1.113883.6.238": "urn:oid:2.16.840.1.113883.6.238",
    "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
    "2.16.840.1.113883.3.221.5": "https://nahdo.org/sopt",
    "2.16.840.1.113883.6.259": "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html",
    "2.16.840.1.113883.5.1": f"{_V3}AdministrativeGender",
    "2.16.840.1.113883.5.2": f"{_V3}MaritalStatus",
    "2.16.840.1.113883.5.4": f"{_V3}ActCode",
    "2.16.840.1.113883.5.6": f"{_V3}ActClass",
    "2.16.840.1.113883.5.8": f"{_V3}ActReason",
    "2.16.840.1.113883.5.83": f"{_V3}ObservationInterpretation",
    "2.16.840.1.113883.5.111": f"{_V3}RoleCode",
    "2.16.840.1.113883.5.110": f"{_V3}RoleClass",
    "2.16.840.1.113883.5.1076": f"{_V3}ReligiousAffiliation",
    "2.16.840.1.113883.5.1063": f"{_V3}ObservationValue",
    "2.16.840.1.113883.5.25": f"{_V3}Confidentiality",
    "2.16.840.1.113883.5.7": f"{_V3}ActPriority",
    "2.16.840.1.113883.5.112": f"{_V3}RouteOfAdministration",
    "2.16.840.1.113883.5.88": f"{_V3}ParticipationFunction",
    "2.16.840.1.113883.5.1008": f"{_V3}NullFlavor",
    "2.16.840.1.113883.12.112": "http://terminology.hl7.org/CodeSystem/v2-0112",
}


def system_uri(oid: str | None) -> str:
    """The FHIR name of a code system or namespace by its OID (or UUID); empty without one."""
    oid = (oid or "").strip()
    if not oid:
        return ""
    if oid in SYSTEMS:
        return SYSTEMS[oid]
    if ":" in oid:
        return oid
    if oid.replace(".", "").isdigit():
        return f"urn:oid:{oid}"
    if _UUID.fullmatch(oid):
        return f"urn:uuid:{oid.lower()}"
    return f"urn:ehr-migrate:cda-root:{quote(oid)}"  # neither OID nor UUID, yet said


def packed(parts: Iterable[str | None]) -> str | None:
    """The parts in one cell, a tab between them; None where all are empty."""
    cells = [(part or "").replace(MARK, " ").strip() for part in parts]
    return MARK.join(cells) if any(cells) else None


def codings(element: Element | None) -> list[str]:
    """The code and its translations, packed as system, code, display, each once."""
    found: dict[str, None] = {}
    if element is None:
        return []
    for each in (element, *_translations(element)):
        code = attribute(each, "code")
        if code is not None:
            cell = packed((system_uri(each.get("codeSystem")), code, each.get("displayName")))
            found.setdefault(cell or "")
    return [cell for cell in found if cell]


def _translations(element: Element) -> Iterator[Element]:
    for each in element.kids:
        if each.tag == _TRANSLATION:
            yield each
        yield from _translations(each)


def words(element: Element | None, parts: dict[str, Raw]) -> str | None:
    """The text of a coded value: the original text, else the first display."""
    if element is None:
        return None
    said = original(child(element, "originalText"), parts)
    if said:
        return said
    shown = [element, *children(element, "translation")]
    return next((name for each in shown if (name := attribute(each, "displayName"))), None)


def code_cells(
    name: str, element: Element | None, parts: dict[str, Raw], places: int
) -> dict[str, str | None]:
    """The cells of a coded column: ``name`` (code), ``_system`` (OID), ``_text``, ``_null``, and
    ``_1`` … packed codings; what is beyond the last place stands in ``_more``. None of them without
    an element."""
    if element is None:
        return {}
    found = codings(element)
    cells: dict[str, str | None] = {
        name: attribute(element, "code"),
        f"{name}_system": attribute(element, "codeSystem"),
        f"{name}_text": words(element, parts),
        f"{name}_null": attribute(element, "nullFlavor"),
    }
    cells |= {f"{name}_{n}": cell for n, cell in enumerate(found[:places], 1)}
    if found[places:]:
        cells[f"{name}_more"] = "\n".join(found[places:])
    return cells


def all_code_cells(
    name: str, elements: list[Element], parts: dict[str, Raw]
) -> dict[str, str | None]:
    """The cells of a coded column that an entry repeats: the first one's, with the codings of all
    in ``_1``, ``_2`` and ``_more``."""
    if not elements:
        return {}
    cells = code_cells(name, elements[0], parts, 2)
    if len(elements) > 1:
        found = list(dict.fromkeys(each for element in elements for each in codings(element)))
        cells |= {f"{name}_{n}": cell for n, cell in enumerate(found[:2], 1)}
        cells[f"{name}_more"] = "\n".join(found[2:]) or None
    return cells


def code_columns(name: str, places: int) -> tuple[str, ...]:
    """The columns that :func:`code_cells` fills."""
    numbers = tuple(f"{name}_{n}" for n in range(1, places + 1))
    return (name, f"{name}_system", f"{name}_text", f"{name}_null", *numbers, f"{name}_more")
