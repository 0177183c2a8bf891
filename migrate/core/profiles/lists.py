"""Lists: ``each`` over child rows, ``columns`` over filled columns ("Lists")."""

from __future__ import annotations

from migrate.core.profiles import expressions, joins
from migrate.core.profiles.ast import ColumnLoop, Each, Node
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.scope import Scope, column
from migrate.core.profiles.spot import Spot, ValueReader
from migrate.core.profiles.yamltree import Fields, Text

EACH_KEYS = ("each", "on", "where", "order", "join", "lookup", "by", "map")
MEMBERS = "members"
MERGED = "merged"


def each(
    tree: Fields, spot: Spot, scope: Scope, checking: Checking, item: ValueReader
) -> Node | None:
    """``{each: table, on: …, map: …}``."""
    checking.known_keys(tree, EACH_KEYS, "'each'")
    source = tree.get("each")
    if not isinstance(source, Text):
        checking.text(source, "'each'")
        return None
    child = _child(source, tree, scope, checking)
    if child is None:
        return None
    by = checking.texts(tree.get("by"), "'by'")
    for text in by:
        checking.catalogue.check_column(child.table, text.value, text.place)
    on = joins.pairs(tree.get("on"), child.table, scope, checking) if "on" in tree else ()
    child, found = joins.joins(tree, child, checking)
    where = tree.get("where")
    stands = tree.get("map")
    if stands is None:
        checking.missing(tree.place, "map", "'each'")
        return None
    inner = item(stands, spot, child, checking)
    if inner is None:
        return None
    return Each(
        source.value,
        inner,
        on,
        found,
        expressions.sql(where, child, checking) if isinstance(where, Text) else None,
        tuple(text.value for text in by),
        joins.order(tree.get("order"), child, checking),
        tree.place,
    )


def _child(source: Text, tree: Fields, scope: Scope, checking: Checking) -> Scope | None:
    """The scope of the child rows, or None where there are none of this kind."""
    if source.value == MEMBERS:
        if not scope.grouped:
            checking.wrong(
                source.place,
                "'each: members' stands only in a rule with 'group', or in an each with 'by'",
                "'each: TABLE' with 'on:'",
            )
            return None
        return scope.inside(scope.table, grouped="by" in tree, aliases=True)
    if source.value == MERGED:
        patients = checking.settings.patients
        if scope.table != patients:
            checking.wrong(
                source.place,
                f"'each: merged' stands only where the row is one of '{patients}'",
                "'each: TABLE' with 'on:'",
            )
            return None
        return scope.inside(patients)
    checking.catalogue.check_table(source.value, source.place)
    if "on" not in tree:
        checking.missing(tree.place, "on", f"'each: {source.value}'")
    return scope.inside(source.value, grouped="by" in tree)


def column_loop(
    tree: Fields, spot: Spot, scope: Scope, checking: Checking, item: ValueReader
) -> Node | None:
    """``{columns: […], map: …}``."""
    checking.known_keys(tree, ("columns", "map"), "'columns'")
    names = checking.texts(tree.get("columns"), "'columns'")
    for text in names:
        found = column(text.value, scope, checking, text.place)
        if found.source:
            checking.wrong(text.place, "'columns' are columns of the row itself", f"'{found.name}'")
    inner = item(
        tree.entries["map"].value, spot, scope.with_loop("value", "position", "name"), checking
    )
    if inner is None:
        return None
    return ColumnLoop(tuple(text.value for text in names), inner, tree.place)
