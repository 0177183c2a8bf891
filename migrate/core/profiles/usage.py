"""Which columns a profile uses, and where: computed from its rules, never typed by hand.

Unclaimed columns are those of the export that are neither here nor excluded; ``explain`` reads
the same answer for "this column went there".
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

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


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A rule reads a column, for this: an element's path (``Condition.code.text``), or a part
    of the rule in brackets (``[where]``, ``[key]``). ``rule`` is '' for the profile itself."""

    rule: str
    element: str


#: One reading of a column: table, column, use.
Reading = tuple[str, str, Use]


def column_usage(profile: Profile) -> Mapping[str, Mapping[str, tuple[Use, ...]]]:
    """Table → column → its uses, in the order of table and column names, then of rules."""
    found: dict[str, dict[str, list[Use]]] = {}
    for table, column, use in _all_readings(profile):
        uses = found.setdefault(table, {}).setdefault(column, [])
        if use not in uses:
            uses.append(use)
    return {
        table: {column: tuple(uses) for column, uses in sorted(columns.items())}
        for table, columns in sorted(found.items())
    }


def excluded_table(profile: Profile, table: str) -> str | None:
    """Why the profile leaves a table out; None where it does not."""
    return next((why for name, why in profile.excluded_tables if fnmatchcase(table, name)), None)


def excluded_column(profile: Profile, table: str, column: str) -> str | None:
    """Why the profile leaves a column out (its table's reason too); None where it does not.

    An exact name goes before a pattern, and patterns in the order written.
    """
    name = f"{table}.{column}"
    exact = next((why for known, why in profile.excluded_columns if known == name), None)
    if exact is not None:
        return exact
    found = (why for known, why in profile.excluded_columns if fnmatchcase(name, known))
    return next(found, None) or excluded_table(profile, table)


def _all_readings(profile: Profile) -> Iterator[Reading]:
    for table in profile.tables:
        for column in table.key:
            yield table.name, column, Use("", "[key]")
        if table.patient is not None:
            yield table.name, table.patient, Use("", "[patient]")
        if table.merges is not None:
            for column in (table.merges.old, table.merges.into):
                yield table.merges.table, column, Use("", "[merges]")
    for rule in profile.rules:
        yield from _Readings(rule, profile).all()
    for measure in profile.money:
        use = Use("", f"[money: {measure.measure}]")
        yield measure.table, measure.column, use
        for read in measure.where.columns if measure.where else ():
            yield measure.table, read.name, use


@dataclass(frozen=True, slots=True)
class _Row:
    """What a column's source means at a place: the row's table, its aliases, the row outside,
    and the columns that a loop's ``_.value`` reads."""

    table: str
    aliases: Mapping[str, str]
    parent: _Row | None = None
    loop: tuple[str, ...] = ()

    def tables(self, column: Column) -> Iterable[tuple[str, str]]:
        """The (table, column) that this column reads."""
        if column.source == "_":
            return [(self.table, name) for name in self.loop] if column.name == "value" else []
        if column.source == "parent":
            return [(self.parent.table, column.name)] if self.parent else []
        table = self.aliases.get(column.source) if column.source else self.table
        return [(table, column.name)] if table is not None else []


class _Readings:
    """All readings of one rule."""

    def __init__(self, rule: ResourceRule, profile: Profile) -> None:
        self._rule = rule
        self._profile = profile

    def all(self) -> Iterator[Reading]:
        rule = self._rule
        loop = tuple(name for name, _ in rule.unpivot.columns) if rule.unpivot else ()
        row = _Row(rule.table, {}, None, loop)
        yield from self._shape()
        row = yield from self._joins(rule.joins, row, rule.type)
        for sql, part in (
            (rule.where, "[where]"),
            *((reason.when, "[exclude]") for reason in rule.excludes),
            *((reason.when, "[reject]") for reason in rule.rejects),
        ):
            yield from self._read(sql, row, f"{rule.type} {part}")
        yield from self._read(rule.patient, row, f"{rule.type} [patient]")
        yield from self._node(rule.body, row, rule.type)

    def _use(self, table: str, column: str, element: str) -> Iterator[Reading]:
        """A pivoted column is a value of the name column: it reads the value column."""
        pivot = self._rule.pivot
        new = () if pivot is None else tuple(name for _, name in pivot.attributes)
        if pivot is not None and table == self._rule.table and column in new:
            column = pivot.value
        yield table, column, Use(self._rule.name, element)

    def _shape(self) -> Iterator[Reading]:
        rule = self._rule
        if rule.group is not None:
            for column in (*rule.group.by, *_order(rule.group.order)):
                yield from self._use(rule.table, column, f"{rule.type} [group]")
        if rule.pivot is not None:
            for column in (*rule.pivot.by, rule.pivot.name, rule.pivot.value):
                yield rule.table, column, Use(rule.name, f"{rule.type} [pivot]")

    def _read(self, leaf: Leaf | None, row: _Row, element: str) -> Iterator[Reading]:
        columns: tuple[Column, ...] = ()
        if isinstance(leaf, Column):
            columns = (leaf,)
        elif isinstance(leaf, Sql):
            columns = leaf.columns
        for column in columns:
            for table, name in row.tables(column):
                yield from self._use(table, name, element)

    def _joins(
        self, joins: tuple[Join, ...], row: _Row, element: str
    ) -> Generator[Reading, None, _Row]:
        for join in joins:
            part = f"{element} [join {join.alias}]"
            for column, leaf in join.on:
                yield from self._use(join.table, column, part)
                yield from self._read(leaf, row, part)
            there = _Row(join.table, {})
            yield from self._read(join.where, there, part)
            for column in _order(join.order):
                yield from self._use(join.table, column, part)
            if join.between is not None:
                yield from self._read(join.between[0], row, part)
                for column in join.between[1:]:
                    yield from self._use(join.table, column, part)
            row = _Row(row.table, {**row.aliases, join.alias: join.table}, row.parent, row.loop)
        return row

    def _node(self, node: Node, row: _Row, element: str) -> Iterator[Reading]:
        if not isinstance(node, Each | ColumnLoop | ListNode | First):
            yield from self._read(node.when, row, element)
        if isinstance(node, Scalar | CrosswalkValue):
            yield from self._read(node.leaf, row, element)
        elif isinstance(node, ReferenceValue):
            yield from self._reference(node, row, element)
        elif isinstance(node, ObjectNode):
            for name, inner in node.members:
                yield from self._node(inner, row, f"{element}.{name}")
        elif isinstance(node, ListNode | First):
            inside = node.items if isinstance(node, ListNode) else node.alternatives
            for inner in inside:
                yield from self._node(inner, row, element)
        elif isinstance(node, ColumnLoop):
            for column in node.columns:
                yield from self._use(row.table, column, element)
            looped = _Row(row.table, row.aliases, row.parent, node.columns)
            yield from self._node(node.item, looped, element)
        else:
            yield from self._each(node, row, element)

    def _reference(self, node: ReferenceValue, row: _Row, element: str) -> Iterator[Reading]:
        for column in node.key:
            yield from self._use(node.table, column, element)
        for leaf in node.columns:
            yield from self._read(leaf, row, element)
        if node.display is not None:
            yield from self._node(node.display, row, f"{element}.display")

    def _each(self, node: Each, row: _Row, element: str) -> Iterator[Reading]:
        table = {"members": row.table, "merged": self._profile.patients}.get(node.table, node.table)
        child = _Row(table, row.aliases if node.table == "members" else {}, row)
        part = f"{element} [each]"
        for column, leaf in node.on:
            yield from self._use(table, column, part)
            yield from self._read(leaf, row, part)
        for column in (*node.by, *_order(node.order)):
            yield from self._use(table, column, part)
        child = yield from self._joins(node.joins, child, element)
        yield from self._read(node.where, child, part)
        yield from self._node(node.item, child, element)


def _order(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.removeprefix("#") for name in order)
