"""What may stand at an element: the one reader that all kinds of value go through."""

from __future__ import annotations

from migrate.core.profiles import codings, complexes, lists, references, scalars
from migrate.core.profiles.ast import First, ListNode, Node, Sql
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.objects import absent_object
from migrate.core.profiles.scope import Scope
from migrate.core.profiles.spot import COMMON, Spot, common, with_when
from migrate.core.profiles.yamltree import Fields, Items, Null, Tree


def value(tree: Tree, spot: Spot, scope: Scope, checking: Checking) -> Node | None:
    """The node of an element; None where there is none (a mistake was noted, or it is null)."""
    if isinstance(tree, Null):
        return None
    if not spot.member.repeats:
        if isinstance(tree, Items):
            checking.problems.add(
                "PRO015",
                tree.place,
                f"{spot.path} takes one value, not a list",
                "one value, or {first: [ … ]}",
            )
            return None
        return item(tree, spot, scope, checking)
    nodes = []
    for entry in tree.items if isinstance(tree, Items) else (tree,):
        node = item(entry, spot, scope, checking)
        if node is not None:
            nodes.append(node)
    return ListNode(tuple(nodes), place=tree.place) if nodes else None


def item(tree: Tree, spot: Spot, scope: Scope, checking: Checking) -> Node | None:
    """One value, or in a list something that gives several."""
    if isinstance(tree, Null):
        return None
    if isinstance(tree, Items):
        checking.wrong(tree.place, f"{spot.path} has a list in a list", "its items one by one")
        return None
    if isinstance(tree, Fields):
        if "first" in tree:
            return _first(tree, spot, scope, checking)
        looped = "columns" in tree and "reference" not in tree
        if "each" in tree or (looped and "map" in tree):
            return _several(tree, spot, scope, checking)
        if tree.entries.keys() == {"absent"} and not spot.member.primitive:
            reason = common(tree, scope, checking).absent or ""
            return absent_object(spot.member.type_path, reason, tree.place)
    if spot.member.primitive:
        return scalars.scalar(tree, spot, scope, checking)
    if spot.type == "Coding":
        return codings.coding(tree, spot, scope, checking, value)
    if spot.type == "CodeableConcept":
        return codings.concept(tree, spot, scope, checking, value)
    if spot.type == "Reference":
        return references.reference(tree, spot, scope, checking, value)
    return complexes.complex_value(tree, spot, scope, checking, value)


def _several(tree: Fields, spot: Spot, scope: Scope, checking: Checking) -> Node | None:
    if not spot.member.repeats:
        word = "each" if "each" in tree else "columns"
        checking.problems.add(
            "PRO015",
            tree.place,
            f"{spot.path} takes one value, and '{word}' gives several",
            "one value, a join, or {first: [ … ]}",
        )
        return None
    if "each" in tree:
        return lists.each(tree, spot, scope, checking, item)
    return lists.column_loop(tree, spot, scope, checking, item)


def _first(tree: Fields, spot: Spot, scope: Scope, checking: Checking) -> Node | None:
    checking.known_keys(tree, ("first", *COMMON), "'first'")
    shared = common(tree, scope, checking)
    nodes: list[Node] = []
    for entry in checking.items(tree.get("first")):
        node = item(entry, spot, scope, checking)
        if node is not None:
            nodes.extend(_alternative(node, shared.when, entry, checking))
    if not nodes:
        return None
    return First(tuple(nodes), shared.required, shared.absent, tree.place)


def _alternative(node: Node, when: Sql | None, tree: Tree, checking: Checking) -> list[Node]:
    if complexes.only_items(node):
        checking.wrong(tree.place, "an alternative of 'first' is one value", "a single value")
        return []
    conditioned = with_when(node, when)
    if conditioned is None:
        checking.wrong(tree.place, "a 'first' inside takes no 'when'", "'when' in its alternatives")
        return []
    return [conditioned]
