"""One document: header, sections at any depth, entries."""

from __future__ import annotations

import hashlib

from migrate.extractors.ccda import header
from migrate.extractors.ccda.codes import code_cells
from migrate.extractors.ccda.facts import Found, digest
from migrate.extractors.ccda.kinds import templates
from migrate.extractors.ccda.narrative import named_parts, plain
from migrate.extractors.ccda.statements import Place, read_entry
from migrate.extractors.ccda.values import Cells, moment
from migrate.extractors.ccda.xml import (
    HL7,
    Element,
    attribute,
    child,
    children,
    numbered,
    parse,
    source,
    text_of,
)

_ROOT_PATH = "/ClinicalDocument"
Authors = tuple[tuple[Element, str], ...]


def read_document(content: bytes) -> Found:
    """All rows of a document. Raises NotReadable (EXT040, EXT042)."""
    raw = parse(content)
    root = Element(raw)
    sha256 = hashlib.sha256(content).hexdigest()
    key = sha256[:40]
    role = header.role_of(root)
    found = Found(key, header.patient_key(role, key), named_parts(raw))
    time = moment(child(root, "effectiveTime"))
    at = f"{_ROOT_PATH}/recordTarget[1]/patientRole[1]"
    found.add("patients", header.patient(role, found.patient, time, at, found), at)
    found.add("documents", header.document(root, key, sha256, _ROOT_PATH, found), _ROOT_PATH)
    authors = tuple((each, "document") for each in children(root, "author")[:1])
    for body, path in numbered(root, _ROOT_PATH):
        if body.tag == f"{HL7}component":
            for inner, inner_path in numbered(body, path):
                _sections(inner, inner_path, None, authors, found)
    return found


def _sections(
    element: Element, at: str, parent: str | None, authors: Authors, found: Found
) -> None:
    for component, path in numbered(element, at):
        if component.tag != f"{HL7}component":
            continue
        for section, section_path in numbered(component, path):
            if section.tag == f"{HL7}section":
                _section(section, section_path, parent, authors, found)


def _section(section: Element, at: str, parent: str | None, authors: Authors, found: Found) -> None:
    key = digest(iter((found.document, at)))
    text = child(section, "text")
    rows = found.rows.setdefault("sections", [])
    cells: Cells = {
        "key": key,
        "document": found.document,
        "parent": parent,
        "patient": found.patient,
        "position": str(len(rows) + 1),
        "template": " ".join(templates(section)) or None,
        "title": text_of(child(section, "title")),
        "narrative": None if text is None else plain(text.raw),
        "markup": None if text is None else source(text).decode(),
        "missing": attribute(section, "nullFlavor"),
    }
    found.add("sections", cells | code_cells("code", child(section, "code"), found.parts, 3), at)
    own = tuple((each, "section") for each in children(section, "author"))
    place = Place(
        key,
        attribute(child(section, "code"), "code"),
        authors=own or authors,
    )
    for entry, path in numbered(section, at):
        if entry.tag == f"{HL7}entry":
            read_entry(entry, path, place, found)
            entry.forget()
    _sections(section, at, key, place.authors, found)
