"""Child rows whose parent is not there ("Fates")."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.core.profiles.ast import Each, Node, ResourceRule
from migrate.testing.interpreter.children import Children
from migrate.testing.interpreter.merging import MergedPatients
from migrate.testing.interpreter.places import Place, Reader
from migrate.testing.interpreter.tables import SourceRow, Table
from migrate.testing.interpreter.trace import Fallen
from migrate.testing.interpreter.walking import eaches

#: What an each may walk besides the rows of a table: rows that have their fate elsewhere.
_OWN = ("members", "merged")
#: The parent of a row that has none: all its cells are empty.
NOBODY = SourceRow("", 0, {}, ())


class Under:
    """Finds child rows by their parent, whether or not the parent became a resource."""

    def __init__(
        self,
        tables: dict[str, Table],
        children: Children,
        reader: Reader,
        merged: MergedPatients,
    ) -> None:
        self._tables = tables
        self._children = children
        self._reader = reader
        self._merged = merged
        self._known: dict[int, tuple[Node, list[Each]]] = {}

    def _eaches(self, body: Node) -> list[Each]:
        if id(body) not in self._known:
            self._known[id(body)] = body, list(eaches(body))
        return self._known[id(body)][1]

    def item(self, fallen: Fallen) -> Iterator[SourceRow]:
        """All rows that a child row would have held."""
        yield from (member.row for member in fallen.place.members[1:])
        yield from self.rows(fallen.node.item, fallen.place)

    def rows(self, body: Node, place: Place) -> Iterator[SourceRow]:
        """All child rows under a row, at any depth."""
        for node in self._eaches(body):
            if node.table in _OWN:
                continue
            for inner, _ in self._children.places(node, place):
                yield from (member.row for member in inner.members or (inner,))
                yield from self.rows(node.item, inner)

    def orphans(self, rule: ResourceRule) -> Iterator[SourceRow]:
        """Child rows of a rule that no row of the parent's table claims, or only one that
        takes part in nothing."""
        table = self._tables.get(rule.table)
        away = {row for row, _ in self._merged.followers}
        outer = [Place(row) for row in table.standing if row not in away] if table else []
        for place in outer:
            self._children.join(rule.joins, place)
        yield from self._unclaimed(rule.body, outer)

    def _unclaimed(self, body: Node, outer: list[Place]) -> Iterator[SourceRow]:
        for node in self._eaches(body):
            child = self._tables.get(node.table)
            if node.table in _OWN or child is None:
                continue
            found = [inner for place in outer for inner, _ in self._children.places(node, place)]
            claimed = {row.number for place in outer for row in self._children.rows(node, place)}
            for row in child.standing:
                place = Place(row, {}, Place(NOBODY))
                self._children.join(node.joins, place)
                if row.number not in claimed and self._reader.holds(node.where, place):
                    found.append(place)
                    yield row
            yield from self._unclaimed(node.item, found)
