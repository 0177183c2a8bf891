"""A shape: everything there is to judge about lines that have it, compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from migrate.core.conformance.build import (
    Leaf,
    Part,
    all_parts,
    grown,
    holds_resources,
    resource_name,
    resource_part,
)
from migrate.core.conformance.contained import contained_problems
from migrate.core.conformance.found import Found, Problem
from migrate.core.conformance.rules import Reader, Rule, answer, rules_of
from migrate.core.conformance.tree import NotJson, parse
from migrate.core.conformance.values import (
    NUMERIC,
    Test,
    name_test,
    number_test,
    reference_family,
    reference_test,
    surely,
    text_test,
)


@dataclass(slots=True, eq=False)
class Column:
    """A test of values, and the pieces that it has passed already. ``surely`` is a quick form
    that only good values have, ``family`` tells the kinds of bad ones apart."""

    test: Test
    surely: Callable[[bytes], object] | None = None
    kind: str = ""
    nth: int = 0
    family: Callable[[bytes], str] | None = None
    good: set[bytes] = field(default_factory=set)


@dataclass(slots=True)
class Template:
    """What belongs to one object of a shape with all inside it, as it stands at ``base``."""

    base: int
    problems: Found
    columns: list[tuple[int, Column, Problem]]
    rules: list[tuple[Rule, int]]


@dataclass(slots=True)
class Shape:
    """``problems`` hold for every line of the shape; ``columns`` (place, test, problem) and
    ``rules`` (rule, offset) are judged on its values. ``alone``: each line for itself, since a
    resource inside it makes the shape depend on a value."""

    problems: Found
    columns: list[tuple[int, Column, Problem]]
    rules: list[tuple[Rule, int]]
    alone: bool = False


class Shapes:
    """Compiles shapes; objects that shapes have in common are compiled once."""

    def __init__(self) -> None:
        self._templates: dict[tuple[object, ...], Template] = {}
        self._columns: dict[tuple[object, ...], Column] = {}

    def shape(self, name: str, pieces: Sequence[bytes]) -> Shape:
        """The shape of a line of a resource type."""
        try:
            return self._shape(name, pieces)
        except NotJson:
            return Shape((Problem("json", name),), [], [], alone=True)

    def _shape(self, name: str, pieces: Sequence[bytes]) -> Shape:
        raw = parse(pieces)
        known = resource_name(raw, pieces) if raw.kind == "object" else None
        if known != name:
            return Shape((Problem("json", f"{name}.resourceType"),), [], [], alone=True)
        root = resource_part(raw, name, name, pieces)
        typed = raw.parts[raw.names.index("resourceType")].place
        column = (typed, self._column("resourceType", name, None, 0))
        shape = Shape((), [(*column, Problem("json", f"{name}.resourceType"))], [])
        if holds_resources(raw, name):
            shape.alone = True
            for part in list(all_parts(root)):
                self._add(shape, self._own(part, alone=True), 0)
            shape.problems += contained_problems(root, Reader(pieces, 0))
        else:
            self._add(shape, self._whole(root), 0)
        return shape

    def _add(self, into: Shape | Template, template: Template, offset: int) -> None:
        into.problems += template.problems
        into.columns += [(place + offset, c, p) for place, c, p in template.columns]
        into.rules += [(rule, shift + offset) for rule, shift in template.rules]

    def _whole(self, part: Part) -> Template:
        """What there is to judge about an object and all inside it, at the place of this one."""
        node = part.node
        key = (node.type, node.path, part.context, node.signature, part.profiles)
        known = self._templates.get(key)
        if known is None:
            grown(part)
            known = self._templates[key] = self._own(part, alone=False)
            for inner in part.inner:
                self._add(known, self._whole(inner), 0)
        offset = node.base - known.base
        if not offset:
            return known
        moved = Template(node.base, (), [], [])
        self._add(moved, known, offset)
        return moved

    def _own(self, part: Part, *, alone: bool) -> Template:
        rules, problems = [], tuple(part.problems)
        for judge in rules_of(part):
            rule = Rule(judge)
            found, reads = answer(rule, part.pieces, 0)
            if reads:
                rules.append((rule, 0))
            else:
                problems += found
        columns = []
        for leaf in part.leaves:
            assert leaf.node.leaf is not None
            kind = "local reference" if alone and leaf.kind == "reference" else leaf.kind
            column = self._column(kind, leaf.binding, leaf.targets, leaf.node.nth)
            columns.append((leaf.node.leaf, column, Problem(_family(leaf), _element(leaf))))
        return Template(part.node.base, problems, columns, rules)

    def _column(
        self, kind: str, binding: str | None, targets: tuple[str, ...] | None, nth: int
    ) -> Column:
        listed = binding if kind in ("code", "resourceType") else None
        key = (kind, listed, targets, nth)
        if key not in self._columns:
            if kind == "resourceType":
                test = name_test(binding or "")
            elif targets is not None:
                test = reference_test(targets, contained=kind == "local reference")
            elif kind in NUMERIC:
                test = number_test(kind, nth)
            else:
                test = text_test(kind, binding)
            quick = None if listed else surely(kind, targets)
            told = reference_family if targets is not None else None
            self._columns[key] = Column(test, quick, kind, nth, told)
        return self._columns[key]


def _family(leaf: Leaf) -> str:
    if leaf.kind == "reference":
        return "reference"
    return "binding" if leaf.binding and leaf.kind == "code" else "value"


def _element(leaf: Leaf) -> str:
    """The element that a value is told at: a reference's text at the reference."""
    return leaf.node.path.removesuffix(".reference") if leaf.kind == "reference" else leaf.node.path
