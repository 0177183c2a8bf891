"""Swallowed rows: telling a note with line breaks from rows that a stray quote has eaten.

A quote that opens by accident turns all lines up to the next quote into one cell, and where
that quote ends a field, the result has the right number of fields and looks believable. What
gives it away: the lines inside read as rows of this table. A line counts as such when it has
exactly the header's number of fields and its cells have the shapes (``9-9-9`` for a date) of
the columns that have a shape at all. At least half of the lines must be such rows; where the
shapes say little (a bare number may begin any line of a note) at least three. In a table without
shapes at least three lines must have the right number of fields, and no line another one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from migrate.extractors.delimited.dialect import split_line

_SHAPES_KEPT = 3
_SHARE = 0.95
_TELLING = 3
_FEWEST_ROWS = 3
_FEWEST_LINES = 5
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DIGITS = re.compile(r"[0-9]+")
_LETTERS = re.compile(r"[^\W\d_]")
_LONGEST_SHAPE = 40
_MOST_LINES = 200
_MOST_LEARNED = 400


def shape(cell: str) -> str:
    """The outline of a cell: runs of digits as ``9``, letters as ``A``; UUIDs as ``U``."""
    cell = _UUID.sub("U", cell[:_LONGEST_SHAPE])
    return _DIGITS.sub("9", _LETTERS.sub("A", cell))


@dataclass(frozen=True, slots=True)
class RowShapes:
    """For each column with a shape, the outlines that nearly all of its cells have."""

    width: int
    columns: tuple[tuple[int, frozenset[str]], ...]

    def fits(self, cells: Sequence[str]) -> bool:
        """Whether cells may be a row: right number, known shapes, one of them not empty."""
        if len(cells) != self.width:
            return False
        if not self.columns:
            return True
        filled = 0
        for column, shapes in self.columns:
            cell = cells[column].strip('"')
            if cell:
                filled += 1
                if shape(cell) not in shapes:
                    return False
        return filled > 0

    def swallowed(self, lines: Sequence[str], delimiter: str, *, closed: bool) -> bool:
        """Whether the lines that follow an opened quote are rows of the table themselves.

        ``lines`` are the physical lines after the first; ``closed``: the last of them holds the
        closing quote.
        """
        if self.width < 2 or not lines:
            return False
        rows = [self._row_like(line, delimiter) for line in lines[:_MOST_LINES]]
        if self.columns:
            enough = 1 if self._weight() >= _TELLING else _FEWEST_ROWS
            return sum(rows) >= enough and 2 * sum(rows) >= len(rows)
        inner = rows[:-1] if closed else rows
        return self.width > 2 and len(inner) >= _FEWEST_ROWS and all(inner)

    def _weight(self) -> int:
        """How much the shapes say: a bare number little, a date or a UUID more."""
        return sum(1 if shapes == {"9"} else 2 for _, shapes in self.columns)

    def _row_like(self, line: str, delimiter: str) -> bool:
        plain = line.split(delimiter)
        return self.fits(plain) or ('"' in line and self.fits(split_line(line, delimiter)))


def learn_shapes(lines: Sequence[str], delimiter: str, width: int) -> RowShapes:
    """The shapes of a table's columns from a sample of physical lines."""
    step = max(1, len(lines) // _MOST_LEARNED)
    rows = [cells for line in lines[::step] if len(cells := split_line(line, delimiter)) == width]
    if len(rows) < _FEWEST_LINES or width < 2:
        return RowShapes(width, ())
    columns = []
    for number in range(width):
        counts = Counter(shape(row[number]) for row in rows if row[number])
        common = counts.most_common(_SHAPES_KEPT)
        telling = all("9" in found or "U" in found for found, _ in common)
        covered = sum(count for _, count in common) >= _SHARE * counts.total()
        spaced = any(" " in found and ":" not in found for found, _ in common)
        if common and telling and covered and not spaced:
            columns.append((number, frozenset(counts)))
    return RowShapes(width, tuple(columns))
