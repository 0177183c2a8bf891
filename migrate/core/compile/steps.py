"""The statements of one rule, in order; they are written out when all of it is compiled."""

from __future__ import annotations

from collections.abc import Callable

from migrate.core.compile.frame import Cell, Frame
from migrate.core.compile.plan import MissCount, NoteCount, Step


class RuleSteps:
    """Collects a rule's statements and what is to be counted in their relations.

    A scope's base shows only the columns that something reads, which is known at the end; so
    statements are kept as functions and written by :meth:`written`.
    """

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.notes: list[NoteCount] = []
        self.misses: list[MissCount] = []
        self._statements: list[tuple[str, str, Callable[[], str]]] = []

    def later(self, name: str, sql: Callable[[], str], kind: str = "TABLE") -> None:
        """A temporary table (or view) of this SELECT, made after those already here."""
        self._statements.append((name, kind, sql))

    def written(self) -> list[Step]:
        """The statements."""
        return [
            Step(name, self.rule, f"CREATE {kind} {name} AS {sql()}")
            for name, kind, sql in self._statements
        ]

    def counted(self, frame: Frame, relation: str, table: str) -> list[tuple[str, Cell]]:
        """Columns of a scope's statement that its notes and crosswalk misses are counted from."""
        outputs: list[tuple[str, Cell]] = []
        looked_at = frame.looked_at()
        for place, noted in enumerate(frame.noted):
            cell = noted.cell
            if looked_at:
                cell = Cell(f"CASE WHEN {looked_at} THEN {cell.expr} END", cell.layer)
            name = f"n{place}"
            outputs.append((name, cell))
            if noted.crosswalk:
                self.misses.append(
                    MissCount(noted.crosswalk, table, noted.column, noted.outcome, relation, name)
                )
            else:
                self.notes.append(
                    NoteCount(noted.code, table, noted.column, self.rule, relation, name)
                )
        for joined in frame.rows.joined:
            if joined.many is not None and frame.rows.groups is not None:
                # Every row of a group is joined, not only the first, whose values are read.
                assert frame.rows.name is not None
                every = f"{joined.many} AND _s0 IS NULL"
                note = NoteCount("MAP024", table, joined.alias, self.rule, frame.rows.name, every)
                self.notes.append(note)
            elif joined.many is not None:
                name = f"m_{joined.alias}"
                cell = Cell(f"({joined.many}{' AND ' + looked_at if looked_at else ''})")
                outputs.append((name, cell))
                self.notes.append(
                    NoteCount("MAP024", table, joined.alias, self.rule, relation, name)
                )
        return outputs
