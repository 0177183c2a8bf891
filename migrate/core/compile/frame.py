"""A scope's statement, layer by layer: each layer adds columns made of the ones before.

Every expression is written once and later read by its column's name, so that the text of a
statement grows with the profile and not with the depth of its values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migrate.core.compile.rows import Rows
from migrate.core.profiles.ast import Column


@dataclass(frozen=True, slots=True)
class Cell:
    """An SQL expression that may stand in this layer or a later one. Columns have their name."""

    expr: str
    layer: int = 1


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition under which something is looked at: a column here, and in the base."""

    cell: Cell
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something to count: MAP02x with its column, or a crosswalk miss with its text."""

    code: str
    column: str
    cell: Cell
    crosswalk: str = ""
    outcome: str = ""


class Frame:
    """Layers over a scope's rows. Layer 0 is the base relation of ``rows``."""

    def __init__(self, rows: Rows, restrict: str = "") -> None:
        self.rows = rows
        self.restrict = restrict
        self.loop: dict[str, Cell] = {}
        self.failures: list[tuple[Cell, int]] = []
        self.noted: list[Noted] = []
        self._layers: list[dict[str, str]] = []
        self._joins: list[list[str]] = []

    # --- columns -----------------------------------------------------------------------------

    def column(self, column: Column) -> Cell:
        """A cell of the row, of a joined or outer row, or of the loop that we are in."""
        if column.source == "_" and column.name in self.loop:
            return self.loop[column.name]
        return Cell(self.rows.recorded(column))

    def put(self, expression: str, layer: int) -> Cell:
        """A new column of this layer, readable from the next one on."""
        columns = self._at(layer)
        name = columns.get(expression)
        if name is None:
            name = f"c{layer}_{len(columns)}"
            columns[expression] = name
        return Cell(name, layer + 1)

    def lookup(
        self, relation: str, keys: Sequence[tuple[str, str]], outputs: Sequence[str], layer: int
    ) -> list[Cell]:
        """Columns of the one row of ``relation`` whose (column, expression here) pairs match."""
        self._at(layer)
        alias = f"x{layer}_{len(self._joins[layer - 1])}"
        on = " AND ".join(f"{alias}.{column} = {expr}" for column, expr in keys)
        self._joins[layer - 1].append(f"LEFT JOIN {relation} {alias} ON {on}")
        return [self.put(f"{alias}.{output}", layer) for output in outputs]

    def _at(self, layer: int) -> dict[str, str]:
        while len(self._layers) < layer:
            self._layers.append({})
            self._joins.append([])
        return self._layers[layer - 1]

    # --- results -----------------------------------------------------------------------------

    def fail(self, when: Cell, number: int) -> None:
        """The row fails with this outcome where the condition holds; earlier ones come first."""
        self.failures.append((when, number))

    def looked_at(self) -> str | None:
        """SQL: no state before the values keeps the row from being looked at."""
        return "_s0 IS NULL" if self.rows.stated else None

    def state(self) -> Cell:
        """The row's state as a column: an outcome number, or NULL where all is well."""
        layer = max([cell.layer for cell, _ in self.failures], default=1)
        branches = " ".join(f"WHEN {cell.expr} THEN {number}" for cell, number in self.failures)
        if self.rows.stated:
            branches = f"WHEN _s0 IS NOT NULL THEN _s0 {branches}"
        if not branches:
            return Cell("NULL::INTEGER")
        return self.put(f"(CASE {branches} END)::INTEGER", layer)

    def select(
        self,
        outputs: Sequence[tuple[str, Cell]],
        where: str = "",
        *,
        beside: str = "",
        given: Mapping[str, str] | None = None,
    ) -> str:
        """The statement: these (name, cell) columns over all layers.

        ``beside`` joins a relation ``m`` to the base (columns ``made_…``), and ``given`` are
        columns of layers that are then taken from there instead of being computed again.
        """
        last = max(cell.layer for _, cell in outputs)
        self._at(max(last - 1, 1))
        given = given or {}
        text = self.rows.name or f"({self.rows.select()})"
        if beside:
            text = f"(SELECT b.*, m._id AS made_id, m._part AS made_part FROM {text} b {beside})"
        if self.restrict:
            text = f"(SELECT * FROM {text} WHERE {self.restrict})"
        for columns, joins in zip(self._layers, self._joins, strict=True):
            cells = [f"{given.get(name, expr)} AS {name}" for expr, name in columns.items()]
            made = ", ".join(["p.*", *cells])
            text = f"(SELECT {made} FROM {text} p {' '.join(joins)})"
        listed = ", ".join(f"{cell.expr} AS {name}" for name, cell in outputs)
        return f"SELECT {listed} FROM {text} p" + (f" WHERE {where}" if where else "")
