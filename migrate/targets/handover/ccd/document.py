"""A patient's CCD out of the rows of its sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from migrate.targets.handover.ccd import entries, observations
from migrate.targets.handover.ccd.header import author, custodian, heading, patient_role
from migrate.targets.handover.ccd.parts import LOINC, Element, Row, fixed, sub, template

Write = Callable[[Element, Row, str], None]


@dataclass(frozen=True, slots=True)
class Author:
    """Whose document it is: the practice, the old system, this tool, the export's time."""

    practice: str
    system: str
    tool: str
    time: str | None


@dataclass(frozen=True, slots=True)
class _Section:
    """A section of a CCD: its template (V3), LOINC code, title, and the writer of an entry.

    ``entries`` names the template variant that requires entries.
    """

    root: str
    code: str
    title: str
    write: Write
    required: bool
    version: str | None = "2015-08-01"


_SECTIONS: Mapping[str, _Section] = {
    "allergies": _Section("2.6.1", "48765-2", "Allergies", entries.allergy, True),
    "medications": _Section(
        "2.1.1", "10160-0", "Medications", entries.medication, True, "2014-06-09"
    ),
    "problems": _Section("2.5.1", "11450-4", "Problems", entries.problem, True),
    "procedures": _Section(
        "2.7.1", "47519-4", "Procedures", entries.procedure, False, "2014-06-09"
    ),
    "results": _Section("2.3.1", "30954-2", "Results", observations.result, True),
    "vitals": _Section("2.4.1", "8716-3", "Vital signs", observations.vital, True),
    "social_history": _Section("2.17", "29762-2", "Social history", observations.social, True),
    "immunizations": _Section("2.2.1", "11369-6", "Immunizations", entries.immunization, False),
    "encounters": _Section("2.22.1", "46240-8", "Visits", entries.encounter, False),
}
_SHOWN = ("text", "status", "date", "start", "end", "onset", "abatement", "value", "unit", "sig")


def document_of(patient: Row, sections: Mapping[str, Sequence[Row]], made_by: Author) -> bytes:
    """The document's bytes; the entries of a section are in the order of its rows."""
    identity = f"urn:ehr-migrate:ccd:{patient.get('id')}"
    root = heading(identity, f"Continuity of care: {made_by.practice}", made_by.time)
    patient_role(root, patient)
    author(root, made_by.practice, made_by.system, made_by.tool, made_by.time)
    custodian(root, made_by.practice, made_by.system)
    event = sub(sub(root, "documentationOf"), "serviceEvent", classCode="PCPR")
    when = sub(event, "effectiveTime")
    sub(when, "low", nullFlavor="UNK")
    body = sub(sub(root, "component"), "structuredBody")
    for name, section in _SECTIONS.items():
        rows = sections.get(name, ())
        if rows or section.required:
            _section(body, name, section, rows)
    raw: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return raw


def _section(body: Element, name: str, section: _Section, rows: Sequence[Row]) -> None:
    component = sub(body, "component")
    made = sub(component, "section", nullFlavor=None if rows else "NI")
    template(made, section.root, section.version)
    fixed(made, "code", section.code, LOINC, section.title)
    sub(made, "title", section.title)
    text = sub(made, "text")
    if not rows:
        sub(text, "paragraph", "No information")
        return
    _narrative(text, name, rows)
    for number, row in enumerate(rows, 1):
        section.write(sub(made, "entry", typeCode="DRIV"), row, f"{name}{number}")


def _narrative(text: Element, name: str, rows: Sequence[Row]) -> None:
    """A table of all rows; the words and directions of each have ids that entries point at."""
    shown = [key for key in _SHOWN if key == "text" or any(row.get(key) for row in rows)]
    table = sub(text, "table")
    head = sub(sub(table, "thead"), "tr")
    for key in shown:
        sub(head, "th", key)
    body = sub(table, "tbody")
    for number, row in enumerate(rows, 1):
        line = sub(body, "tr")
        for key in shown:
            cell = sub(line, "td")
            if key in ("text", "sig") and row.get(key):
                mark = f"{name}{number}" if key == "text" else f"{name}{number}sig"
                sub(cell, "content", row[key], ID=mark)
            else:
                cell.text = entries.clean(row.get(key) or "")
