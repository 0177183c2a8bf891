"""Source rows beside the resource that was made of them: what is the same, what was changed.

The rules say which column an element was made of (``migrate.core.profiles.usage``); the values
say whether it came across as it was written. A cell that no element shows is marked too, so that
what was left out is as visible as what was changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrate.core.profiles.usage import Use
from migrate.core.review.elements import Line

#: How an element relates to the source: as written, made of a source value, set by the rule, or
#: a link to another record.
SAME, CHANGED, FIXED, LINK = "same", "changed", "fixed", "link"
#: How a cell fared: shown as written, shown changed, read for another purpose, left out.
USED, LEFT = "used", "left"

Usage = Mapping[str, Mapping[str, Sequence[Use]]]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row as the old system had it: filled cells in the export's order, and its address.

    ``role`` is its part in the resource (anchor, member, child, join, merged), '' for none.
    """

    table: str
    row: int
    file: str
    at: str
    role: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with how it fared, and the elements that were made of it."""

    column: str
    value: str
    state: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """A line of the resource with how it came about; ``sources`` are ``table.column`` names."""

    line: Line
    state: str
    sources: tuple[str, ...]


@dataclass(slots=True)
class Comparison:
    """Both sides, marked."""

    rows: list[tuple[SourceRow, tuple[Cell, ...]]] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)


def compared(
    kind: str, rule: str, lines: Sequence[Line], rows: Sequence[SourceRow], usage: Usage
) -> Comparison:
    """Mark the lines of a resource of type ``kind`` that ``rule`` made, and its rows."""
    made: dict[tuple[str, str], tuple[str, ...]] = {}
    other: set[tuple[str, str]] = set()
    for table in {row.table for row in rows}:
        for column, uses in usage.get(table, {}).items():
            own = [use for use in uses if use.rule == rule]
            paths = [u.element.removeprefix(f"{kind}.") for u in own if "[" not in u.element]
            if paths:
                made[table, column] = tuple(paths)
            elif uses:
                other.add((table, column))
    found = Comparison()
    found.elements = [_element(line, rows, made) for line in lines]
    values = {element.line.value for element in found.elements}
    for row in rows:
        found.rows.append((row, _cells(row, found.elements, values, made, other)))
    return found


def _element(
    line: Line, rows: Sequence[SourceRow], made: Mapping[tuple[str, str], tuple[str, ...]]
) -> Element:
    held = [
        (f"{row.table}.{column}", value)
        for row in rows
        for column, value in row.cells.items()
        if any(_touch(path, line.path) for path in made.get((row.table, column), ()))
    ]
    same = tuple(dict.fromkeys(name for name, value in held if shows(line.value, value)))
    if line.kind == "link":
        return Element(line, LINK, same or tuple(dict.fromkeys(name for name, _ in held)))
    if same:
        return Element(line, SAME, same)
    names = tuple(dict.fromkeys(name for name, _ in held))
    return Element(line, CHANGED if names else FIXED, names)


def _cells(
    row: SourceRow,
    elements: Sequence[Element],
    values: set[str],
    made: Mapping[tuple[str, str], tuple[str, ...]],
    other: set[tuple[str, str]],
) -> tuple[Cell, ...]:
    cells = []
    for column, value in row.cells.items():
        name = f"{row.table}.{column}"
        shown = [element for element in elements if name in element.sources]
        paths = tuple(dict.fromkeys(element.line.path for element in shown))
        if value.strip() in values or any(element.state == SAME for element in shown):
            state = SAME
        elif shown:
            state = LINK if all(element.state == LINK for element in shown) else CHANGED
        else:
            read = (row.table, column) in other or (row.table, column) in made
            state = USED if read else LEFT
        cells.append(Cell(column, value, state, paths))
    return tuple(cells)


def _touch(used: str, path: str) -> bool:
    """Whether one element lies at or inside the other."""
    return used == path or path.startswith(f"{used}.") or used.startswith(f"{path}.")


def shows(value: str, cell: str) -> bool:
    """Whether a line shows a cell as it was written: alone, or as whole words of it.

    >>> shows("E11.9 Diabetes (ICD-10-CM)", "E11.9"), shows("2001-02-03", "02/03/2001")
    (True, False)
    """
    text = cell.strip()
    if not text:
        return False
    if text == value.strip():
        return True
    at = value.find(text)
    while at >= 0:
        before, after = value[at - 1 : at], value[at + len(text) : at + len(text) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        at = value.find(text, at + 1)
    return False
