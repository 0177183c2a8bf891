"""From a line's raw JSON to typed nodes, and what is wrong with the shape alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from migrate.core import fhirtypes
from migrate.core.conformance.found import Problem
from migrate.core.conformance.tree import Raw, text_of
from migrate.core.conformance.values import NUMERIC
from migrate.core.fhirpath.node import Node

_SYSTEM = "http://hl7.org/fhirpath/System.String"


@dataclass(slots=True)
class Leaf:
    """A value to be judged alone: its node, the primitive type, and where it stands."""

    node: Node
    kind: str
    binding: str | None = None
    targets: tuple[str, ...] | None = None


@dataclass(slots=True)
class Part:
    """An object of a resource with what belongs to it itself, not to the objects inside it.

    It is made when it is first looked into (:func:`grown`): a part that is known from another
    line never is. ``contained`` are the resources in it, ``profiles`` what a resource claims.
    """

    node: Node
    context: str
    pieces: Sequence[bytes]
    raw: Raw
    binding: str | None = None
    targets: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    inner: list[Part] = field(default_factory=list)
    contained: list[Part] = field(default_factory=list)


def grown(part: Part) -> Part:
    """The part with its members made."""
    _ = part.node.members
    return part


def _part(node: Node, context: str, pieces: Sequence[bytes], raw: Raw) -> Part:
    part = Part(node, context, pieces, raw)
    node.base, node.signature = raw.place, raw.shape
    node.grow = lambda: _members(part)
    return part


def resource_part(raw: Raw, name: str, path: str, pieces: Sequence[bytes]) -> Part:
    """A resource of this type."""
    part = _part(Node(name, name, name, name, path), name, pieces, raw)
    part.profiles = _profiles(raw, pieces)
    return part


def _profiles(raw: Raw, pieces: Sequence[bytes]) -> tuple[str, ...]:
    """What meta.profile claims."""
    for name, part in zip(raw.names, raw.parts, strict=True):
        if name == "meta" and part.kind == "object":
            for inner, claims in zip(part.names, part.parts, strict=True):
                if inner == "profile" and claims.kind == "list":
                    texts = [claim.place for claim in claims.parts if claim.kind == "text"]
                    return tuple(text_of(pieces[place]) for place in texts)
    return ()


def holds_resources(raw: Raw, name: str) -> bool:
    """Whether there may be resources inside a resource of this type."""
    return "contained" in raw.names or name in ("Bundle", "Parameters")


def resource_name(raw: Raw, pieces: Sequence[bytes]) -> str | None:
    """The resourceType of an object; None where it has none that R4 knows."""
    for name, value in zip(raw.names, raw.parts, strict=True):
        if name == "resourceType" and value.kind == "text":
            kind = text_of(pieces[value.place])
            return kind if fhirtypes.is_resource(kind) else None
    return None


def _members(part: Part) -> None:
    node, names = part.node, part.raw.names
    members = [
        (json, value)
        for json, value in zip(names, part.raw.parts, strict=True)
        if json != "resourceType" or not fhirtypes.is_resource(node.type)
    ]
    if len(set(names)) != len(names):
        part.problems.append(Problem("element", node.path))
    if not names or (names == ["resourceType"]):
        part.problems.append(Problem("empty", node.path))
    by_name = dict(members)
    chosen: dict[str, str] = {}
    for json, raw in members:
        if json.startswith("_") and json[1:] in by_name:
            continue
        own = json[1:] if json.startswith("_") else json
        member = fhirtypes.member(node.type, own)
        if member is None or (json.startswith("_") and not member.primitive):
            part.problems.append(Problem("element", _path(node, _plain(json))))
            continue
        if member.element.choice and chosen.setdefault(member.element.name, own) != own:
            part.problems.append(Problem("element", _path(node, own)))
        extra = by_name.get("_" + own) if member.primitive else None
        _member(part, member, None if json.startswith("_") else raw, extra)
    present = {fhirtypes.member(node.type, name.lstrip("_")) for name, _ in members}
    held = {member.element.name for member in present if member is not None}
    for element in fhirtypes.elements(node.type):
        if element.min and element.name not in held:
            part.problems.append(Problem("element", _path(node, element.name.removesuffix("[x]"))))


def _plain(name: str) -> str:
    """An unknown member's name may be anything, even a value: only words of letters are told."""
    return name if re.fullmatch(r"_?[a-z][A-Za-z]{0,39}", name) else "?"


def _path(node: Node, name: str) -> str:
    return f"{node.path}.{name}"


def _member(part: Part, member: fhirtypes.Member, raw: Raw | None, extra: Raw | None) -> None:
    path = _path(part.node, member.element.name.removesuffix("[x]"))
    values = _listed(part, member, raw, path)
    extras = _listed(part, member, extra, path) if extra is not None else []
    for place in range(max(len(values), len(extras))):
        value = values[place] if place < len(values) else None
        beside = extras[place] if place < len(extras) else None
        if member.primitive:
            _primitive(part, member, path, value, beside)
        elif value is not None:
            _complex(part, member, path, value)


def _listed(part: Part, member: fhirtypes.Member, raw: Raw | None, path: str) -> list[Raw | None]:
    if raw is None:
        return []
    if raw.kind == "null":
        part.problems.append(Problem("empty", path))
        return []
    if (raw.kind == "list") != member.repeats:
        part.problems.append(Problem("element", path))
        return []
    if raw.kind != "list":
        return [raw]
    if not raw.parts:
        part.problems.append(Problem("empty", path))
    if member.element.max is not None and len(raw.parts) > member.element.max:
        part.problems.append(Problem("element", path))
    return list(raw.parts)


def _primitive(
    part: Part, member: fhirtypes.Member, path: str, value: Raw | None, beside: Raw | None
) -> None:
    kind = "string" if member.type.name == _SYSTEM else member.type.name
    node = Node(_stem(member), kind, kind, member.name, path)
    blank = value is None or value.kind == "null"
    if beside is not None and beside.kind == "object":
        own = Node(node.name, "Element", kind, member.name, path)
        part.inner.append(_part(own, path, part.pieces, beside))
        node.grow = lambda: node.held.extend(own.members)
    elif blank or (beside is not None and beside.kind != "null"):
        part.problems.append(Problem("empty" if blank else "element", path))
    if not blank:
        assert value is not None
        _valued(part, member, node, kind, value)
    part.node.held.append(node)


def _valued(part: Part, member: fhirtypes.Member, node: Node, kind: str, value: Raw) -> None:
    wanted = "number" if kind in NUMERIC else "text"
    if kind == "boolean":
        if value.kind not in ("true", "false"):
            part.problems.append(Problem("value", node.path))
        else:
            node.fixed = value.kind == "true"
        return
    if value.kind != wanted:
        part.problems.append(Problem("value", node.path))
        return
    node.leaf, node.nth = value.place, value.nth
    owner = part.node.type
    if owner == "Reference" and node.name == "reference":
        part.leaves.append(Leaf(node, "reference", None, part.targets))
        return
    if node.name == "id" and fhirtypes.is_resource(owner):
        kind = "id"
    if owner == "Extension" and node.name == "url":
        kind = "uri"
    if kind == "code" and node.name == "language":
        kind = "language"
    part.leaves.append(Leaf(node, kind, member.element.binding))


def _stem(member: fhirtypes.Member) -> str:
    return member.element.name.removesuffix("[x]")


def _complex(part: Part, member: fhirtypes.Member, path: str, raw: Raw) -> None:
    if raw.kind != "object" or not raw.names:
        kind = "empty" if raw.kind in ("object", "null") else "element"
        part.problems.append(Problem(kind, path))
        return
    node = Node(_stem(member), member.type_path, member.type.name, member.name, path)
    part.node.held.append(node)
    if member.type.name == "Resource":
        _resource(part, raw, node)
        return
    inner = _part(node, _context(part, member), part.pieces, raw)
    inner.binding, inner.targets = member.element.binding, member.type.targets
    part.inner.append(inner)


def _resource(part: Part, raw: Raw, node: Node) -> None:
    """A resource inside a resource: contained, or an entry of a Bundle."""
    name = resource_name(raw, part.pieces)
    if name is None:
        part.problems.append(Problem("element", node.path))
        return
    inner = resource_part(raw, name, node.path, part.pieces)
    inner.node.name, inner.node.json = node.name, node.json
    part.node.held[-1] = inner.node
    part.contained.append(inner)


def _context(part: Part, member: fhirtypes.Member) -> str:
    """The element as the contexts of extensions name it: inside a type, by the type."""
    return f"{part.node.type}.{_stem(member)}"


def all_parts(part: Part) -> Iterator[Part]:
    """The part and all inside it, resources too."""
    yield grown(part)
    for inner in (*part.inner, *part.contained):
        yield from all_parts(inner)
