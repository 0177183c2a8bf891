"""Entries of a CCD that carry a value: results, vital signs, social history."""

from __future__ import annotations

import re

from migrate.targets.handover.ccd.parts import (
    LOINC,
    SNOMED,
    Element,
    Row,
    clean,
    coded,
    entry_id,
    fixed,
    moment,
    oid_of,
    point,
    sub,
    template,
)

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_SMOKING = "72166-2"


def result(entry: Element, row: Row, words: str) -> None:
    """Result organizer (1) with one observation (2)."""
    organizer = sub(entry, "organizer", classCode="BATTERY", moodCode="EVN")
    template(organizer, "4.1")
    entry_id(organizer, f"{row.get('id')}-panel")
    coded(organizer, "code", row, None)
    status = row.get("status") or "completed"
    sub(organizer, "statusCode", code=status)
    _span(organizer, row)
    made = _observation(sub(organizer, "component"), row, words, "4.2", status)
    if row.get("flag"):
        sub(made, "interpretationCode", code=row["flag"], codeSystem="2.16.840.1.113883.5.83")
    if row.get("range"):
        limits = sub(sub(made, "referenceRange"), "observationRange")
        sub(limits, "text", row["range"])


def vital(entry: Element, row: Row, words: str) -> None:
    """Vital signs organizer (26) with one observation (27)."""
    organizer = sub(entry, "organizer", classCode="CLUSTER", moodCode="EVN")
    template(organizer, "4.26")
    entry_id(organizer, f"{row.get('id')}-panel")
    code = fixed(organizer, "code", "46680005", SNOMED, "Vital signs")
    sub(code, "translation", code="74728-7", codeSystem=LOINC, displayName="Vital signs")
    sub(organizer, "statusCode", code="completed")
    _span(organizer, row)
    _observation(sub(organizer, "component"), row, words, "4.27", "completed")


def social(entry: Element, row: Row, words: str) -> None:
    """Smoking status (78), or another social history observation (38)."""
    smoking = row.get("code") == _SMOKING
    root, version = ("4.78", "2014-06-09") if smoking else ("4.38", "2015-08-01")
    _observation(entry, row, words, root, "completed", version)


def _span(organizer: Element, row: Row) -> None:
    when = sub(organizer, "effectiveTime")
    value = moment(row.get("date"))
    for name in ("low", "high"):
        sub(when, name, value=value, nullFlavor=None if value else "UNK")


def _observation(
    parent: Element, row: Row, words: str, root: str, status: str, version: str = "2015-08-01"
) -> Element:
    made = sub(parent, "observation", classCode="OBS", moodCode="EVN")
    template(made, root, version)
    entry_id(made, row.get("id"))
    coded(made, "code", row, words if row.get("text") else None)
    sub(made, "statusCode", code=status)
    point(made, row.get("date"))
    _value(made, row)
    return made


def _value(made: Element, row: Row) -> None:
    number, unit, less = row.get("value"), row.get("unit"), row.get("comparator")
    if row.get("value_code"):
        value = sub(made, "value", xsi_type="CD", code=row["value_code"])
        value.set("codeSystem", oid_of(row.get("value_system") or ""))
        if row.get("value_display"):
            value.set("displayName", clean(row["value_display"] or ""))
        if row.get("value_text"):
            sub(value, "originalText", row["value_text"])
    elif number and _NUMBER.fullmatch(number):
        if less in ("<", "<=", ">", ">="):
            value = sub(made, "value", xsi_type="IVL_PQ")
            end = "high" if less[0] == "<" else "low"
            inclusive = "true" if less.endswith("=") else "false"
            sub(value, end, value=number, unit=unit, inclusive=inclusive)
        else:
            sub(made, "value", xsi_type="PQ", value=number, unit=unit)
    elif number or row.get("value_text"):
        sub(made, "value", number or row.get("value_text"), xsi_type="ST")
