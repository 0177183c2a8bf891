"""References: from a key, or a joined row, to the resource that a rule made of that row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.core.compile.build import Build
from migrate.core.compile.frame import Cell, Guard
from migrate.core.compile.rows import labels
from migrate.core.compile.sqltext import literal, quoted
from migrate.core.profiles.ast import ReferenceValue

if TYPE_CHECKING:
    from migrate.core.compile.values import Values


@dataclass(frozen=True, slots=True)
class Found:
    """A reference looked up: ``Type/id`` or NULL, and why it is not there."""

    ref: Cell
    missing: Cell
    held: Cell
    column: str


def find_reference(values: Values, node: ReferenceValue, guard: Guard | None) -> Found:
    """Look a reference up; ``missing``: no such row, ``held``: it did not become a resource."""
    frame, build = values.frame, values.build
    if node.columns:
        keys = [values.leaf(leaf, guard) for leaf in node.columns]
        relation = by_key(build, node.table, node.key, node.rules)
        layer = max(key.layer for key in keys)
        pairs = [(f"k{n}", key.expr) for n, key in enumerate(keys)]
        given = " AND ".join(f"{key.expr} IS NOT NULL" for key in keys)
        found, ref = frame.lookup(relation, pairs, ["k0", "ref"], layer)
        column = labels(node.columns)
    else:
        row = _row_of(values, node)
        relation = by_row(build, node.table, node.rules)
        layer = max(row.layer, guard.cell.layer if guard else 1)
        found, ref = row, frame.lookup(relation, [("_row", row.expr)], ["ref"], layer)[0]
        given, column = "true", node.alias
        if guard is not None:
            given = guard.cell.expr
            masked = f"CASE WHEN {given} THEN {ref.expr} END"
            ref = frame.put(masked, max(ref.layer, guard.cell.layer))
    layer = max(found.layer, ref.layer)
    missing = Cell(f"({given} AND {found.expr} IS NULL)", layer)
    held = Cell(f"({given} AND {found.expr} IS NOT NULL AND {ref.expr} IS NULL)", layer)
    return Found(ref, missing, held, column)


def _row_of(values: Values, node: ReferenceValue) -> Cell:
    rows = values.frame.rows
    return Cell(rows.row_of[node.alias] if node.alias else "p._row")


def by_key(build: Build, table: str, key: Sequence[str], rules: Sequence[str]) -> str:
    """A relation (k0…, ref) of every key of a table; ref NULL where no resource was made."""
    name = _name("ref", table, [*key, "", *rules])

    def sql() -> str:
        cells = ", ".join(f"t.{quoted(k)} AS k{n}" for n, k in enumerate(key))
        filled = " AND ".join(f"t.{quoted(k)} IS NOT NULL" for k in key)
        rows = f"SELECT {cells}, t._row AS _row FROM stall.{quoted(table)} t WHERE {filled}"
        if table == build.profile.patients and tuple(key) == build.profile.table(table).key:
            rows += " UNION ALL SELECT old AS k0, _row FROM merged_keys"
        grouped = ", ".join(f"k{n}" for n in range(len(key)))
        return (
            f"SELECT {grouped}, arg_min(ref, _row) AS ref FROM ({rows}) "
            f"LEFT JOIN ({made_refs(build, rules)}) USING (_row) GROUP BY {grouped}"
        )

    return build.share(name, rules, sql)


def by_row(build: Build, table: str, rules: Sequence[str]) -> str:
    """A relation (_row, ref) of the rows of a table that became a resource."""
    return build.share(_name("row", table, rules), rules, lambda: made_refs(build, rules))


def made_refs(build: Build, rules: Sequence[str]) -> str:
    """SELECT of (_row, ref); where several rules made one, the first in order counts."""
    selects = []
    for place, rule in enumerate(rules):
        head = literal(build.profile.rule(rule).type + "/")
        selects.append(
            f"SELECT _row, {place} AS _n, {head} || min(_id) AS ref FROM {made_name(build, rule)} "
            "GROUP BY _row"
        )
    if len(selects) == 1:
        return f"SELECT _row, ref FROM ({selects[0]})"
    return (
        f"SELECT _row, arg_min(ref, _n) AS ref FROM ({' UNION ALL '.join(selects)}) GROUP BY _row"
    )


def made_name(build: Build, rule: str) -> str:
    """The relation (_row, _id) of the rows that a rule's resources were made of."""
    return f"made_{rule_number(build, rule)}"


def rule_number(build: Build, rule: str) -> int:
    """A rule's place in the profile."""
    return next(n for n, entry in enumerate(build.profile.rules) if entry.name == rule)


def _name(prefix: str, table: str, parts: Sequence[str]) -> str:
    return quoted(f"{prefix}:{table}:{':'.join(parts)}")
