"""Which column says when a row of a table happened, read off the profile's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.profiles.ast import (
    Column,
    Each,
    First,
    ListNode,
    Node,
    ObjectNode,
    Profile,
    Scalar,
)

DATE_TYPES = frozenset({"date", "dateTime", "instant"})
# The elements by which people date a record, best first; birth and death date a person.
PREFERRED = (
    "period.start",
    "start",
    "effectiveDateTime",
    "effectivePeriod.start",
    "performedDateTime",
    "performedPeriod.start",
    "occurrenceDateTime",
    "occurrencePeriod.start",
    "authoredOn",
    "started",
    "billablePeriod.start",
    "servicedDate",
    "created",
    "date",
    "recordedDate",
    "onsetDateTime",
    "issued",
)
_PERSONAL = ("birthDate", "deceased")


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column with the formats and placeholders that the profile reads it with."""

    table: str
    column: str
    formats: tuple[str, ...]
    placeholders: tuple[str, ...]


def date_columns(profile: Profile) -> dict[str, DateColumn]:
    """Table → the column that dates its rows; tables without one are left out."""
    best: dict[str, tuple[int, DateColumn]] = {}
    for path, found in _dates(profile):
        if path.startswith(_PERSONAL):
            continue
        rank = PREFERRED.index(path) if path in PREFERRED else len(PREFERRED)
        if found.table not in best or rank < best[found.table][0]:
            best[found.table] = (rank, found)
    return {table: found for table, (_, found) in sorted(best.items())}


def date_reading(profile: Profile, table: str, column: str) -> DateColumn:
    """How the profile reads this column; for one that it never reads as a date, all its formats."""
    formats: dict[str, None] = {}
    placeholders: dict[str, None] = {}
    for _, found in _dates(profile):
        if (found.table, found.column) == (table, column):
            return found
        formats.update(dict.fromkeys(found.formats))
        placeholders.update(dict.fromkeys(found.placeholders))
    return DateColumn(table, column, tuple(formats), tuple(placeholders))


def date_sql(date: DateColumn, shape: str) -> str:
    """SQL of a column's date cut to ``shape`` (a strftime format), by the profile's formats.

    Precision never grows: a format without a month gives no more than the year.
    """
    name = f"trim({quoted(date.column)})"
    readings = []
    for form in date.formats:
        shown = shape if "%d" in form else shape.removesuffix("-%d")
        shown = shown if "%m" in form else "%Y"
        readings.append(f"strftime(try_strptime({name}, {literal(form)}), {literal(shown)})")
    if not readings:
        readings = [f"regexp_extract({name}, '^[0-9]{{4}}-[0-9]{{2}}')"]
    text = f"coalesce({', '.join(readings)})"
    if not date.placeholders:
        return text
    places = ", ".join(literal(place) for place in date.placeholders)
    return f"case when {name} in ({places}) then null else {text} end"


def _dates(profile: Profile) -> Iterator[tuple[str, DateColumn]]:
    for rule in profile.rules:
        yield from _walk(rule.body, rule.table, "")


def _walk(node: Node, table: str, path: str) -> Iterator[tuple[str, DateColumn]]:
    if isinstance(node, Scalar):
        if node.fhir_type in DATE_TYPES and isinstance(node.leaf, Column) and not node.leaf.source:
            yield path, DateColumn(table, node.leaf.name, node.formats, node.placeholders)
    elif isinstance(node, ObjectNode):
        for name, member in node.members:
            yield from _walk(member, table, f"{path}.{name}" if path else name)
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from _walk(item, table, path)
    elif isinstance(node, First):
        for alternative in node.alternatives:
            yield from _walk(alternative, table, path)
    elif isinstance(node, Each) and node.table != "merged":
        inner = table if node.table == "members" else node.table
        yield from _walk(node.item, inner, path)
