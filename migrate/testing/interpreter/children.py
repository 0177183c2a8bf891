"""The child rows of an each, as places to stand at ("Lists")."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migrate.core.profiles.ast import Each, Join
from migrate.testing.interpreter.joins import Joins
from migrate.testing.interpreter.places import Place, Reader
from migrate.testing.interpreter.tables import SourceRow, Table, sort_key
from migrate.testing.interpreter.trace import Note, Trace

ROLES = {"members": "member", "merged": "merged"}


class Children:
    """Finds child rows, joins to them, orders and groups them."""

    def __init__(
        self,
        tables: dict[str, Table],
        reader: Reader,
        joins: Joins,
        merged_into: Callable[[SourceRow], list[SourceRow]],
    ) -> None:
        self._tables = tables
        self._reader = reader
        self._joins = joins
        self._merged_into = merged_into

    def places(self, node: Each, place: Place, trace: Trace) -> Iterator[tuple[Place, Trace]]:
        """A place and a trace of its own for each item, in their order; a child row that its
        joins refuse is noted in ``trace``."""
        found: list[tuple[Place, Trace]] = []
        for inner in self._rows(node, place):
            child = Trace()
            if self.join(node.joins, inner, child) and self._reader.holds(node.where, inner):
                child.used.append((ROLES.get(node.table, "child"), inner.row))
                found.append((inner, child))
            elif child.failures and self._reader.holds(node.where, inner):
                trace.dropped(child, inner.row)
        found.sort(key=lambda pair: sort_key(pair[0].row, node.order))
        number = 0
        for inner, child in self._grouped(node, found):
            number += 1
            inner.loop = {"position": str(number)}
            yield inner, child

    def _rows(self, node: Each, place: Place) -> list[Place]:
        if node.table == "members":
            return [
                Place(member.row, dict(member.aliases), place, members=())
                for member in place.members
            ]
        if node.table == "merged":
            rows = self._merged_into(place.row)
        else:
            columns = tuple(column for column, _ in node.on)
            values = tuple(self._reader.text(leaf, place) for _, leaf in node.on)
            table = self._tables.get(node.table)
            rows = table.find(columns, values) if table else []
        return [Place(row, {}, place) for row in rows]

    def join(self, joins: tuple[Join, ...], place: Place, trace: Trace) -> bool:
        """Put the joined rows beside a row; False where a required one is missing."""
        aliases = dict(place.aliases)
        place.aliases = aliases
        for join in joins:
            rows = self._joins.matching(join, place)
            aliases[join.alias] = rows[0] if rows else None
            if rows:
                trace.used.append(("join", rows[0]))
            elif join.required:
                trace.fail("MAP010")
            if len(rows) > 1:
                trace.notes.append(Note("MAP024", place.row.table, join.alias, place.row))
        return not trace.failures

    def _grouped(
        self, node: Each, found: list[tuple[Place, Trace]]
    ) -> Iterator[tuple[Place, Trace]]:
        if not node.by:
            yield from found
            return
        groups: dict[tuple[str | None, ...], list[tuple[Place, Trace]]] = {}
        for inner, child in found:
            by = tuple(inner.row.cell(name) for name in node.by)
            groups.setdefault(by, []).append((inner, child))
        for group in groups.values():
            first, trace = group[0]
            first.members = tuple(inner for inner, _ in group)
            for _, child in group[1:]:
                trace.take_in(child)
            yield first, trace
