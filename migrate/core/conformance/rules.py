"""What depends on values: rules that are judged once for each combination of what they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from migrate.core.conformance.build import Part
from migrate.core.conformance.coded import coding_problems, concept_problems, unit_problems
from migrate.core.conformance.extended import extension_problems
from migrate.core.conformance.found import Found, Problem
from migrate.core.conformance.profiled import profile_rules
from migrate.core.conformance.tables import invariants
from migrate.core.conformance.tree import NotJson, number_of, text_of
from migrate.core.fhirpath import Context, FhirPathError, compiled
from migrate.core.fhirpath.evaluate import moments
from migrate.core.fhirpath.node import Node, Scalar

_QUANTITIES = ("Quantity", "Age", "Count", "Distance", "Duration", "Money")
Judge = Callable[["Reader"], Found]


class Reader:
    """Gives the values of a row, and keeps which leaves it was asked for.

    ``offset`` is how much further right in the row the object stands than in the row that the
    tree was made of.
    """

    __slots__ = ("_offset", "_pieces", "measured", "seen")

    def __init__(self, pieces: Sequence[bytes], offset: int) -> None:
        self._pieces = pieces
        self._offset = offset
        self.seen: set[int] = set()
        self.measured: set[int] = set()

    def __call__(self, leaf: Node) -> Scalar:
        assert leaf.leaf is not None
        self.seen.add(leaf.leaf)
        piece = self._pieces[leaf.leaf + self._offset]
        if leaf.leaf % 2 == 0:
            return Decimal(number_of(piece, leaf.nth).decode())
        try:
            return text_of(piece)
        except NotJson:
            return ""

    def length(self, leaf: Node) -> int:
        """How long the text of a leaf is."""
        assert leaf.leaf is not None
        self.measured.add(leaf.leaf)
        return len(self._pieces[leaf.leaf + self._offset])


@dataclass(slots=True, eq=False)
class Rule:
    """One judgement about an object. ``reads`` are the leaves that its answers so far depended
    on and ``measures`` those whose length they did; ``good`` and ``bad`` are what it said of each
    combination of them."""

    judge: Judge
    reads: tuple[int, ...] = ()
    measures: tuple[int, ...] = ()
    good: set[object] = field(default_factory=set)
    bad: dict[object, Found] = field(default_factory=dict)
    grown: int = 0


def rules_of(part: Part) -> list[Judge]:
    """The rules of one object of a resource; those of its profiles where it is a resource."""
    node = part.node
    found: list[Judge] = []
    for path in dict.fromkeys((node.type, part.context, part.context + "[x]")):
        for key, expression in invariants(path):
            found.append(NATIVE[key](node) if key in NATIVE else _invariant(node, key, expression))
    if node.type == "Extension":
        found.append(lambda read: extension_problems(read, part))
    elif node.type == "Coding":
        found.append(lambda read: coding_problems(read, node, part.binding))
    elif node.type == "CodeableConcept" and part.binding:
        found.append(lambda read: concept_problems(read, node, part.binding))
    elif node.type in _QUANTITIES:
        found.append(lambda read: unit_problems(read, node))
    for url in part.profiles:
        found += profile_rules(node, url, _invariant)
    return found


def _invariant(node: Node, key: str, expression: str) -> Judge:
    run = _expression(expression)
    problem = (Problem("invariant", node.path, key),)

    def judge(read: Reader) -> Found:
        context = Context(read, node, node)
        try:
            return () if run(context, node) is True else problem
        except FhirPathError:
            return problem

    return judge


@cache
def _expression(expression: str) -> Callable[[Context, Node], bool | None]:
    return compiled(expression)


def _period(node: Node) -> Judge:
    """per-1: a period does not end before it begins (Period, R4 2.24.0.13)."""
    ends = [node.named(name) for name in ("start", "end")]
    problem = (Problem("invariant", node.path, "per-1"),)

    def judge(read: Reader) -> Found:
        if not all(end and end[0].has_value for end in ends):
            return ()
        start, end = (str(read(part[0])) for part in ends)
        pair = moments(start, end)
        return () if pair is None or pair[0] <= pair[1] else problem

    return judge


NATIVE: Mapping[str, Callable[[Node], Judge]] = {"per-1": _period}


def answer(rule: Rule, pieces: Sequence[bytes], offset: int) -> tuple[Found, bool]:
    """What a rule says of a row, and whether it read more than it had ever read before."""
    reader = Reader(pieces, offset)
    found = rule.judge(reader)
    reads, measures = reader.seen.union(rule.reads), reader.measured.union(rule.measures)
    more = len(reads) > len(rule.reads) or len(measures) > len(rule.measures)
    if more:
        rule.reads, rule.measures = tuple(sorted(reads)), tuple(sorted(measures))
        rule.grown += 1
        rule.good.clear()
        rule.bad.clear()
    return found, more
