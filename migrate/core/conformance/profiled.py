"""Profiles: what US Core (and an extension's definition) narrows, element by element.

A profile's elements are those of ``profiles.jsonl``: cardinality, types, fixed values and
patterns, required bindings, invariants and slices (R4 5.1.0.14, discriminators value, pattern
and type).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from migrate.core import fhirtypes
from migrate.core.conformance.coded import in_list, text
from migrate.core.conformance.found import Found, Problem
from migrate.core.conformance.tables import known_definition, profile, value_set
from migrate.core.fhirpath.node import Node, Scalar

Read = Callable[[Node], Scalar]
Judge = Callable[[Any], Found]
Json = dict[str, Any]
_SD = "http://hl7.org/fhir/StructureDefinition/"


class Narrowed:
    """The elements of one profile as a tree."""

    def __init__(self, elements: Mapping[str, Json], rule: str) -> None:
        self.said = elements
        self.rule = rule
        self.children: dict[str, list[str]] = {}
        for name in elements:
            steps = name.split(".")
            for depth in range(1, len(steps)):
                brothers = self.children.setdefault(".".join(steps[:depth]), [])
                child = ".".join(steps[: depth + 1])
                if child not in brothers:
                    brothers.append(child)

    def names(self, element: str) -> list[str]:
        """The members of an element that the profile says something of, slices aside."""
        found = [
            child.rpartition(".")[2].partition(":")[0] for child in self.children.get(element, ())
        ]
        return list(dict.fromkeys(found))

    def slices(self, element: str) -> list[str]:
        """The slices of an element."""
        parent = element.rpartition(".")[0]
        return [child for child in self.children.get(parent, ()) if child.startswith(element + ":")]


@cache
def narrowed(url: str) -> Narrowed | None:
    """The profile of this URL; None if unknown."""
    document = profile(url)
    return None if document is None else Narrowed(document["elements"], url.rpartition("/")[2])


def profile_rules(
    node: Node, url: str, invariant: Callable[[Node, str, str], Judge]
) -> Iterator[Judge]:
    """The rules of a profile for a resource: one for each of its members, and its invariants."""
    url = url.partition("|")[0]
    document, tree = profile(url), narrowed(url)
    if document is None or tree is None:
        name = url.removeprefix(_SD)
        if name != node.type and fhirtypes.exists(name) and known_definition(url):
            yield lambda _: (Problem("profile", node.path + ".meta.profile"),)
        return
    if document["type"] != node.type:
        yield lambda _: (Problem("profile", node.path + ".meta.profile"),)
        return
    for key, expression in tree.said.get(node.type, {}).get("rules", ()):
        yield invariant(node, key, expression)
    for name in tree.names(node.type):
        yield _member_rule(node, tree, name, invariant)


def _member_rule(
    node: Node, tree: Narrowed, name: str, invariant: Callable[[Node, str, str], Judge]
) -> Judge:
    def judge(read: Any) -> Found:
        return tuple(Checking(read, tree, invariant).members(node, node.type, name))

    return judge


class Checking:
    """One look at a part of a resource with a profile."""

    def __init__(
        self, read: Any, tree: Narrowed, invariant: Callable[[Node, str, str], Judge]
    ) -> None:
        self._read = read
        self._tree = tree
        self._invariant = invariant

    def inside(self, node: Node, element: str) -> Iterator[Problem]:
        """All members of an object."""
        for name in self._tree.names(element):
            yield from self.members(node, element, name)

    def members(self, node: Node, element: str, name: str) -> Iterator[Problem]:
        """The members of one name: how many, each of them, and the slices."""
        place = f"{element}.{name}"
        values = node.named(name.removesuffix("[x]"))
        path = f"{node.path}.{name.removesuffix('[x]')}"
        said = self._tree.said.get(place, {})
        yield from self._count(len(values), said, path)
        for value in values:
            yield from self._one(value, place, said)
        slices = self._tree.slices(place)
        if slices:
            yield from self._sliced(values, place, slices, path)

    def _count(self, count: int, said: Json, path: str) -> Iterator[Problem]:
        high = said.get("max", "*")
        if count < said.get("min", 0) or (high != "*" and count > int(high)):
            yield Problem("profile", path, self._tree.rule)

    def _sliced(
        self, values: Sequence[Node], place: str, slices: Sequence[str], path: str
    ) -> Iterator[Problem]:
        slicing = self._tree.said.get(place, {}).get("slicing", {})
        by = slicing.get("by", [["value", "url"]])
        taken: set[int] = set()
        for name in slices:
            said = self._tree.said.get(name, {})
            if said.get("profile") and by == [["value", "url"]]:
                members = [v for v in values if text(self._read, v, "url") in said["profile"]]
            else:
                members = [v for v in values if self._belongs(v, name, by)]
            taken |= {id(member) for member in members}
            yield from self._count(len(members), said, path)
            for member in members:
                yield from self._one(member, name, said)
        if slicing.get("rules") == "closed" and any(id(value) not in taken for value in values):
            yield Problem("profile", path, self._tree.rule)

    def _belongs(self, value: Node, name: str, by: Sequence[Sequence[str]]) -> bool:
        return all(self._discriminated(value, name, kind, path) for kind, path in by)

    def _discriminated(self, value: Node, name: str, kind: str, path: str) -> bool:
        said = self._tree.said
        if kind == "type":
            return _is_of(value, said.get(name, {}).get("types", ()))
        nodes = [value]
        element = name
        for step in [] if path == "$this" else path.split("."):
            nodes = [member for node in nodes for member in node.named(step)]
            element = f"{element}.{step}"
            for key in ("pattern", "fixed"):
                held = said.get(element, {}).get(key)
                if held is not None and step != path.split(".")[-1]:
                    return any(self._holds(node, held) for node in nodes)
        rule = said.get(element, {})
        for key in ("pattern", "fixed"):
            if key in rule:
                return any(self._holds(node, rule[key]) for node in nodes)
        if "binding" in rule:
            return any(self._bound(node, rule["binding"]) for node in nodes)
        return bool(nodes)

    def _one(self, node: Node, place: str, said: Json) -> Iterator[Problem]:
        wrong = (
            (said.get("types") and not _is_of(node, said["types"]))
            or ("fixed" in said and not self._holds(node, said["fixed"], exactly=True))
            or ("pattern" in said and not self._holds(node, said["pattern"]))
            or ("binding" in said and not self._bound(node, said["binding"]))
            or (said.get("targets") and not self._points(node, said["targets"]))
        )
        if wrong:
            yield Problem("profile", node.path, self._tree.rule)
        for key, expression in said.get("rules", ()):
            yield from self._invariant(node, key, expression)(self._read)
        yield from self.inside(node, place)

    def _points(self, node: Node, targets: Sequence[str]) -> bool:
        if node.type != "Reference":
            return True
        target = text(self._read, node, "reference")
        kind = (target or "").split("/")[0]
        return not fhirtypes.is_resource(kind) or kind in targets

    def _bound(self, node: Node, binding: str) -> bool:
        listed = value_set(binding)
        if node.type == "CodeableConcept":
            codings = node.named("coding")
        elif node.type in ("Coding", "Quantity"):
            codings = [node]
        else:
            code = self._read(node) if node.leaf is not None else None
            return not listed or any(code in codes for codes in listed.values())
        read = self._read
        return not listed or any(
            in_list(text(read, c, "system"), text(read, c, "code"), listed) for c in codings
        )

    def _holds(self, node: Node, wanted: Any, *, exactly: bool = False) -> bool:
        """Whether a node is (or contains) the value that a profile fixes."""
        if isinstance(wanted, dict):
            return all(
                all(
                    any(self._holds(member, part, exactly=exactly) for member in node.named(key))
                    for part in (value if isinstance(value, list) else [value])
                )
                for key, value in wanted.items()
            )
        if node.fixed is not None:
            return bool(node.fixed == wanted)
        if node.leaf is None:
            return False
        value = self._read(node)
        return bool(value == (Decimal(str(wanted)) if isinstance(wanted, int | float) else wanted))


def _is_of(node: Node, types: Sequence[str]) -> bool:
    if node.type == "Element" or not types:
        return True
    names = (node.type, node.declared)
    return any(kind in names for kind in types) or any("System." in kind for kind in types)
