"""Clinical statements: one row an allergy, problem, result …, whatever wraps it.

A statement's own details (severity, status, reactions, sig, refusal reason) become cells;
statements with a meaning of their own inside another become rows that name their ``parent``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from migrate.extractors.ccda import drugs
from migrate.extractors.ccda.agents import agent, place_key
from migrate.extractors.ccda.codes import (
    MARK,
    all_code_cells,
    code_cells,
    codings,
    packed,
    words,
)
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
    SDTC,
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
_STATUS_HOLDERS = frozenset({"allergies", "problems"})
_SEVERITIES = frozenset({"255604002", "6736007", "24484000"})  # mild, moderate, severe
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
    authors: tuple[tuple[Element, str], ...] = ()
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


def _read(element: Element, at: str, place: Place, found: Found) -> tuple[str, str] | None:
    """Notes a statement and those inside it; gives its table and key."""
    if place.depth > _DEEPEST:
        raise RecursionError
    authors = place.authors
    if own := children(element, "author"):
        # who raised the concern is kept beside who wrote what it is about
        around = tuple(each for each in authors if each[1] == "concern")
        authors = (*((each, "entry") for each in own), *around)
    place = replace(place, authors=authors, depth=place.depth + 1)
    nested = _nested(element, at)
    if is_wrapper(element, place.section_code, place.depth) and nested:
        timed = times(element)
        concern = (
            ("concern_status", attribute(child(element, "statusCode"), "code")),
            ("concern_start", timed["time_start"] or timed["time"]),
            ("concern_time", timed["time"] if timed["time_start"] else None),
            ("concern_end", timed["time_end"]),
            ("negated", _negation(element)),
            ("missing", attribute(element, "nullFlavor")),
        )
        inner = replace(place, concern=concern)
        if own:
            inner = replace(inner, authors=tuple((each, "concern") for each in own))
        return _concern(nested, inner, found)
    table = table_of(element, place.section_code)
    if table == place.parent_table == "coverages":
        table = "statements"  # what a policy covers or refers to is no policy
    cells = _cells(element, table, at, place, found)
    rest = [step for step in nested if not _detail(step[0], step[2], table, cells, found)]
    key = _note(table, element, cells, at, place, found)
    for each, path, relation in rest:
        inner = replace(place, parent=key, parent_table=table, relation=relation, concern=())
        _read(each, path, inner, found)
    return table, key


def _concern(
    nested: list[tuple[Element, str, str | None]], place: Place, found: Found
) -> tuple[str, str] | None:
    """Notes what an act is wrapped around; a severity beside it is about the first of them."""
    about: tuple[str, str] | None = None
    for each, path, relation in sorted(nested, key=lambda step: _is_severity(step[0])):
        inner = replace(place, relation=relation)
        if about is not None and _is_severity(each):
            table, key = about
            inner = replace(inner, parent=key, parent_table=table, concern=())
        read = _read(each, path, inner, found)
        about = about or read
    return about


def _is_severity(element: Element) -> bool:
    return "8" in short_templates(element) or attribute(child(element, "code"), "code") == "SEV"


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
    cells |= value(said, found.parts)
    if said is not None and (kind_of(said) in _CODED and _is_coded(said)):
        cells |= code_cells("answer", said, found.parts, 6)
    for name, path, count in (
        ("priority", ("priorityCode",), 1),
        ("site", ("targetSiteCode",), 2),
        ("method", ("methodCode",), 1),
        ("subject", ("subject", "relatedSubject", "code"), 2),
        ("specimen", ("specimen", "specimenRole", "specimenPlayingEntity", "code"), 2),
    ):
        cells |= code_cells(name, child(element, *path), found.parts, count)
    cells |= all_code_cells("interpretation", children(element, "interpretationCode"), found.parts)
    cells |= spread("specimen_id", identifiers(child(element, "specimen", "specimenRole")), 1)
    cells |= range_cells(element, found.parts) | _participant(element, at, found)
    cells |= _relative(child(element, "subject", "relatedSubject"), found)
    cells["performer"] = agent(child(element, "performer"), f"{at}/performer[1]", found)
    cells |= drugs.cells(element, found)
    text = original(child(element, "text"), found.parts)
    if table in _ALWAYS_TEXT or not (cells.get("code_text") or cells.get("answer_text")):
        cells["text"] = text
    return cells


def _is_coded(said: Element) -> bool:
    return kind_of(said) is not None or attribute(said, "code") is not None


def _relative(role: Element | None, found: Found) -> Cells:
    """What is said of a relative himself: name, gender, birth and death."""
    person = child(role, "subject")
    if person is None:
        return {}
    cells = code_cells("subject_gender", child(person, "administrativeGenderCode"), found.parts, 1)
    cells["subject_birth"] = moment(child(person, "birthTime"))
    cells["subject_name"] = text_of(child(person, "name"))
    for each in person.named(SDTC + "deceasedInd")[:1]:
        cells["subject_deceased"] = attribute(each, "value")
    for each in person.named(SDTC + "deceasedTime")[:1]:
        cells["subject_death"] = moment(each)
    return cells


def _participant(element: Element, at: str, found: Found) -> Cells:
    """The thing that a statement is about (an allergen, a device), where it was done, and all
    other participants."""
    cells: Cells = {}
    rest = []
    where: str | None = None
    for each in children(element, "participant"):
        role = child(each, "participantRole")
        if where is None and attribute(role, "classCode") == "SDLOC":
            where = place_key(role, child(role, "playingEntity"), at, found)
            if where is not None:
                continue
        if attribute(each, "typeCode") == "COV" and "participant_role" not in cells:
            cells |= code_cells("participant_role", child(role, "code"), found.parts, 1)
            cells |= spread("participant_id", identifiers(role), 2)
        entity = child(role, "playingEntity")
        if entity is None:
            entity = child(role, "playingDevice")
        coded = child(entity, "code")
        if "participant" not in cells and (coded is not None or entity is not None):
            cells |= code_cells("participant", coded, found.parts, 4)
            cells |= code_cells("participant_role", child(role, "code"), found.parts, 1)
            name = text_of(child(entity, "name"))
            cells.setdefault("participant", None)
            cells["participant_text"] = cells.get("participant_text") or name
            cells |= spread("participant_id", identifiers(role), 2)
            continue
        rest.append(as_json(each))
    return cells | {"place": where} | ({"participants": "\n".join(rest)} if rest else {})


def _detail(element: Element, relation: str | None, table: str, cells: Cells, found: Found) -> bool:
    """Takes a nested statement into its parent's cells where it is a detail of it. A status of
    anything but an allergy or a problem, and a severity that FHIR has no word for, are told in a
    cell and stay a statement about their parent too."""
    kinds = short_templates(element)
    said = child(element, "value")
    coded = child(element, "code")
    named = (attribute(coded, "code") or "").strip()
    if "9" in kinds or (relation == "MFST" and element.local == "observation"):
        _reaction(element, cells, found)
    elif "8" in kinds or named == "SEV":
        cells |= code_cells("severity", said, found.parts, 1)
        return cells.get("severity") in _SEVERITIES
    elif "145" in kinds or named == "82606-5":
        cells |= code_cells("criticality", said, found.parts, 1)
    elif kinds & {"28", "6"} or named == "33999-4":
        cells |= code_cells("clinical_status", said, found.parts, 1)
        return table in _STATUS_HOLDERS
    elif "143" in kinds and table == "goals":
        cells |= code_cells("priority", said, found.parts, 1)
    elif "31" in kinds or named == "445518008":
        cells |= quantity(said, "onset_age")
    elif "53" in kinds:
        cells |= code_cells("refusal", coded, found.parts, 1)
        return True
    elif "19" in kinds and "reason" not in cells:
        cells |= code_cells("reason", said, found.parts, 6)
    elif kinds & {"64"} or named == "48767-8":
        cells["comment"] = _both(cells.get("comment"), _words(element, found))
    elif "147" in kinds:
        cells["text"] = _words(element, found) or cells.get("text")
    else:
        return False
    _note_detail(element, coded, cells, found)
    return True


def _note_detail(element: Element, coded: Element | None, cells: Cells, found: Found) -> None:
    """The time of a detail, in words: its parent has no place for it."""
    timed = times(element)
    parts = [
        timed["time"],
        timed["time_start"] and f"from {timed['time_start']}",
        timed["time_end"] and f"to {timed['time_end']}",
    ]
    said = " ".join(part for part in parts if part)
    if said:
        label = words(child(element, "value"), found.parts) or words(coded, found.parts) or "Detail"
        cells["details"] = _both(cells.get("details"), f"{label}: {said}")


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
        "fact_table": table,
        "fact": key,
    }
    known_ids = identifiers(element)
    mention |= spread("id", known_ids, 2)
    for author, author_of in place.authors or ((None, "document"),):
        wrote: Cells = {
            "author": agent(author, at, found),
            "author_time": moment(child(author, "time")),
            "author_of": author_of,
        }
        found.add("mentions", mention | wrote, at)
    for each in known_ids:
        system, _, number = each.partition(MARK)
        cells = {"patient": found.patient, "fact_table": table, "fact": key}
        fact("entry_ids", cells | {"system": system, "value": number}, at, found)
    return key
