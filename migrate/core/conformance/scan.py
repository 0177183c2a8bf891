"""Lines to findings: shapes once, values by column."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from migrate.core.conformance.found import Found, Problem
from migrate.core.conformance.layout import Key, Layouts, key_of
from migrate.core.conformance.rules import Rule, answer
from migrate.core.conformance.shape import Column, Shape, Shapes
from migrate.core.conformance.tree import NUMBERS, pieces

BATCH = 8192
BATCH_BYTES = 8 << 20
_MOST_KEPT = 200_000
_MOST_SHAPES = 20_000
_PROFILE = b'"profile":['


class Finding(NamedTuple):
    """A problem of the line with this number (from 1), and the resource's id where it has one."""

    line: int
    problem: Problem
    id: str | None = None


@dataclass(slots=True)
class _Rows:
    shape: Shape
    numbers: list[int] = field(default_factory=list)
    rows: list[list[bytes]] = field(default_factory=list)
    keyed: dict[Key, list[list[bytes]]] = field(default_factory=dict)


class Scan:
    """Judges the lines of resource types; what it has compiled stays for the next ones.

    Memory is bounded: lines are taken in batches, and what was compiled or passed is forgotten
    when there is too much of it.
    """

    def __init__(self) -> None:
        self._shapes = Shapes()
        self._layouts: dict[str, Layouts] = {}
        self._by_key: dict[tuple[object, ...], Shape] = {}
        self._structures: dict[bytes, tuple[bytes, Callable[[list[bytes]], Sequence[bytes]]]] = {}

    def findings(self, name: str, lines: Iterable[bytes]) -> Iterator[Finding]:
        """What is wrong with lines that should be resources of this type, in their order."""
        batch: list[bytes] = []
        first, size = 1, 0
        for line in lines:
            batch.append(line)
            size += len(line)
            if len(batch) == BATCH or size > BATCH_BYTES:
                yield from self._batch(name, batch, first)
                first += len(batch)
                batch, size = [], 0
        yield from self._batch(name, batch, first)

    def _batch(self, name: str, lines: Sequence[bytes], first: int) -> Iterator[Finding]:
        layouts = self._layouts.setdefault(name, Layouts())
        alike: dict[Key, list[int]] = {}
        for place, key in enumerate(map(key_of, lines)):
            held = alike.get(key)
            if held is None:
                alike[key] = [place]
            else:
                held.append(place)
        groups: dict[tuple[object, ...], _Rows] = {}
        found: list[Finding] = []
        for key, places in alike.items():
            mine = [lines[place] for place in places]
            for doubtful in layouts.doubtful(key, mine):
                place = places[doubtful]
                found += self._grouped(name, lines[place], first + place, key, groups)
        for group in groups.values():
            wrong = [*judged(group.shape, group.rows, group.numbers)]
            if wrong or group.shape.problems:
                found += wrong
            else:
                for key, rows in group.keyed.items():
                    layouts.learn(key, group.shape, rows)
        ids: dict[int, str | None] = {}
        for number, problem, _ in sorted(set(found)):
            if number not in ids:
                ids[number] = None if problem.family == "json" else _id_of(lines[number - first])
            yield Finding(number, problem, ids[number])
        self._forget()

    def _grouped(
        self,
        name: str,
        line: bytes,
        number: int,
        layout: Key,
        groups: dict[tuple[object, ...], _Rows],
    ) -> Iterator[Finding]:
        """Put a line to those of its shape; judge it at once where it is alone."""
        row = pieces(line)
        if row is None:
            yield Finding(number, Problem("json", name))
            return
        key = self._key(line, row)
        group = groups.get(key)
        if group is None:
            shape = self._shape(name, key, row)
            if shape.alone:
                yield from judged(shape, [row], [number])
                return
            group = groups[key] = _Rows(shape)
        group.numbers.append(number)
        group.rows.append(row)
        group.keyed.setdefault(layout, []).append(row)

    def _key(self, line: bytes, row: list[bytes]) -> tuple[object, ...]:
        """What lines of a shape have in common: structure, members' names, claimed profiles."""
        structure = b'"'.join(row[::2])
        known = self._structures.get(structure)
        if known is None:
            masked = NUMBERS.sub(b"0", structure)
            known = self._structures[structure] = (masked, _names(masked))
        masked, names = known
        return masked, b'"'.join(names(row)), _claims(line)

    def _shape(self, name: str, key: tuple[object, ...], row: list[bytes]) -> Shape:
        shape = self._by_key.get((name, *key))
        if shape is None:
            shape = self._shapes.shape(name, row)
            if not shape.alone:
                self._by_key[(name, *key)] = shape
        return shape

    def _forget(self) -> None:
        if len(self._by_key) > _MOST_SHAPES:
            self._by_key.clear()
            self._shapes = Shapes()
            self._layouts.clear()
        if len(self._structures) > _MOST_KEPT:
            self._structures.clear()


def _id_of(line: bytes) -> str | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    name = document.get("id") if isinstance(document, dict) else None
    return name if isinstance(name, str) else None


def _names(masked: bytes) -> Callable[[list[bytes]], Sequence[bytes]]:
    """Takes the members' names out of a row: the texts before a colon."""
    places = [
        2 * place - 1
        for place, piece in enumerate(masked.split(b'"'))
        if piece.lstrip().startswith(b":")
    ]
    if len(places) < 2:
        return itemgetter(slice(1, None, 2))
    return itemgetter(*places)


def _claims(line: bytes) -> bytes:
    """The text of meta.profile, which the shape depends on."""
    start = line.find(_PROFILE)
    return line[start : line.find(b"]", start)] if start >= 0 else b""


def judged(shape: Shape, rows: Sequence[list[bytes]], numbers: Sequence[int]) -> Iterator[Finding]:
    """What is wrong with rows of one shape."""
    for problem in shape.problems:
        for number in numbers:
            yield Finding(number, problem)
    for place, column, problem in shape.columns:
        bad = _bad(column, set(map(itemgetter(place), rows)))
        if bad:
            for number, row in zip(numbers, rows, strict=True):
                if row[place] in bad:
                    yield Finding(
                        number, problem._replace(family=_told(column, problem, row[place]))
                    )
    for rule, offset in shape.rules:
        yield from _ruled(rule, offset, rows, numbers)


def _told(column: Column, problem: Problem, piece: bytes) -> str:
    if not piece:
        return "empty"
    return column.family(piece) if column.family else problem.family


def _bad(column: Column, values: set[bytes]) -> set[bytes]:
    new = values - column.good
    if not new:
        return new
    doubtful = new if column.surely is None else {v for v in new if column.surely(v) is None}
    bad = {value for value in doubtful if not column.test(value)}
    if len(column.good) > _MOST_KEPT:
        column.good.clear()
    column.good |= new - bad
    return bad


def _ruled(
    rule: Rule, offset: int, rows: Sequence[list[bytes]], numbers: Sequence[int]
) -> Iterator[Finding]:
    if len(rule.good) > _MOST_KEPT:
        rule.good.clear()
    while True:
        key_of = _keys(rule, offset)
        seen = set(key_of(rows))
        if _answered(rule, offset, seen - rule.good, key_of, rows):
            break
    if not seen.isdisjoint(rule.bad):
        for number, key in zip(numbers, key_of(rows), strict=True):
            for problem in rule.bad.get(key, ()):
                yield Finding(number, problem)


Keys = Callable[[Sequence[list[bytes]]], Iterable[object]]


def _keys(rule: Rule, offset: int) -> Keys:
    """Gives what a rule's answer depends on, row by row."""
    values = itemgetter(*(place + offset for place in rule.reads)) if rule.reads else None
    if not rule.measures:
        assert values is not None
        return lambda rows: map(values, rows)
    lengths = [itemgetter(place + offset) for place in rule.measures]

    def keys(rows: Sequence[list[bytes]]) -> Iterable[object]:
        columns: list[Iterable[object]] = [map(len, map(place, rows)) for place in lengths]
        return zip(*columns, *([map(values, rows)] if values else []), strict=True)

    return keys


def _answered(
    rule: Rule, offset: int, new: set[object], key_of: Keys, rows: Sequence[list[bytes]]
) -> bool:
    """Answer what is new; False when the rule read more than before, so that keys are too short."""
    new = new - rule.bad.keys()
    if not new:
        return True
    for key, row in zip(key_of(rows), rows, strict=True):
        if key in new:
            new.discard(key)
            found, more = answer(rule, row, offset)
            if more:
                return False
            if found:
                rule.bad[key] = found
            else:
                rule.good.add(key)
    return True


def problems(name: str, line: bytes) -> Found:
    """What is wrong with one resource: the same rules, without anything kept."""
    return tuple(finding.problem for finding in Scan().findings(name, [line]))
