"""In which order rules run: a row that is pointed at goes before the rows that point at it.

Required references must not form a circle (PRO024). Optional ones may: then the rules of the
circle are first run without the references inside it, which cannot change whether a row
becomes a resource, and run again in full once that is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from migrate.core.profiles.ast import (
    ColumnLoop,
    Constant,
    Each,
    First,
    ListNode,
    Node,
    ObjectNode,
    Profile,
    ReferenceValue,
    ResourceRule,
    Scalar,
)
from migrate.errors import AskedWrongly


@dataclass(frozen=True, slots=True)
class Pass:
    """One run of a rule; ``early`` ones only find out which rows become resources."""

    rule: ResourceRule
    early: bool


def passes(profile: Profile) -> list[Pass]:
    """All rules in order, with early passes where optional references form circles.

    Raises AskedWrongly (PRO024) for a circle of required references.
    """
    rules = {rule.name: rule for rule in profile.rules}
    every = {name: _targets(rule, required_only=False) for name, rule in rules.items()}
    needed = {name: _targets(rule, required_only=True) for name, rule in rules.items()}
    result: list[Pass] = []
    for circle in _components(list(rules), every):
        ordered = _sorted(circle, needed)
        if len(circle) == 1 and circle[0] not in every[circle[0]]:
            result.append(Pass(rules[circle[0]], early=False))
            continue
        inside = frozenset(circle)
        for name in ordered:
            body = _without(rules[name].body, inside)
            assert isinstance(body, ObjectNode)
            result.append(Pass(replace(rules[name], body=body), early=True))
        result += [Pass(rules[name], early=False) for name in ordered]
    return result


def references(node: Node, *, child: bool = False) -> Iterator[tuple[ReferenceValue, bool]]:
    """All references in a node, and whether they decide if the resource is made.

    Those of child rows do not: a child row that fails is held back alone.
    """
    if isinstance(node, ReferenceValue):
        yield node, not child and _decides(node)
    below = child or (isinstance(node, Each) and node.table != "members")
    for inner in _inside(node):
        for found, deciding in references(inner, child=below):
            yield found, deciding and not (found is inner and _alone(node, found))


def _decides(node: ReferenceValue) -> bool:
    return not node.optional or node.required


def _alone(holder: Node, reference: ReferenceValue) -> bool:
    """Whether an optional reference is all that its object can have: then it goes with it."""
    return (
        reference.optional
        and isinstance(holder, ObjectNode)
        and not holder.required
        and all(inner is reference or _constant(inner) for _, inner in holder.members)
    )


def _constant(node: Node) -> bool:
    if isinstance(node, Scalar):
        return isinstance(node.leaf, Constant) and node.when is None
    if isinstance(node, ObjectNode):
        return node.when is None and all(_constant(inner) for _, inner in node.members)
    return isinstance(node, ListNode) and all(_constant(inner) for inner in node.items)


def _inside(node: Node) -> Iterator[Node]:
    if isinstance(node, ObjectNode):
        yield from (child for _, child in node.members)
    elif isinstance(node, ListNode):
        yield from node.items
    elif isinstance(node, First):
        yield from node.alternatives
    elif isinstance(node, Each | ColumnLoop):
        yield node.item


def _targets(rule: ResourceRule, *, required_only: bool) -> set[str]:
    return {
        name
        for reference, deciding in references(rule.body)
        if deciding or not required_only
        for name in reference.rules
    }


def _without(node: Node, rules: frozenset[str], *, child: bool = False) -> Node | None:
    """The node without references to these rules that decide nothing about the resource; None
    where nothing is left."""
    if isinstance(node, ReferenceValue):
        deciding = not child and _decides(node)
        return node if deciding or not rules & set(node.rules) else None
    if isinstance(node, ObjectNode):
        pairs = (
            (name, _without(inner, rules, child=child or _goes(node, inner)))
            for name, inner in node.members
        )
        members = tuple((name, inner) for name, inner in pairs if inner is not None)
        return replace(node, members=members) if members or not node.members else None
    if isinstance(node, ListNode):
        items = [_without(item, rules, child=child) for item in node.items]
        left = tuple(item for item in items if item is not None)
        return replace(node, items=left) if left else None
    if isinstance(node, First):
        alternatives = [_without(item, rules, child=child) for item in node.alternatives]
        kept = tuple(item for item in alternatives if item is not None)
        return replace(node, alternatives=kept) if kept else None
    if isinstance(node, Each | ColumnLoop):
        below = child or (isinstance(node, Each) and node.table != "members")
        item = _without(node.item, rules, child=below)
        return None if item is None else replace(node, item=item)
    return node


def _goes(holder: Node, inner: Node) -> bool:
    return isinstance(inner, ReferenceValue) and _alone(holder, inner)


def _components(names: list[str], edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Strongly connected components, those pointed at first (Tarjan), stable by ``names``."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in (n for n in names if n in edges[name]):
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            circle = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            found.append(sorted(circle, key=names.index))

    for name in names:
        if name not in index:
            visit(name)
    return found


def _sorted(circle: list[str], needed: Mapping[str, set[str]]) -> list[str]:
    """A component's rules so that required references go first."""
    left, done = list(circle), list[str]()
    while left:
        ready = [name for name in left if not (needed[name] & set(left))]
        if not ready:
            raise AskedWrongly(
                "PRO024",
                f"required references form a circle (rules {', '.join(left)})",
                try_="mark one of the references 'optional: true'",
            )
        done.append(ready[0])
        left.remove(ready[0])
    return done
