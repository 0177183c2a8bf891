"""Coding and CodeableConcept ("Coding", "CodeableConcept" of the language page)."""

from __future__ import annotations

from dataclasses import replace

from migrate.core import fhirtypes
from migrate.core.profiles import expressions, leaves, scalars
from migrate.core.profiles.ast import (
    Constant,
    Leaf,
    ListNode,
    Node,
    ObjectNode,
    Place,
    Scalar,
    Sql,
)
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.leaves import LEAF_KEYS
from migrate.core.profiles.objects import fixed, object_node, system_scalar
from migrate.core.profiles.problems import choice
from migrate.core.profiles.scope import Scope
from migrate.core.profiles.spot import COMMON, Spot, ValueReader, common, member_of
from migrate.core.profiles.yamltree import Fields, Items, Text, Tree

BY_COLUMN = ("system", "version", "display", *LEAF_KEYS, "transform", "on_error")
LITERAL = ("system", "version", "code", "display", "userSelected")


def coding(
    tree: Tree, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> Node | None:
    """One Coding, in any of its forms."""
    if not isinstance(tree, Fields):
        checking.wrong(
            tree.place,
            f"{spot.path} (Coding) is no plain column",
            "{system: …, column: …}, {code: …, system: …} or {crosswalk: …, column: …}",
        )
        return None
    if "crosswalk" in tree:
        return scalars.crosswalk_value(tree, "coding", spot, scope, checking)
    shared = common(tree, scope, checking)
    node = _coding(tree, spot, scope, checking, read)
    if isinstance(node, ObjectNode):
        return replace(node, absent=shared.absent, required=shared.required, when=shared.when)
    return node


def _coding(
    tree: Fields, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> Node | None:
    if any(key in tree for key in LEAF_KEYS):
        return _by_column(tree, spot, scope, checking, read)
    if isinstance(tree.get("code"), Text):
        return _literal(tree, spot, scope, checking, read)
    return _by_element(tree, spot, scope, checking, read)


def _inner(name: str, spot: Spot, place: Place, checking: Checking) -> Spot:
    member = member_of("Coding", name, place, spot.path, checking)
    assert member is not None
    return spot.to(member)


def _system(tree: Fields, checking: Checking) -> list[tuple[str, Node]]:
    value = tree.get("system")
    if isinstance(value, Text):
        return [("system", system_scalar(value, checking))]
    checking.text(value, "'system'")
    return []


def _by_column(
    tree: Fields, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> Node:
    checking.known_keys(tree, (*BY_COLUMN, *COMMON), "a Coding with a column")
    found = leaves.leaf_in(tree, scope, checking)
    assert found is not None
    code_spot = _inner("code", spot, tree.place, checking)
    options = tree.without("system", "version", "display", *COMMON)
    code = scalars.build(found, code_spot, tree.place, checking, options, scope)
    members = _system(tree, checking)
    if isinstance(found, Constant):
        _check_code(found.text, members, spot, tree.place, checking)
    if isinstance(version := tree.get("version"), Text):
        members.append(("version", fixed("string", version)))
    members.append(("code", code))
    if (display := tree.get("display")) is not None:
        inner = read(display, _inner("display", spot, display.place, checking), scope, checking)
        if inner is not None:
            members.append(("display", beside(inner, found)))
    return object_node("Coding", members, tree.place)


def _literal(tree: Fields, spot: Spot, scope: Scope, checking: Checking, read: ValueReader) -> Node:
    checking.known_keys(tree, (*LITERAL, *COMMON), "a Coding")
    members = _system(tree, checking)
    code = tree.entries["code"].value
    assert isinstance(code, Text)
    _check_code(code.value, members, spot, code.place, checking)
    members.append(("code", fixed("code", code)))
    for name in ("version", "display", "userSelected"):
        value = tree.get(name)
        inner_type = "boolean" if name == "userSelected" else "string"
        if isinstance(value, Text):
            members.append((name, fixed(inner_type, value)))
        elif value is not None:
            node = read(value, _inner(name, spot, value.place, checking), scope, checking)
            if node is not None:
                members.append((name, node))
    return object_node("Coding", members, tree.place)


def _by_element(
    tree: Fields, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> Node | None:
    checking.known_keys(tree, ("id", "extension", *LITERAL, *COMMON), "a Coding")
    written = isinstance(tree.get("system"), Text)
    members = _system(tree, checking) if written else []
    names = ("id", "extension", "system", "version", "code", "display", "userSelected")
    for name in names[:2] + names[3:] if written else names:
        value = tree.get(name)
        inner = None if value is None else _inner(name, spot, value.place, checking)
        node = read(value, inner, scope, checking) if value is not None and inner else None
        if node is not None:
            members.append((name, node))
    code = next((n for name, n in members if name == "code"), None)
    if isinstance(code, Scalar):
        members = [(n, beside(v, code.leaf) if n == "display" else v) for n, v in members]
    return object_node("Coding", members, tree.place)


def beside(node: Node, leaf: Leaf) -> Node:
    """A display that is there only with its code: without a code there is no coding."""
    condition: Sql | None = leaves.as_sql(leaf)
    if condition is None or not isinstance(node, Scalar) or isinstance(node.leaf, Constant):
        return node
    return replace(node, when=expressions.both(node.when, expressions.filled(condition)))


def _check_code(
    code: str, members: list[tuple[str, Node]], spot: Spot, place: Place, checking: Checking
) -> None:
    """PRO014 for a literal code outside the binding of the element."""
    allowed = fhirtypes.binding_codes(spot.member.element.binding)
    if not allowed:
        return
    system = next(
        (n.leaf for name, n in members if name == "system" and isinstance(n, Scalar)), None
    )
    url = system.text if isinstance(system, Constant) else None
    if url is not None and code in allowed.get(url, ()):
        return
    for right, codes in allowed.items():
        if code in codes:
            checking.problems.add(
                "PRO014", place, f"'{code}' of {spot.path} needs another system", f"system: {right}"
            )
            return
    checking.problems.add(
        "PRO014",
        place,
        f"'{code}' is not in the value set of {spot.path}",
        choice(code, [c for codes in allowed.values() for c in codes], shown=40),
    )


def concept(
    tree: Tree, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> Node | None:
    """One CodeableConcept: any Coding form, or ``{coding: […], text: …}``."""
    if not isinstance(tree, Fields):
        checking.wrong(
            tree.place,
            f"{spot.path} (CodeableConcept) is no plain column",
            "{text: column}, {system: …, column: …}, {code: …} or {crosswalk: …, column: …}",
        )
        return None
    shared = common(tree, scope, checking)
    members: list[tuple[str, Node]] = []
    text = tree.get("text")
    rest = tree.without("text", "id", "extension", *COMMON)
    node = _codings(rest, spot, scope, checking, read)
    if node is not None:
        members.append(("coding", node))
    if text is not None:
        inner = fhirtypes.member("CodeableConcept", "text")
        assert inner is not None
        text_node = read(text, spot.to(inner), scope, checking)
        if text_node is not None:
            members.append(("text", text_node))
    elif "crosswalk" in rest:
        members.extend(_own_text(rest, scope, checking))
    if (extension := tree.get("extension")) is not None:
        inner = fhirtypes.member("CodeableConcept", "extension")
        assert inner is not None
        extension_node = read(extension, spot.to(inner), scope, checking)
        members.extend([("extension", extension_node)] if extension_node else [])
    if not members:
        if not rest.entries and text is None:
            checking.wrong(tree.place, f"{spot.path} says nothing", "a coding or a text")
        return None
    built = object_node("CodeableConcept", members, tree.place)
    return replace(built, absent=shared.absent, required=shared.required, when=shared.when)


def _codings(
    rest: Fields, spot: Spot, scope: Scope, checking: Checking, read: ValueReader
) -> Node | None:
    if not rest.entries:
        return None
    if "crosswalk" in rest:
        value = scalars.crosswalk_value(rest, "codings", spot, scope, checking)
        return None if value is None else ListNode((value,), place=rest.place)
    if (listed := rest.get("coding")) is None:
        single = _coding(rest, spot, scope, checking, read)
        return None if single is None else ListNode((single,), place=rest.place)
    checking.known_keys(rest, ("coding", "text", "id", "extension", *COMMON), "a CodeableConcept")
    member = fhirtypes.member("CodeableConcept", "coding")
    assert member is not None
    element = replace(member.element, binding=spot.member.element.binding)
    inner = Spot(replace(member, element=element), spot.path + ".coding")
    wrapped = listed if isinstance(listed, Items) else Items((listed,), listed.place)
    return read(wrapped, inner, scope, checking)


def _own_text(tree: Fields, scope: Scope, checking: Checking) -> list[tuple[str, Node]]:
    """With ``keep-text`` the code's own text stands in for a text that the rule does not give."""
    if scalars.on_unmapped(tree, checking) != "keep-text":
        return []
    found = leaves.leaf_in(tree, scope, checking)
    if found is None:
        return []
    text = Scalar(
        "string",
        found,
        leaves.transforms(tree.get("transform"), checking),
        place=tree.place,
    )
    return [("text", text)]
