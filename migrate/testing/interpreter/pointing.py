"""References: which resource another row became ("References")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from migrate.core.profiles.ast import Profile, ReferenceValue
from migrate.testing.interpreter.merging import MergedPatients
from migrate.testing.interpreter.places import Place, Reader, column_of
from migrate.testing.interpreter.tables import Key, SourceRow, Table
from migrate.testing.interpreter.trace import Note, Trace


class Pointing:
    """Finds what a reference points at. ``made(rule, row number)`` is ``Type/id`` of the
    resource that a rule makes of a row, as far as is known, or None."""

    def __init__(
        self,
        profile: Profile,
        tables: dict[str, Table],
        reader: Reader,
        merged: MergedPatients,
        made: Callable[[str, int], str | None],
    ) -> None:
        self._profile = profile
        self._tables = tables
        self._reader = reader
        self._merged = merged
        self._made = made

    def target(self, node: ReferenceValue, place: Place, trace: Trace, number: int) -> str | None:
        """``Type/id``, or None where the reference has no value, is left out or fails (at this
        number: a row that is missing counts before one that was held back)."""
        rows: Sequence[SourceRow | None]
        if node.columns:
            values = tuple(self._reader.text(leaf, place) for leaf in node.columns)
            if any(value is None for value in values):
                return None
            rows = self._rows(node, values)
        else:
            rows = [place.aliases[node.alias] if node.alias else place.row]
        there = [row for row in map(self._survivor, rows) if row is not None]
        for row, rule in product(there, node.rules):
            found = self._made(rule, row.number)
            if found is not None:
                trace.relied.add((rule, row.number))
                return found
        if node.optional:
            trace.notes.append(self._note(node, place))
        else:
            code, later = ("MAP011", 1) if there else ("MAP010", 0)
            trace.fail(code, number + later)
        return None

    def _rows(self, node: ReferenceValue, values: Key) -> list[SourceRow]:
        table = self._tables.get(node.table)
        if table is None:
            return []
        if node.table == self._profile.patients and node.key == table.rule.key and len(values) == 1:
            values = (self._merged.survivor(str(values[0])),)
        return table.find(node.key, values) or table.find(node.key, values, "rows")

    def _survivor(self, row: SourceRow | None) -> SourceRow | None:
        """The patient row that a merged one lives on in."""
        if row is None or row.table != self._profile.patients or row.key[0] is None:
            return row
        survivor = self._merged.survivors.get(row.key[0])
        if survivor is None:
            return row
        patients = self._tables[row.table]
        return patients.find(patients.rule.key, (survivor,), "rows")[0]

    def _note(self, node: ReferenceValue, place: Place) -> Note:
        column = ",".join(map(column_of, node.columns)) if node.columns else node.alias
        return Note("MAP020", place.row.table, column, place.row)
