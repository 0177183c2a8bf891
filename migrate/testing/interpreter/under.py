"""Child rows whose parent is not there ("Fates")."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.core.profiles.ast import (
    ColumnLoop,
    Each,
    First,
    ListNode,
    Node,
    ObjectNode,
    ResourceRule,
)
from migrate.testing.interpreter.children import ROLES, Children
from migrate.testing.interpreter.places import Place, Reader
from migrate.testing.interpreter.tables import SourceRow, Table


def eaches(node: Node) -> Iterator[Each]:
    """The eaches of a node that stand in no other each."""
    if isinstance(node, Each):
        yield node
    elif isinstance(node, ColumnLoop):
        yield from eaches(node.item)
    elif isinstance(node, ObjectNode):
        for _, part in node.members:
            yield from eaches(part)
    elif isinstance(node, ListNode | First):
        for part in node.items if isinstance(node, ListNode) else node.alternatives:
            yield from eaches(part)


class Under:
    """Finds child rows by their parent, whether or not the parent became a resource."""

    def __init__(self, tables: dict[str, Table], children: Children, reader: Reader) -> None:
        self._tables = tables
        self._children = children
        self._reader = reader

    def rows(self, body: Node, place: Place) -> Iterator[SourceRow]:
        """All child rows under a row, at any depth."""
        for node in eaches(body):
            if node.table in ROLES:
                continue
            for inner, _ in self._children.places(node, place):
                yield inner.row
                yield from self.rows(node.item, inner)

    def orphans(self, rule: ResourceRule) -> Iterator[SourceRow]:
        """Child rows of a rule that no row of the parent's table claims."""
        table = self._tables.get(rule.table)
        outer = [Place(row) for row in table.rows] if table else []
        for place in outer:
            self._children.join(rule.joins, place)
        yield from self._unclaimed(rule.body, outer)

    def _unclaimed(self, body: Node, outer: list[Place]) -> Iterator[SourceRow]:
        for node in eaches(body):
            child = self._tables.get(node.table)
            if node.table in ROLES or child is None:
                continue
            claimed = {tuple(self._reader.text(leaf, p) for _, leaf in node.on) for p in outer}
            columns = [column for column, _ in node.on]
            inside = []
            for row in child.standing:
                nobody = SourceRow("", 0, {}, ())
                place = Place(row, {}, Place(nobody))
                self._children.join(node.joins, place)
                if not self._reader.holds(node.where, place):
                    continue
                inside.append(place)
                if tuple(row.cell(name) for name in columns) not in claimed:
                    yield row
            yield from self._unclaimed(node.item, inside)
