"""What only the rules together show: circles of references, and ids made twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrate.core.profiles.ast import (
    ColumnLoop,
    Each,
    First,
    ListNode,
    Node,
    ObjectNode,
    ReferenceValue,
    ResourceRule,
)
from migrate.core.profiles.checking import Checking


def check(rules: Sequence[ResourceRule], checking: Checking) -> None:
    """PRO024 and PRO025."""
    _same_ids(rules, checking)
    _circles(rules, checking)


def references(node: Node) -> Iterator[ReferenceValue]:
    """All references of a rule's body."""
    if isinstance(node, ReferenceValue):
        yield node
    elif isinstance(node, ObjectNode):
        for _, inner in node.members:
            yield from references(inner)
    elif isinstance(node, ListNode):
        for inner in node.items:
            yield from references(inner)
    elif isinstance(node, First):
        for inner in node.alternatives:
            yield from references(inner)
    elif isinstance(node, Each | ColumnLoop):
        yield from references(node.item)


def _identity(rule: ResourceRule) -> tuple[object, ...]:
    """What a rule's ids are made of, besides the key's values."""
    key: tuple[object, ...] = ()
    if rule.group is not None:
        key = ("by", rule.group.by)
    elif rule.pivot is not None:
        key = ("by", rule.pivot.by)
    return (rule.type, rule.table, rule.slot, key)


def _same_ids(rules: Sequence[ResourceRule], checking: Checking) -> None:
    """Rules of one identity are alternatives for a row as long as each has its own ``where``."""
    seen: dict[tuple[object, ...], list[ResourceRule]] = {}
    for rule in rules:
        slots = [rule.slot]
        if rule.unpivot is not None:
            slots = [rule.slot + column for column, _ in rule.unpivot.columns]
        for slot in slots:
            kind, table, _, key = _identity(rule)
            identity = (kind, table, slot, key)
            others = seen.setdefault(identity, [])
            clash = next((other for other in others if _overlap(other, rule)), None)
            others.append(rule)
            if clash is not None and rule.place is not None:
                checking.problems.add(
                    "PRO025",
                    rule.place,
                    f"rules '{clash.name}' and '{rule.name}' give one {rule.type} id to a row of "
                    f"'{rule.table}'",
                    f"'slot: {rule.name}' in one of them, or a 'where' in each",
                )


def _overlap(one: ResourceRule, other: ResourceRule) -> bool:
    """Whether a row can plainly be both rules' business; what conditions say is not judged."""
    return one.where is None or other.where is None or one.where == other.where


def _needs(rule: ResourceRule) -> dict[str, ReferenceValue]:
    """The rules that must have gone before this one, by the reference that says so."""
    return {
        name: found
        for found in references(rule.body)
        if not found.optional
        for name in found.rules
        if not (found.alias == "" and not found.columns and name == rule.name)
    }


def _circles(rules: Sequence[ResourceRule], checking: Checking) -> None:
    needs = {rule.name: _needs(rule) for rule in rules}
    reported: set[frozenset[str]] = set()
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> None:
        for other, found in needs.get(name, {}).items():
            if other in path:
                circle = path[path.index(other) :]
                if frozenset(circle) not in reported and found.place is not None:
                    reported.add(frozenset(circle))
                    checking.problems.add(
                        "PRO024",
                        found.place,
                        f"required references go in a circle: {' → '.join([*circle, other])}",
                        "'optional: true' in one of them",
                    )
            elif other not in done:
                visit(other, [*path, other])
        done.add(name)

    for rule in rules:
        if rule.name not in done:
            visit(rule.name, [rule.name])
