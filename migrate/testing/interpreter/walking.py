"""Walks over nodes: the eaches of a map, and the SQL that can be computed for a whole table."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.core.profiles.ast import (
    ColumnLoop,
    CrosswalkValue,
    Each,
    First,
    ListNode,
    Node,
    ObjectNode,
    Profile,
    ReferenceValue,
    ResourceRule,
    Scalar,
    Sql,
)

#: An expression, what it is computed as, and the table over whose rows it stands.
Standing = tuple[Sql, str, str]


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes right inside a node."""
    if isinstance(node, ObjectNode):
        return tuple(part for _, part in node.members)
    if isinstance(node, ListNode):
        return node.items
    if isinstance(node, First):
        return node.alternatives
    if isinstance(node, Each | ColumnLoop):
        return (node.item,)
    if isinstance(node, ReferenceValue) and node.display is not None:
        return (node.display,)
    return ()


def eaches(node: Node) -> Iterator[Each]:
    """The eaches of a node that stand in no other each."""
    if isinstance(node, Each):
        yield node
        return
    for part in parts(node):
        yield from eaches(part)


def expressions(rule: ResourceRule) -> Iterator[Standing]:
    """The expressions of a rule that read a row alone, without joins or the row outside."""
    conditions = [rule.where, *(reason.when for reason in (*rule.excludes, *rule.rejects))]
    found = [(sql, "BOOLEAN", rule.table) for sql in conditions if sql is not None]
    for sql, kind, table in (*found, *_inside(rule.body, rule.table)):
        if sql.columns and all(not column.source for column in sql.columns):
            yield sql, kind, table


def _inside(node: Node, table: str) -> Iterator[Standing]:
    if isinstance(node, Each):
        table = table if node.table in ("members", "merged") else node.table
        if node.where is not None:
            yield node.where, "BOOLEAN", table
    elif not isinstance(node, ListNode | First | ColumnLoop) and node.when is not None:
        yield node.when, "BOOLEAN", table
    if isinstance(node, Scalar | CrosswalkValue) and isinstance(node.leaf, Sql):
        yield node.leaf, "VARCHAR", table
    for part in parts(node):
        yield from _inside(part, table)


class Numbering:
    """Numbers what can go wrong in a profile, in the order in which it counts: rules as they
    stand, in a rule its conditions, then values depth first, an object after its members."""

    def __init__(self, profile: Profile) -> None:
        self._next = 0
        self._rules: dict[str, int] = {}
        self._before: dict[int, int] = {}
        self._after: dict[int, int] = {}
        for rule in profile.rules:
            self._rules[rule.name] = self._next
            self._next += 3 + len(rule.excludes) + len(rule.rejects)
            self._walk(rule.body)

    def _walk(self, node: Node) -> None:
        self._before[id(node)] = self._next
        self._next += 1
        for part in parts(node):
            self._walk(part)
        self._after[id(node)] = self._next
        self._next += 2

    def rule(self, rule: str) -> int:
        """Where a rule begins; its conditions follow one by one."""
        return self._rules[rule]

    def before(self, node: Node) -> int:
        """The number of a node, smaller than those of its parts."""
        return self._before[id(node)]

    def after(self, node: Node) -> int:
        """The number of a node, greater than those of its parts."""
        return self._after[id(node)]
