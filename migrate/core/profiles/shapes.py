"""Shapes of a rule: group, columns, pivot ("Shapes of a rule")."""

from __future__ import annotations

from dataclasses import replace

from migrate.core.profiles import joins
from migrate.core.profiles.ast import Group, Pivot, Unpivot
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.scope import Scope
from migrate.core.profiles.yamltree import Entry, Fields, Null, Text, Tree

Shape = tuple[Scope, Group | None, Unpivot | None, Pivot | None]


def shape(fields: Fields, scope: Scope, checking: Checking) -> Shape:
    """The rule's shape, and the scope that its map, conditions and joins have."""
    group = unpivot = pivot = None
    if (tree := fields.get("group")) is not None:
        group = _group(tree, scope, checking)
        scope = replace(scope, grouped=True)
    elif (tree := fields.get("columns")) is not None:
        unpivot = _unpivot(tree, scope, checking)
        names = {name for _, constants in unpivot.columns for name, _ in constants}
        scope = scope.with_loop("value", "name", *names)
    elif (tree := fields.get("pivot")) is not None:
        pivot = _pivot(tree, scope, checking)
        if pivot is not None:
            scope = replace(
                scope, readable=frozenset(pivot.by) | {new for _, new in pivot.attributes}
            )
    return scope, group, unpivot, pivot


def _own_columns(tree: Tree | None, where: str, scope: Scope, checking: Checking) -> list[str]:
    texts = checking.texts(tree, where)
    for text in texts:
        checking.catalogue.check_column(scope.table, text.value, text.place)
    return [text.value for text in texts]


def _group(tree: Tree, scope: Scope, checking: Checking) -> Group | None:
    fields = checking.fields(tree, "'group'")
    if fields is None:
        return None
    checking.known_keys(fields, ("by", "order"), "'group'")
    by = _own_columns(fields.get("by"), "'by'", scope, checking)
    if not by:
        checking.missing(fields.place, "by", "'group'")
    return Group(tuple(by), joins.order(fields.get("order"), scope, checking))


def _unpivot(tree: Tree, scope: Scope, checking: Checking) -> Unpivot:
    fields = checking.fields(tree, "'columns' of a rule")
    found = []
    for entry in fields or ():
        checking.catalogue.check_column(scope.table, entry.key, entry.place)
        found.append((entry.key, _constants(entry, checking)))
    return Unpivot(tuple(found))


def _constants(entry: Entry, checking: Checking) -> tuple[tuple[str, str], ...]:
    if isinstance(entry.value, Null):
        return ()
    constants = []
    for inner in checking.fields(entry.value, f"the constants of '{entry.key}'") or ():
        if inner.key in ("value", "name"):
            checking.problems.add(
                "PRO027",
                inner.place,
                f"'_.{inner.key}' is the column's own",
                "another name",
            )
        text = checking.text(inner.value, f"'{inner.key}'")
        if text is not None:
            constants.append((inner.key, text))
    return tuple(constants)


def _pivot(tree: Tree, scope: Scope, checking: Checking) -> Pivot | None:
    fields = checking.fields(tree, "'pivot'")
    if fields is None:
        return None
    checking.known_keys(fields, ("by", "name", "value", "columns"), "'pivot'")
    by = _own_columns(fields.get("by"), "'by'", scope, checking)
    ends = []
    for key in ("name", "value"):
        end = fields.get(key)
        if isinstance(end, Text):
            checking.catalogue.check_column(scope.table, end.value, end.place)
            ends.append(end.value)
        else:
            checking.missing(fields.place, key, "'pivot'")
    if not by:
        checking.missing(fields.place, "by", "'pivot'")
    attributes: list[tuple[str, str]] = []
    for entry in checking.fields(fields.get("columns"), "'columns' of a pivot") or ():
        name = checking.text(entry.value, f"'{entry.key}'")
        if name is None:
            continue
        if name in by or name in (new for _, new in attributes):
            checking.problems.add(
                "PRO027", entry.value.place, f"column '{name}' is there twice", "another name"
            )
        attributes.append((entry.key, name))
    if len(ends) < 2 or not by:
        return None
    return Pivot(tuple(by), ends[0], ends[1], tuple(attributes))
