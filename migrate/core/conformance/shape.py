"""A shape: everything there is to judge about lines that have it, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from migrate.core.conformance.build import Part, all_parts, resource_name, resource_part
from migrate.core.conformance.contained import contained_problems
from migrate.core.conformance.found import Found, Problem
from migrate.core.conformance.rules import Reader, Rule, answer, rules_of
from migrate.core.conformance.tree import NotJson, Raw, parse, text_of
from migrate.core.conformance.values import (
    NUMERIC,
    Test,
    name_test,
    number_test,
    reference_test,
    text_test,
)


@dataclass(slots=True, eq=False)
class Column:
    """A test of values, and the pieces that it has passed already."""

    test: Test
    good: set[bytes] = field(default_factory=set)


@dataclass(slots=True)
class Template:
    """What belongs to one object of a shape, wherever it stands: places count from its start."""

    base: int
    problems: list[Problem]
    columns: list[tuple[int, Column, Problem]]
    rules: list[Rule]


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
            raw = parse(pieces)
            known = resource_name(raw, pieces) if raw.kind == "object" else None
        except NotJson:
            return Shape((Problem("json", name),), [], [])
        if known != name:
            return Shape((Problem("json", f"{name}.resourceType"),), [], [])
        root = resource_part(raw, name, name, pieces)
        shape = Shape((), [], [])
        typed = raw.parts[raw.names.index("resourceType")].place
        column = self._column("resourceType", name, None, 0)
        shape.columns.append((typed, column, Problem("json", f"{name}.resourceType")))
        self._add(shape, root, _profiles(raw, pieces))
        if root.alone:
            shape.alone = True
            for inner in root.contained:
                self._add(shape, inner, ())
            shape.problems += contained_problems(root, Reader(pieces, 0))
        return shape

    def _add(self, shape: Shape, root: Part, profiles: Sequence[str]) -> None:
        problems: list[Problem] = []
        for part in all_parts(root):
            mine = profiles if part is root else ()
            node = part.node
            key = (node.type, node.path, part.context, node.signature, *mine)
            template = None if part.alone else self._templates.get(key)
            if template is None:
                template = self._templates[key] = self._template(part, root, mine)
            offset = node.base - template.base
            problems += template.problems
            shape.columns += [(place + offset, c, p) for place, c, p in template.columns]
            shape.rules += [(rule, offset) for rule in template.rules]
        shape.problems += tuple(problems)

    def _template(self, part: Part, root: Part, profiles: Sequence[str]) -> Template:
        rules, problems = [], list(part.problems)
        for judge in rules_of(part, root.node, profiles):
            rule = Rule(judge)
            found, reads = answer(rule, part.pieces, 0)
            if reads:
                rules.append(rule)
            else:
                problems += found
        columns = []
        for leaf in part.leaves:
            assert leaf.node.leaf is not None
            problem = Problem(
                "reference"
                if leaf.kind == "reference"
                else ("binding" if leaf.binding and leaf.kind == "code" else "value"),
                leaf.node.path,
            )
            kind = "local reference" if root.contained and leaf.targets is not None else leaf.kind
            column = self._column(kind, leaf.binding, leaf.targets, leaf.node.nth)
            columns.append((leaf.node.leaf, column, problem))
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
            self._columns[key] = Column(test)
        return self._columns[key]


def _profiles(raw: Raw, pieces: Sequence[bytes]) -> tuple[str, ...]:
    """What meta.profile claims."""
    for name, part in zip(raw.names, raw.parts, strict=True):
        if name == "meta" and part.kind == "object":
            for inner, claims in zip(part.names, part.parts, strict=True):
                if inner == "profile" and claims.kind == "list":
                    return tuple(
                        text_of(pieces[claim.place])
                        for claim in claims.parts
                        if claim.kind == "text"
                    )
    return ()
