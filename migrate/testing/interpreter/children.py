"""The child rows of an each, as places to stand at ("Lists")."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from migrate.core.profiles.ast import Column, Each, Join, Leaf, Profile
from migrate.testing.interpreter.joins import Joins
from migrate.testing.interpreter.merging import MergedPatients
from migrate.testing.interpreter.places import Place, Reader
from migrate.testing.interpreter.tables import Key, SourceRow, Table, sort_key
from migrate.testing.interpreter.trace import Note, Trace
from migrate.testing.interpreter.walking import Numbering


class Children:
    """Finds child rows, joins to them, orders and groups them."""

    def __init__(
        self,
        profile: Profile,
        tables: dict[str, Table],
        reader: Reader,
        joins: Joins,
        merged: MergedPatients,
        numbering: Numbering,
    ) -> None:
        self._profile = profile
        self._tables = tables
        self._reader = reader
        self._joins = joins
        self._merged = merged
        self._numbering = numbering

    def places(self, node: Each, place: Place) -> Iterator[tuple[Place, Trace]]:
        """A place for each item, in their order, with what its joins left behind: a failure
        where a required one is missing."""
        found: list[tuple[Place, Trace]] = []
        for inner in self._inner(node, place):
            trace = self.join(node.joins, inner, self._numbering.before(node))
            if self._reader.holds(node.where, inner):
                found.append((inner, trace))
        found.sort(key=lambda pair: sort_key(pair[0].row, node.order))
        for number, (inner, trace) in enumerate(self._grouped(node, found), 1):
            inner.loop = {"position": str(number)}
            yield inner, trace

    def _inner(self, node: Each, place: Place) -> list[Place]:
        if node.table == "members":
            return [Place(member.row, dict(member.aliases), place) for member in place.members]
        return [Place(row, {}, place) for row in self.rows(node, place)]

    def rows(self, node: Each, place: Place) -> list[SourceRow]:
        """The child rows whose ``on`` finds this row, whatever ``where`` says."""
        if node.table == "merged":
            return self._merged_into(place.row)
        table = self._tables.get(node.table)
        if table is None:
            return []
        columns = tuple(column for column, _ in node.on)
        found = (table.find(columns, values) for values in self._parent_values(node, place))
        return [row for rows in found for row in rows]

    def _parent_values(self, node: Each, place: Place) -> Iterator[Key]:
        """What the child's columns must be; children of merged patients follow them."""
        options: list[list[str | None]] = []
        for _, leaf in node.on:
            text = self._reader.text(leaf, place)
            options.append([text])
            if self._is_patient_key(leaf, place):
                survivors = self._merged.survivors.items()
                options[-1] += [old for old, into in survivors if into == text]
        return product(*options)

    def _is_patient_key(self, leaf: Leaf, place: Place) -> bool:
        if place.row.table != self._profile.patients or not isinstance(leaf, Column):
            return False
        key = self._tables[self._profile.patients].rule.key
        return not leaf.source and (leaf.name,) == key

    def _merged_into(self, row: SourceRow) -> list[SourceRow]:
        if row.key[0] is None:
            return []
        patients = self._tables[self._profile.patients].standing
        survivors = self._merged.survivors
        return [
            away for away in patients if away.key[0] and survivors.get(away.key[0]) == row.key[0]
        ]

    def join(self, joins: tuple[Join, ...], place: Place, number: int = 0) -> Trace:
        """Put the joined rows beside a row; the trace fails (at this number) where a required
        one is missing."""
        trace = Trace()
        aliases = dict(place.aliases)
        place.aliases = aliases
        for join in joins:
            rows = self._joins.matching(join, place)
            aliases[join.alias] = rows[0] if rows else None
            if rows:
                trace.used.append(("join", rows[0]))
            elif join.required:
                trace.fail("MAP010", number)
            if len(rows) > 1:
                trace.notes.append(Note("MAP024", place.row.table, join.alias, place.row))
        return trace

    def _grouped(
        self, node: Each, found: list[tuple[Place, Trace]]
    ) -> Iterator[tuple[Place, Trace]]:
        if not node.by:
            yield from found
            return
        groups: dict[Key, list[tuple[Place, Trace]]] = {}
        for inner, trace in found:
            by = tuple(inner.row.cell(name) for name in node.by)
            groups.setdefault(by, []).append((inner, trace))
        for group in groups.values():
            first, trace = group[0]
            first.members = tuple(inner for inner, _ in group)
            for inner, other in group[1:]:
                trace.take_in(other)
                trace.hold(node, inner.row)
            yield first, trace
