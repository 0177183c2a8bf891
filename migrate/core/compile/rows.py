"""Rows of a scope as SQL: a table's rows with their joins, conditions and state.

A scope is a rule's anchor rows, the child rows of an each, or the members of a group. What
its map reads is *recorded*: it becomes a column of the scope's base relation. Bases have:

``_i``   the row's identity inside the scope      ``_row``  its number in the staged table
``_p``   the identity of the row outside          ``_s0``   why it is not looked at (an outcome
``_rid`` the first row of its group                         number), NULL: it is
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from migrate.core.compile.build import Build
from migrate.core.compile.sqltext import literal, quoted
from migrate.core.profiles.ast import Column, Constant, Context, Leaf, Sql

Resolver = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Joined:
    """A joined row: its table, the recorded column with its row number, and that of MAP024."""

    alias: str
    table: str
    row: str
    many: str | None


class Rows:
    """One scope's base relation while its rule is compiled."""

    def __init__(self, build: Build, table: str, rule: str) -> None:
        self.build = build
        self.table = table
        self.rule = rule
        self.sources: list[str] = []
        self.resolve: dict[str, Resolver] = {}
        self.identity: list[str] = []
        self.row = "a._row"
        self.ident: str | None = None
        self.parent: str | None = None
        self.filters: list[str] = []
        self.states: list[tuple[str, str]] = []
        self.joined: list[Joined] = []
        self.row_of: dict[str, str] = {}
        self.entries: str | None = None
        self.groups: tuple[list[str], list[str]] | None = None
        self.name: str | None = None
        self._recorded: dict[str, str] = {}

    # --- expressions over the base -----------------------------------------------------------

    def column(self, column: Column) -> str:
        """SQL of a cell, usable inside the base's own SELECT."""
        return self.resolve[column.source](column.name)

    def sql(self, sql: Sql, *, clean: bool = True) -> str:
        """SQL of an expression of the profile; as text with empty as NULL, or as it is."""
        text = f"({sql.text.format(*(self.column(c) for c in sql.columns))})"
        return f"clean(CAST({text} AS VARCHAR))" if clean else text

    def condition(self, sql: Sql) -> str:
        """SQL of a condition; NULL counts as false."""
        return f"coalesce(CAST({self.sql(sql, clean=False)} AS BOOLEAN), false)"

    def leaf(self, leaf: Leaf) -> str:
        """SQL of a leaf's text."""
        if isinstance(leaf, Column):
            return self.column(leaf)
        if isinstance(leaf, Sql):
            return self.sql(leaf)
        return leaf_literal(leaf)

    def record(self, expression: str) -> str:
        """The name under which the base shows this expression."""
        return self._recorded.setdefault(expression, f"b{len(self._recorded)}")

    def recorded(self, column: Column) -> str:
        """The name under which the base shows this cell."""
        return self.record(self.column(column))

    # --- the base's statement ----------------------------------------------------------------

    @property
    def stated(self) -> bool:
        """Whether rows can have a state before their values are looked at."""
        return bool(self.states)

    def state(self) -> str:
        """SQL of ``_s0``."""
        if not self.states:
            return "NULL::INTEGER"
        branches = " ".join(f"WHEN {when} THEN {then}" for when, then in self.states)
        return f"(CASE {branches} END)::INTEGER"

    def select(self) -> str:
        """The base relation's SELECT with everything recorded so far."""
        columns = [f"{self.row} AS _row", f"{self.state()} AS _s0"]
        if self.ident is not None:
            columns.append(f"{self.ident} AS _i")
        if self.parent is not None:
            columns.append(f"{self.parent} AS _p")
        columns += [f"{expr} AS {name}" for expr, name in self._recorded.items()]
        where = f" WHERE {' AND '.join(self.filters)}" if self.filters else ""
        base = f"SELECT {', '.join(columns)} FROM {' '.join(self.sources)}{where}"
        if self.groups is None:
            return base
        by, order = self.groups
        outside = ["_p"] if self.parent is not None else []
        partition = ", ".join(["_s0 IS NULL", *outside, *by])
        ranked = f"ORDER BY {', '.join(order)}"
        grouped = (
            f"SELECT *, first_value(_i) OVER (PARTITION BY {partition} {ranked}) AS _rid "
            f"FROM ({base})"
        )
        if self.parent is None:
            return grouped
        first = f"PARTITION BY _i = _rid, _s0 IS NULL, _p {ranked}"
        return f"SELECT *, row_number() OVER ({first}) AS _pos FROM ({grouped})"


def leaf_literal(leaf: Constant | Context) -> str:
    """SQL of a leaf that is the same for all rows."""
    if isinstance(leaf, Constant):
        return literal(leaf.text)
    return f"CAST(getvariable({literal('context_' + leaf.name)}) AS VARCHAR)"


def label(leaf: Leaf) -> str:
    """The columns of a leaf as people write them: ``column``, ``alias.column``; ',' between."""
    if isinstance(leaf, Column):
        return f"{leaf.source}.{leaf.name}" if leaf.source else leaf.name
    if isinstance(leaf, Sql):
        return ",".join(label(column) for column in leaf.columns)
    return ""


def of_table(alias: str) -> Resolver:
    """Cells of a relation that has the staged column names."""
    return lambda name: f"{alias}.{quoted(name)}"


def of_rows(alias: str, rows: Rows, source: str = "") -> Resolver:
    """Cells of a materialised scope, by the names under which it records them."""
    return lambda name: f"{alias}.{rows.recorded(Column(name, source))}"


def labels(leaves: Sequence[Leaf]) -> str:
    """The columns of several leaves."""
    return ",".join(text for text in (label(leaf) for leaf in leaves) if text)
