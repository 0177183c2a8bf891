"""Layouts: lines of one shape whose texts have the same lengths, judged without splitting them.

Most lines of a run differ from others in nothing but ids, days and numbers of the same length. A
layout remembers good lines: what lies between its varying values must be as in one of them, each
varying value must pass its own test, and what a rule reads must be something that the rule has
called good. Only "good" is ever said here; any doubt sends a line the long way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from migrate.core.conformance.rules import Rule
from migrate.core.conformance.shape import Column, Shape
from migrate.core.conformance.tree import NUMBERS

_VARYING = frozenset(
    ("id", "reference", "date", "dateTime", "instant", "decimal", "positiveInt", "unsignedInt")
)
_LINK, _CODING = b'"reference":"', b'"coding":'
_ENOUGH, _MOST_LAYOUTS, _MOST_MODELS, _MOST_KEYS = 8, 8, 64, 20_000

Key = tuple[int, int, int]
Taken = Callable[[bytes], Any]


@dataclass(slots=True)
class Layout:
    """``between`` takes what must be as in one of the ``models``; ``fields`` are the values that
    vary; ``row`` is one of the lines that it was made of."""

    row: list[bytes]
    between: Taken
    models: set[object]
    fields: list[tuple[Taken, Column]]
    ruled: list[tuple[Taken, tuple[int, ...], Rule]]
    rules: list[tuple[Rule, int]]

    @property
    def current(self) -> bool:
        """Whether no rule has come to read more than when the layout was made."""
        return all(rule.grown == grown for rule, grown in self.rules)

    def doubtful(self, lines: Sequence[bytes]) -> set[int]:
        """The places of the lines that are not surely good."""
        found: set[int] = set()
        if not self.current:
            return set(range(len(lines)))
        if not self.models.issuperset(map(self.between, lines)):
            found |= {n for n, line in enumerate(lines) if self.between(line) not in self.models}
            if len(found) == len(lines):
                return found
        for take, column in self.fields:
            surely = column.surely
            assert surely is not None
            values = set(map(take, lines)) - column.good
            bad = {value for value in values if surely(value) is None}
            if bad:
                found |= {n for n, line in enumerate(lines) if take(line) in bad}
        for take, lengths, rule in self.ruled:
            key = _lengthened(take, lengths)
            if not rule.good.issuperset(map(key, lines)):
                found |= {n for n, line in enumerate(lines) if key(line) not in rule.good}
        return found


def _lengthened(take: Taken, lengths: tuple[int, ...]) -> Taken:
    return (lambda line: (*lengths, take(line))) if lengths else take


def key_of(line: bytes) -> Key:
    """Lines of different keys have different layouts."""
    return len(line), line.find(_LINK), line.find(_CODING)


class Layouts:
    """The layouts of one resource type, by key and by the lengths of a line's pieces."""

    def __init__(self) -> None:
        self._known: dict[Key, dict[tuple[int, ...], Layout]] = {}

    def doubtful(self, key: Key, lines: Sequence[bytes]) -> Sequence[int]:
        """The places of the lines that must go the long way."""
        left: Sequence[int] = range(len(lines))
        for layout in self._known.get(key, {}).values():
            if not left:
                break
            mine = lines if len(left) == len(lines) else [lines[place] for place in left]
            left = [left[place] for place in sorted(layout.doubtful(mine))]
        return left

    def learn(self, key: Key, shape: Shape, rows: Sequence[list[bytes]]) -> None:
        """Take layouts from lines of one shape that the long way has called good."""
        if len(self._known) > _MOST_KEYS:
            self._known.clear()
        known = self._known.setdefault(key, {})
        by_lengths: dict[tuple[int, ...], list[list[bytes]]] = {}
        for row in rows:
            by_lengths.setdefault((id(shape), *map(len, row)), []).append(row)
        for lengths, alike in by_lengths.items():
            layout = known.get(lengths)
            if layout is None or len(layout.models) > _MOST_MODELS or not layout.current:
                peers = alike if layout is None else [layout.row, *alike]
                if len(peers) < 2 or (layout is None and len(known) >= _MOST_LAYOUTS):
                    continue
                made = _layout(shape, b'"'.join(peers[0]), peers)
                if made is None:
                    continue
                layout = known[lengths] = made
            for row in alike:
                line = b'"'.join(row)
                if not any(mark in line for mark in (b"\x01", b"\x02", b"\\")):
                    layout.models.add(layout.between(line))


def _layout(shape: Shape, line: bytes, rows: Sequence[list[bytes]]) -> Layout | None:
    row = rows[0]
    starts, at = [], 0
    for piece in row:
        starts.append(at)
        at += len(piece) + 1
    spans: dict[int, tuple[int, int]] = {}
    varying: dict[int, tuple[tuple[int, int], Column]] = {}
    numbers = {place + o for rule, o in shape.rules for place in rule.reads if place % 2 == 0}
    for place, column, _ in shape.columns:
        span = _span(row, starts, place, column)
        spans[place] = span
        alike = all(other[place] == row[place] for other in rows[1:64])
        free = column.surely is not None and place not in numbers and place not in varying
        if free and (column.kind in _VARYING or not alike):
            varying[place] = (span, column)
    fields = [(_taken([span]), column) for span, column in varying.values()]
    gaps = _gaps([span for span, _ in varying.values()], len(line))
    between = _taken(gaps)
    ruled = []
    for rule, offset in shape.rules:
        places = [place + offset for place in rule.reads]
        if any(place in varying for place in places):
            if any(place % 2 == 0 or place not in spans for place in places):
                return None
            lengths = tuple(len(row[place + offset]) for place in rule.measures)
            ruled.append((_taken([spans[place] for place in places]), lengths, rule))
    rules = [(rule, rule.grown) for rule, _ in shape.rules]
    return Layout(row, between, set(), fields, ruled, rules)


def _span(row: list[bytes], starts: list[int], place: int, column: Column) -> tuple[int, int]:
    if place % 2:
        return starts[place], starts[place] + len(row[place])
    match = [*NUMBERS.finditer(row[place])][column.nth]
    return starts[place] + match.start(), starts[place] + match.end()


def _gaps(spans: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    found, at = [], 0
    for start, end in sorted(spans):
        found.append((at, start))
        at = end
    return [*found, (at, length)]


def _taken(spans: Sequence[tuple[int, int]]) -> Taken:
    return itemgetter(*(slice(start, end) for start, end in spans))
