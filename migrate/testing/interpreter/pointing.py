"""References: which resource another row became ("References")."""

from __future__ import annotations

from collections.abc import Callable

from migrate.core.profiles.ast import Profile, ReferenceValue
from migrate.testing.interpreter.merging import MergedPatients
from migrate.testing.interpreter.places import Place, Reader, column_of
from migrate.testing.interpreter.tables import SourceRow, Table
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
        if node.columns:
            values = tuple(self._reader.text(leaf, place) for leaf in node.columns)
            if any(value is None for value in values):
                return None
            row = self._row(node, values)
        else:
            row = place.aliases[node.alias] if node.alias else place.row
        row = self._survivor(row)
        if row is not None:
            for rule in node.rules:
                found = self._made(rule, row.number)
                if found is not None:
                    trace.relied.add((rule, row.number))
                    return found
        if node.optional:
            trace.notes.append(self._note(node, place))
        else:
            code, later = ("MAP010", 0) if row is None else ("MAP011", 1)
            trace.fail(code, number + later)
        return None

    def _row(self, node: ReferenceValue, values: tuple[str | None, ...]) -> SourceRow | None:
        table = self._tables.get(node.table)
        if table is None:
            return None
        if node.table == self._profile.patients and node.key == table.rule.key and len(values) == 1:
            values = (self._merged.survivor(str(values[0])),)
        found = table.find(node.key, values) or table.find(node.key, values, "rows")
        return found[0] if found else None

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
