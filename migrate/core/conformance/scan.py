"""Lines to findings: shapes once, values by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from migrate.core.conformance.found import Found, Problem
from migrate.core.conformance.rules import Rule, answer
from migrate.core.conformance.shape import Column, Shape, Shapes
from migrate.core.conformance.tree import NUMBERS, pieces

BATCH = 4096
_MOST_KEPT = 200_000
_MOST_SHAPES = 20_000
_PROFILE = b'"profile":['


class Finding(NamedTuple):
    """A problem of the line with this number (from 1)."""

    line: int
    problem: Problem


@dataclass(slots=True)
class _Rows:
    shape: Shape
    numbers: list[int] = field(default_factory=list)
    rows: list[list[bytes]] = field(default_factory=list)


class Scan:
    """Judges the lines of resource types; what it has compiled stays for the next ones.

    Memory is bounded: lines are taken in batches, and what was compiled or passed is forgotten
    when there is too much of it.
    """

    def __init__(self) -> None:
        self._shapes = Shapes()
        self._by_key: dict[tuple[bytes, ...], Shape] = {}
        self._masked: dict[bytes, bytes] = {}

    def findings(self, name: str, lines: Iterable[bytes]) -> Iterator[Finding]:
        """What is wrong with lines that should be resources of this type, in their order."""
        batch: list[bytes] = []
        first = 1
        for line in lines:
            batch.append(line)
            if len(batch) == BATCH:
                yield from self._batch(name, batch, first)
                first += len(batch)
                batch = []
        yield from self._batch(name, batch, first)

    def _batch(self, name: str, lines: Sequence[bytes], first: int) -> Iterator[Finding]:
        found: list[Finding] = []
        groups: dict[int, _Rows] = {}
        for number, line in enumerate(lines, first):
            row = pieces(line)
            if row is None:
                found.append(Finding(number, Problem("json", name)))
                continue
            shape = self._shape(name, line, row)
            group = groups.get(id(shape))
            if group is None:
                group = groups[id(shape)] = _Rows(shape)
            group.numbers.append(number)
            group.rows.append(row)
        for group in groups.values():
            found += judged(group.shape, group.rows, group.numbers)
        yield from sorted(set(found))
        if len(self._by_key) > _MOST_SHAPES:
            self._by_key.clear()
            self._shapes = Shapes()
        if len(self._masked) > _MOST_KEPT:
            self._masked.clear()

    def _shape(self, name: str, line: bytes, row: list[bytes]) -> Shape:
        structure = b'"'.join(row[::2])
        masked = self._masked.get(structure)
        if masked is None:
            masked = self._masked[structure] = NUMBERS.sub(b"0", structure)
        key = (name.encode(), masked, _names(masked, row), _claims(line))
        shape = self._by_key.get(key)
        if shape is None:
            shape = self._shapes.shape(name, row)
            if not shape.alone:
                self._by_key[key] = shape
        return shape


_KEYS: dict[bytes, itemgetter[bytes]] = {}


def _names(masked: bytes, row: list[bytes]) -> bytes:
    """The members' names: the texts before a colon."""
    getter = _KEYS.get(masked)
    if getter is None:
        places = [
            2 * place - 1
            for place, piece in enumerate(masked.split(b'"'))
            if piece.lstrip().startswith(b":")
        ]
        if len(places) < 2:
            return b'"'.join(row[1::2])
        if len(_KEYS) > _MOST_SHAPES:
            _KEYS.clear()
        getter = _KEYS[masked] = itemgetter(*places)
    return b'"'.join(getter(row))


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
                    yield Finding(number, problem)
    for rule, offset in shape.rules:
        yield from _ruled(rule, offset, rows, numbers)


def _bad(column: Column, values: set[bytes]) -> set[bytes]:
    new = values - column.good
    bad = {value for value in new if not column.test(value)}
    if len(column.good) > _MOST_KEPT:
        column.good.clear()
    column.good |= new - bad
    return bad


def _ruled(
    rule: Rule, offset: int, rows: Sequence[list[bytes]], numbers: Sequence[int]
) -> Iterator[Finding]:
    while True:
        getter = itemgetter(*(place + offset for place in rule.reads))
        keys = list(map(getter, rows))
        if _answered(rule, offset, dict(zip(keys, rows, strict=True))):
            break
    failing = {key for key in set(keys) if rule.answers[key]}
    if failing:
        for number, key in zip(numbers, keys, strict=True):
            if key in failing:
                for problem in rule.answers[key]:
                    yield Finding(number, problem)


def _answered(rule: Rule, offset: int, rows: dict[object, list[bytes]]) -> bool:
    """Answer what is new; False when the rule read more than before, so that keys are too short."""
    if len(rule.answers) > _MOST_KEPT:
        rule.answers.clear()
    for key in rows.keys() - rule.answers.keys():
        found, more = answer(rule, rows[key], offset)
        if more:
            return False
        rule.answers[key] = found
    return True


def problems(name: str, line: bytes) -> Found:
    """What is wrong with one resource: the same rules, without anything kept."""
    return tuple(finding.problem for finding in Scan().findings(name, [line]))
