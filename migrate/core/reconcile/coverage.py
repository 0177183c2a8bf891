"""What became of every column: used by a rule, excluded with a reason, or claimed by nobody.

Computed from the profile's tree, never typed by hand (DESIGN: promise 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from migrate.core.model import SourceTable
from migrate.core.profiles.ast import (
    Column,
    ColumnLoop,
    CrosswalkValue,
    Each,
    First,
    Join,
    Leaf,
    ListNode,
    Node,
    ObjectNode,
    Profile,
    ReferenceValue,
    ResourceRule,
    Scalar,
    Sql,
)

Use = tuple[str, str]
Scope = Mapping[str, str]
GROUPS = ("members", "merged")


@dataclass(frozen=True, slots=True)
class ColumnFate:
    """One staged column; ``filled`` counts its cells with a value."""

    table: str
    column: str
    fate: Literal["used", "excluded", "unclaimed"]
    reason: str
    filled: int


def column_fates(profile: Profile, catalogue: Sequence[SourceTable]) -> tuple[ColumnFate, ...]:
    """Every column of the export, in its order, with its fate."""
    used = used_columns(profile)
    tables = dict(profile.excluded_tables)
    result = []
    for table in catalogue:
        for column in table.columns:
            reason = _exclusion(profile, table.name, column.name)
            if table.name in tables:
                fate = ColumnFate(
                    table.name, column.name, "excluded", tables[table.name], column.filled
                )
            elif (table.name, column.name) in used:
                fate = ColumnFate(table.name, column.name, "used", "", column.filled)
            elif reason is not None:
                fate = ColumnFate(table.name, column.name, "excluded", reason, column.filled)
            else:
                fate = ColumnFate(table.name, column.name, "unclaimed", "", column.filled)
            result.append(fate)
    return tuple(result)


def used_columns(profile: Profile) -> set[Use]:
    """(table, column) of everything that a rule, a key, a join or a measure reads."""
    uses: set[Use] = set()
    for table in profile.tables:
        uses.update((table.name, column) for column in table.key)
        if table.patient:
            uses.add((table.name, table.patient))
        if table.merges:
            uses.update((table.merges.table, c) for c in (table.merges.old, table.merges.into))
    for rule in profile.rules:
        uses.update(_rule(rule, profile))
    for measure in profile.money:
        uses.add((measure.table, measure.column))
        uses.update(_sql(measure.where, {"": measure.table}))
    return uses


def _exclusion(profile: Profile, table: str, column: str) -> str | None:
    for pattern, reason in profile.excluded_columns:
        if fnmatchcase(f"{table}.{column}", pattern):
            return reason
    return None


def _rule(rule: ResourceRule, profile: Profile) -> Iterator[Use]:
    scope = {"": rule.table} | {join.alias: join.table for join in rule.joins}
    yield from _joins(rule.joins, scope)
    for condition in (rule.where, *(reason.when for reason in rule.excludes + rule.rejects)):
        yield from _sql(condition, scope)
    if rule.group:
        yield from _names(rule.table, rule.group.by + rule.group.order)
    if rule.unpivot:
        yield from _names(rule.table, [name for name, _ in rule.unpivot.columns])
    if rule.pivot:
        yield from _names(rule.table, (*rule.pivot.by, rule.pivot.name, rule.pivot.value))
    if rule.patient:
        yield from _leaf(rule.patient, scope)
    yield from _node(rule.body, scope, profile)


def _node(node: Node, scope: Scope, profile: Profile) -> Iterator[Use]:
    yield from _sql(getattr(node, "when", None), scope)
    if isinstance(node, Scalar | CrosswalkValue):
        yield from _leaf(node.leaf, scope)
    elif isinstance(node, ReferenceValue):
        yield from _names(node.table, node.key)
        for leaf in node.columns:
            yield from _leaf(leaf, scope)
        if node.display:
            yield from _node(node.display, scope, profile)
    elif isinstance(node, Each):
        yield from _each(node, scope, profile)
    elif isinstance(node, ColumnLoop):
        yield from _names(scope[""], node.columns)
        yield from _node(node.item, scope, profile)
    else:
        for part in _parts(node):
            yield from _node(part, scope, profile)


def _parts(node: ObjectNode | ListNode | First) -> Iterable[Node]:
    if isinstance(node, ObjectNode):
        return [member for _, member in node.members]
    return node.items if isinstance(node, ListNode) else node.alternatives


def _each(node: Each, scope: Scope, profile: Profile) -> Iterator[Use]:
    table = node.table
    if table in GROUPS:
        table = scope[""] if table == "members" else profile.patients
    inner = {join.alias: join.table for join in node.joins}
    if node.table == "members":
        inner = {alias: name for alias, name in scope.items() if alias} | inner
    inner = inner | {"": table, "parent": scope[""]}
    for column, leaf in node.on:
        yield (table, column)
        yield from _leaf(leaf, scope)
    yield from _joins(node.joins, inner)
    yield from _sql(node.where, inner)
    yield from _names(table, node.by + node.order)
    yield from _node(node.item, inner, profile)


def _joins(joins: Sequence[Join], scope: Scope) -> Iterator[Use]:
    for join in joins:
        for column, leaf in join.on:
            yield (join.table, column)
            yield from _leaf(leaf, scope)
        if join.between:
            yield from _leaf(join.between[0], scope)
            yield from _names(join.table, join.between[1:])
        yield from _names(join.table, join.order)
        yield from _sql(join.where, {**scope, "": join.table})


def _leaf(leaf: Leaf, scope: Scope) -> Iterator[Use]:
    if isinstance(leaf, Sql):
        yield from _sql(leaf, scope)
    elif isinstance(leaf, Column) and leaf.source in scope:
        yield (scope[leaf.source], leaf.name)


def _sql(sql: Sql | None, scope: Scope) -> Iterator[Use]:
    for column in sql.columns if sql else ():
        yield from _leaf(column, scope)


def _names(table: str, columns: Iterable[str]) -> Iterator[Use]:
    for column in columns:
        yield (table, column.removeprefix("#"))
