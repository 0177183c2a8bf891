"""Clinical statements: one row an allergy, problem, result …, whatever wraps it.

A statement's own details (severity, status, reactions, sig, refusal reason) become cells;
statements with a meaning of their own inside another become rows that name their ``parent``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from migrate.extractors.ccda import drugs
from migrate.extractors.ccda.agents import agent
from migrate.extractors.ccda.codes import MARK, code_cells, codings, packed, words
from migrate.extractors.ccda.facts import Found, Reject, fact
from migrate.extractors.ccda.kinds import is_wrapper, short_templates, table_of, templates
from migrate.extractors.ccda.layout import COLUMNS
from migrate.extractors.ccda.narrative import original
from migrate.extractors.ccda.values import (
    Cells,
    as_json,
    identifiers,
    moment,
    quantity,
    range_cells,
    spread,
    times,
    value,
)
from migrate.extractors.ccda.xml import (
    HL7,
    STATEMENTS,
    Element,
    attribute,
    child,
    children,
    kind_of,
    numbered,
    source,
    text_of,
)

_DEEPEST = 40
_KNOWN = {table: frozenset(columns) for table, columns in COLUMNS.items()}
_CODED = frozenset({"CD", "CE", "CO", "CV", "CS", None})
_LINKS = frozenset({HL7 + "entryRelationship", HL7 + "component"})
_ALWAYS_TEXT = frozenset({"notes", "plans", "goals", "health_concerns", "medications"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands: its section, its parent's key, and the concern around it."""

    section: str
    section_code: str | None
    parent: str | None = None
    parent_table: str | None = None
    relation: str | None = None
    concern: tuple[tuple[str, str | None], ...] = ()
    author: Element | None = None
    author_of: str = "document"
    depth: int = 0


def read_entry(entry: Element, at: str, place: Place, found: Found) -> None:
    """Notes all statements of an entry; one without any, or too deep, is held back."""
    before = {table: len(rows) for table, rows in found.rows.items()}
    try:
        inside = [(each, path) for each, path in numbered(entry, at) if each.tag in STATEMENTS]
        for each, path in inside:
            _read(each, path, place, found)
    except RecursionError:
        inside = []
    if not inside:
        for table, rows in found.rows.items():
            del rows[before.get(table, 0) :]
        found.rejects.append(Reject("statements", at, "EXT041", source(entry)))


def _read(element: Element, at: str, place: Place, found: Found) -> None:
    if place.depth > _DEEPEST:
        raise RecursionError
    own = child(element, "author")
    if own is not None:
        place = replace(place, author=own, author_of="entry")
    place = replace(place, depth=place.depth + 1)
    nested = _nested(element, at)
    if is_wrapper(element, place.section_code) and nested:
        timed = times(element)
        concern = (
            ("concern_status", attribute(child(element, "statusCode"), "code")),
            ("concern_start", timed["time_start"] or timed["time"]),
            ("concern_end", timed["time_end"]),
            ("negated", _negation(element)),
            ("missing", attribute(element, "nullFlavor")),
        )
        inner = replace(place, concern=concern)
        for each, path, relation in nested:
            _read(each, path, replace(inner, relation=relation), found)
        return
    table = table_of(element, place.section_code)
    cells = _cells(element, table, at, place, found)
    rest = [step for step in nested if not _detail(step[0], step[2], cells, found)]
    key = _note(table, element, cells, at, place, found)
    for each, path, relation in rest:
        inner = replace(place, parent=key, parent_table=table, relation=relation, concern=())
        _read(each, path, inner, found)


def _negation(element: Element) -> str | None:
    """``negationInd``, a Boolean of XML: ``1`` and ``0`` stand for true and false."""
    said = attribute(element, "negationInd")
    return {"1": "true", "0": "false"}.get(said or "", said)


def _nested(element: Element, at: str) -> list[tuple[Element, str, str | None]]:
    return [
        (each, path, attribute(link, "typeCode") or link.local)
        for link, link_at in numbered(element, at)
        if link.tag in _LINKS
        for each, path in numbered(link, link_at)
        if each.tag in STATEMENTS
    ]


def _cells(element: Element, table: str, at: str, place: Place, found: Found) -> Cells:
    said = child(element, "value")
    cells: Cells = {
        "patient": found.patient,
        "parent": place.parent,
        "parent_table": place.parent_table,
        "relation": place.relation if place.parent else None,
        "section_code": place.section_code,
        "class": attribute(element, "classCode") or element.local,
        "mood": attribute(element, "moodCode"),
        "status": attribute(child(element, "statusCode"), "code"),
        "template": " ".join(templates(element)) or None,
    }
    cells |= dict(place.concern)
    cells["negated"] = _negation(element) or cells.get("negated")
    cells["missing"] = attribute(element, "nullFlavor") or cells.get("missing")
    cells |= code_cells("code", child(element, "code"), found.parts, 6) | times(element)
    cells |= value(said)
    if said is not None and (kind_of(said) in _CODED and _is_coded(said)):
        cells |= code_cells("answer", said, found.parts, 6)
    for name, path, count in (
        ("interpretation", ("interpretationCode",), 2),
        ("priority", ("priorityCode",), 1),
        ("site", ("targetSiteCode",), 2),
        ("method", ("methodCode",), 1),
        ("subject", ("subject", "relatedSubject", "code"), 2),
    ):
        cells |= code_cells(name, child(element, *path), found.parts, count)
    cells |= range_cells(element, found.parts) | _participant(element, found)
    cells["performer"] = agent(child(element, "performer"), f"{at}/performer[1]", found)
    cells |= drugs.cells(element, found)
    text = original(child(element, "text"), found.parts)
    if table in _ALWAYS_TEXT or not (cells.get("code_text") or cells.get("answer_text")):
        cells["text"] = text
    return cells


def _is_coded(said: Element) -> bool:
    return kind_of(said) is not None or attribute(said, "code") is not None


def _participant(element: Element, found: Found) -> Cells:
    """The thing that a statement is about (an allergen, a device) and all other participants."""
    cells: Cells = {}
    rest = []
    for each in children(element, "participant"):
        role = child(each, "participantRole")
        entity = child(role, "playingEntity")
        if entity is None:
            entity = child(role, "playingDevice")
        coded = child(entity, "code")
        if not cells and (coded is not None or entity is not None):
            cells = code_cells("participant", coded, found.parts, 4)
            cells |= code_cells("participant_role", child(role, "code"), found.parts, 1)
            name = text_of(child(entity, "name"))
            cells["participant_text"] = cells.get("participant_text") or name
            cells |= spread("participant_id", identifiers(role), 2)
            continue
        rest.append(as_json(each))
    return cells | ({"participants": "\n".join(rest)} if rest else {})


def _detail(element: Element, relation: str | None, cells: Cells, found: Found) -> bool:
    """Takes a nested statement into its parent's cells where it is a detail of it."""
    kinds = short_templates(element)
    said = child(element, "value")
    coded = child(element, "code")
    named = (attribute(coded, "code") or "").strip()
    if "9" in kinds or (relation == "MFST" and element.local == "observation"):
        _reaction(element, cells, found)
    elif "8" in kinds or named == "SEV":
        cells |= code_cells("severity", said, found.parts, 1)
    elif "145" in kinds or named == "82606-5":
        cells |= code_cells("criticality", said, found.parts, 1)
    elif kinds & {"28", "6"} or named == "33999-4":
        cells |= code_cells("clinical_status", said, found.parts, 1)
    elif "31" in kinds or named == "445518008":
        cells |= quantity(said, "onset_age")
    elif "53" in kinds:
        cells |= code_cells("refusal", coded, found.parts, 1)
    elif "19" in kinds and "reason" not in cells:
        cells |= code_cells("reason", said, found.parts, 2)
    elif kinds & {"64"} or named == "48767-8":
        cells["comment"] = _both(cells.get("comment"), _words(element, found))
    elif "147" in kinds:
        cells["text"] = _words(element, found) or cells.get("text")
    else:
        return False
    return True


def _words(element: Element, found: Found) -> str | None:
    return original(child(element, "text"), found.parts) or text_of(child(element, "value"))


def _both(first: str | None, second: str | None) -> str | None:
    return "\n".join(part for part in (first, second) if part) or None


def _reaction(element: Element, cells: Cells, found: Found) -> None:
    """A reaction as a packed cell: system, code, display, text, severity, start."""
    said = child(element, "value")
    first = (codings(said) or ["\t\t"])[0].split("\t")
    severity = next(
        (
            attribute(child(each, "value"), "code")
            for each, _, _ in _nested(element, "")
            if "8" in short_templates(each) or attribute(child(each, "code"), "code") == "SEV"
        ),
        None,
    )
    shown = words(said, found.parts) or _words(element, found)
    timed = times(element)
    cell = packed((*first, shown, severity, timed["time_start"] or timed["time"]))
    if cell is None:
        return
    place = next((f"reaction_{n}" for n in range(1, 7) if not cells.get(f"reaction_{n}")), None)
    if place:
        cells[place] = cell
    else:
        cells["reaction_more"] = _both(cells.get("reaction_more"), cell)


def _note(table: str, element: Element, cells: Cells, at: str, place: Place, found: Found) -> str:
    known = _KNOWN[table]
    key = fact(table, {name: cell for name, cell in cells.items() if name in known}, at, found)
    mention: Cells = {
        "document": found.document,
        "patient": found.patient,
        "section": place.section,
        "author": agent(place.author, at, found),
        "author_time": moment(child(place.author, "time")),
        "author_of": place.author_of,
        "fact_table": table,
        "fact": key,
    }
    known_ids = identifiers(element)
    found.add("mentions", mention | spread("id", known_ids, 2), at)
    for each in known_ids:
        system, _, number = each.partition(MARK)
        cells = {"patient": found.patient, "fact_table": table, "fact": key}
        fact("entry_ids", cells | {"system": system, "value": number}, at, found)
    return key
