"""Objects element by element, and the short forms of Quantity, Money, Identifier, Extension."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from migrate.core import fhirtypes
from migrate.core.profiles import leaves, scalars
from migrate.core.profiles.ast import (
    ColumnLoop,
    CrosswalkValue,
    Each,
    First,
    Leaf,
    ListNode,
    Node,
    ObjectNode,
    Place,
    ReferenceValue,
    Scalar,
    Sql,
)
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.codings import beside
from migrate.core.profiles.expressions import only_first
from migrate.core.profiles.objects import fixed, literal, object_node, system_scalar
from migrate.core.profiles.problems import choice
from migrate.core.profiles.scope import Scope
from migrate.core.profiles.spot import (
    COMMON,
    Spot,
    ValueReader,
    common,
    member_of,
    with_required,
)
from migrate.core.profiles.yamltree import Fields, Items, Null, Text, Tree

UCUM = "http://unitsofmeasure.org"
QUANTITIES = ("Quantity", "Age", "Count", "Distance", "Duration")
_SHORT_QUANTITY = ("decimal", "ucum", "unit", "comparator", "transform", "on_error", *COMMON)


def complex_value(
    tree: Tree, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> Node | None:
    """The value of a complex element of any type but Coding, CodeableConcept and Reference."""
    if not isinstance(tree, Fields):
        checking.wrong(
            tree.place,
            f"{spot.path} ({spot.type}) is no plain column",
            "a map with " + ", ".join(_shown(spot.member.type_path)),
        )
        return None
    shared = common(tree, scope, checking)
    # a list at ``when`` is no condition but the element of that name (Timing.repeat.when)
    element = isinstance(tree.get("when"), Items)
    rest = tree.without(*(word for word in COMMON if not (element and word == "when")))
    node: ObjectNode | None
    if spot.type in QUANTITIES and "decimal" in tree:
        node = _short_quantity(tree, spot, scope, checking, read)
    elif spot.type == "Money" and "money" in tree:
        node = _short_money(tree, spot, scope, checking)
    else:
        node = by_element(rest, spot.member.type_path, spot, scope, checking, read)
    if node is None:
        return None
    return replace(node, absent=shared.absent, required=shared.required, when=shared.when)


def _shown(type_path: str) -> list[str]:
    hidden = ("id", "extension", "modifierExtension")
    return [name for name in fhirtypes.member_names(type_path) if name not in hidden][:8]


def by_element(
    tree: Fields, type_path: str, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> ObjectNode:
    """An object whose keys are elements of its type; checks that R4's required ones are there."""
    members: list[tuple[str, Node]] = []
    given: dict[str, list[Place]] = {}
    for entry in tree:
        member = member_of(type_path, entry.key, entry.place, spot.path, checking)
        if member is None or isinstance(entry.value, Null):
            continue
        element = member.element.name
        given.setdefault(element, []).append(entry.place)
        inner = spot.to(member)
        node = _special(entry.value, inner, type_path, checking)
        if node is None:
            node = read(entry.value, inner, scope, checking)
        if node is not None:
            needed = member.element.min > 0
            members.append((entry.key, with_required(node) if needed else node))
    for element, places in given.items():
        if len(places) > 1:
            members = _one_of(members, element, type_path, places[1], spot, checking)
    check_required(type_path, given.keys(), spot, tree.place, checking)
    if spot.type in QUANTITIES:
        members = _only_with_value(members)
    return object_node(type_path, members, tree.place)


def _one_of(
    members: list[tuple[str, Node]],
    element: str,
    type_path: str,
    place: Place,
    spot: Spot,
    checking: Checking,
) -> list[tuple[str, Node]]:
    """An element given in several types: each has a ``when``, and the first that holds is taken."""
    found: list[tuple[str, Node]] = []
    earlier: list[Sql] = []
    for name, node in members:
        known = fhirtypes.member(type_path, name)
        if known is None or known.element.name != element:
            found.append((name, node))
            continue
        when = getattr(node, "when", None)
        if when is None or known.element.min > 0 or isinstance(node, First):
            checking.problems.add(
                "PRO015",
                place,
                f"{spot.path}.{element} is given twice, in two types",
                "one of them, 'first:', or a 'when' at each of an element that may be missing",
            )
            return members
        assert isinstance(node, Scalar | CrosswalkValue | ReferenceValue | ObjectNode)
        found.append((name, replace(node, when=only_first(when, earlier))))
        earlier.append(when)
    return found


def check_required(
    type_path: str, given: Container[str], spot: Spot, place: Place, checking: Checking
) -> None:
    """PRO013 for each element that R4 requires and the map does not give."""
    for element in fhirtypes.elements(type_path):
        if element.min > 0 and element.name not in given:
            names = element.json_names()
            checking.problems.add(
                "PRO013",
                place,
                f"{spot.path} needs '{element.name}'",
                f"'{names[0]}: …', or '{names[0]}: {{absent: unknown}}' if the export cannot know",
            )


def _special(tree: Tree, spot: Spot, type_path: str, checking: Checking) -> Node | None:
    """``system:`` and ``url:`` where plain text is an alias, a URL or a literal code."""
    if not isinstance(tree, Text):
        return None
    name = spot.member.name
    if name == "system" and spot.type == "uri":
        return system_scalar(tree, checking)
    if name == "system" and type_path == "ContactPoint":
        scalars.check_constant(tree.value, spot, tree.place, checking)
        return fixed("code", tree)
    if name == "url" and type_path == "Extension":
        return fixed("uri", Text(_extension_url(tree, spot, checking), tree.place))
    return None


def _extension_url(text: Text, spot: Spot, checking: Checking) -> str:
    """An alias's URL, a URL, or the plain name that a part of another extension has."""
    nested = ".extension.extension" in spot.path.replace("modifierExtension", "extension")
    if nested and ":" not in text.value:
        return text.value
    if nested:
        return checking.settings.systems.get(text.value, text.value)
    return checking.system_url(text)


def _only_with_value(members: list[tuple[str, Node]]) -> list[tuple[str, Node]]:
    """A unit read from a column is there only with its value: no quantity without a number."""
    value = next((node for name, node in members if name == "value"), None)
    if not isinstance(value, Scalar):
        return members
    return [(n, v if n in ("value", "extension") else beside(v, value.leaf)) for n, v in members]


def _short_quantity(
    tree: Fields, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> ObjectNode | None:
    """``{decimal: column, ucum: code, unit: text}``."""
    checking.known_keys(tree, _SHORT_QUANTITY, "a quantity with 'decimal'")
    members: list[tuple[str, Node]] = []
    found = leaves.leaf(tree.entries["decimal"].value, scope, checking, "'decimal'")
    if found is None:
        return None
    number = _inner("Quantity", "value", spot)
    options = Fields(
        {k: e for k, e in tree.entries.items() if k in ("transform", "on_error")}, tree.place
    )
    members.append(("value", scalars.build(found, number, tree.place, checking, options, scope)))
    if (comparator := tree.get("comparator")) is not None:
        node = read(comparator, _inner("Quantity", "comparator", spot), scope, checking)
        members.extend([("comparator", beside(node, found))] if node else [])
    if "unit" in tree:
        members.extend(_literal_or_leaf("unit", "string", tree, found, scope, checking))
    if "ucum" in tree:
        members.append(("system", literal("uri", UCUM, tree.place)))
        members.extend(_literal_or_leaf("ucum", "code", tree, found, scope, checking))
    return object_node("Quantity", members, tree.place)


def _literal_or_leaf(
    key: str, fhir_type: str, tree: Fields, value: Leaf, scope: Scope, checking: Checking
) -> list[tuple[str, Node]]:
    """A bare text is a literal here; a map is a leaf."""
    name = "code" if key == "ucum" else key
    given = tree.entries[key].value
    if isinstance(given, Text):
        return [(name, fixed(fhir_type, given))]
    found = leaves.leaf(given, scope, checking, f"'{key}'")
    return [] if found is None else [(name, beside(Scalar(fhir_type, found), value))]


def _inner(type_path: str, name: str, spot: Spot) -> Spot:
    member = fhirtypes.member(type_path, name)
    assert member is not None
    return spot.to(member)


def _short_money(tree: Fields, spot: Spot, scope: Scope, checking: Checking) -> ObjectNode | None:
    """``{money: column, currency: USD}``."""
    checking.known_keys(tree, ("money", "currency", "transform", "on_error", *COMMON), "Money")
    found = leaves.leaf(tree.entries["money"].value, scope, checking, "'money'")
    if found is None:
        return None
    options = Fields(
        {k: e for k, e in tree.entries.items() if k in ("transform", "on_error")}, tree.place
    )
    number = scalars.build(
        found, _inner("Money", "value", spot), tree.place, checking, options, scope
    )
    currency = tree.get("currency")
    if currency is None:
        checking.missing(tree.place, "currency", "the money value")
        return object_node("Money", [("value", number)], tree.place)
    if isinstance(currency, Text) and not _is_currency(currency.value):
        checking.wrong(currency.place, f"'{currency.value}' is no currency", "a code like USD")
    members: list[tuple[str, Node]] = [("value", number)]
    members.extend(_literal_or_leaf("currency", "code", tree, found, scope, checking))
    return object_node("Money", members, tree.place)


def _is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isupper()


def only_items(node: Node) -> bool:
    """Whether a node gives list items and cannot stand alone."""
    return isinstance(node, Each | ColumnLoop | ListNode)


def unknown_rule(name: str, place: Place, checking: Checking) -> None:
    """PRO022 for a rule that is not there."""
    checking.problems.add(
        "PRO022", place, f"there is no rule '{name}'", choice(name, checking.heads)
    )
