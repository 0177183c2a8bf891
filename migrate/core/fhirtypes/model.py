"""Lookups in the element model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_LINE = re.compile(r"^ (\S+) (\d+)\.\.(\d+|\*) ([^!>]*)(?:!([^>]+))?(?:>(.+))?$")


@dataclass(frozen=True, slots=True)
class ElementType:
    """One allowed type; ``targets`` of a Reference (empty: any resource)."""

    name: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type path. ``max`` None is ``*``; ``position`` is its place, from 0.

    ``name`` of a choice ends in ``[x]``. ``binding`` is the short name or URL of a value set
    that R4 binds as required. ``content`` is the type path whose children it shares.
    """

    path: str
    name: str
    position: int
    min: int
    max: int | None
    types: tuple[ElementType, ...]
    binding: str | None = None
    content: str | None = None

    @property
    def choice(self) -> bool:
        """Whether its JSON name carries the type (``value[x]`` → ``valueQuantity``)."""
        return self.name.endswith("[x]")

    def json_names(self) -> tuple[str, ...]:
        """Its names in JSON: one, or one a type."""
        if not self.choice:
            return (self.name,)
        stem = self.name[:-3]
        return tuple(stem + t.name[0].upper() + t.name[1:] for t in self.types)


@dataclass(frozen=True, slots=True)
class Member:
    """A JSON member of an object: the element, its one type, and where its children are."""

    name: str
    element: Element
    type: ElementType
    type_path: str

    @property
    def repeats(self) -> bool:
        """Whether JSON writes it as a list."""
        return self.element.max is None or self.element.max > 1

    @property
    def primitive(self) -> bool:
        """Whether its type is a primitive one."""
        return is_primitive(self.type.name)


@cache
def _blocks() -> Mapping[str, str]:
    text = files(__package__).joinpath("elements.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?! )", text.rstrip("\n"))
    return {block.split(" ", 1)[0]: block for block in blocks}


@cache
def _head(name: str) -> list[str]:
    block = _blocks().get(name)
    return block.split("\n", 1)[0].split(" ", 3) if block else [name, "", "-"]


def _types(text: str) -> tuple[ElementType, ...]:
    found = []
    for entry in text.split("|") if text else ():
        name, _, targets = entry.rstrip(")").partition("(")
        found.append(ElementType(name, tuple(targets.split(",")) if targets else ()))
    return tuple(found)


@cache
def _tree(name: str) -> Mapping[str, tuple[Element, ...]]:
    """The elements of a type by type path, each in order."""
    tree: dict[str, list[Element]] = {name: []}
    for line in _blocks().get(name, "").split("\n")[1:]:
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"elements.txt, type {name}: a line is not of the generated form")
        path, low, high, types, binding, content = match.groups()
        parent, _, last = f"{name}.{path}".rpartition(".")
        brothers = tree.setdefault(parent, [])
        brothers.append(
            Element(
                f"{name}.{path}",
                last,
                len(brothers),
                int(low),
                None if high == "*" else int(high),
                _types(types),
                binding,
                content,
            )
        )
    return {path: tuple(found) for path, found in tree.items()}


def exists(name: str) -> bool:
    """Whether R4 has a type of this name."""
    return name in _blocks()


def is_primitive(name: str) -> bool:
    """Whether this is a primitive type (``dateTime``, ``code`` …)."""
    return _head(name)[1] == "primitive"


def is_resource(name: str) -> bool:
    """Whether this is a resource type."""
    return _head(name)[1] == "resource"


@cache
def resource_types() -> tuple[str, ...]:
    """All concrete resource types, sorted."""
    abstract = {"Resource", "DomainResource"}
    return tuple(sorted(name for name in _blocks() if is_resource(name) and name not in abstract))


def pattern(primitive: str) -> str | None:
    """The regular expression that R4 gives for a primitive type's text; None without one."""
    head = _head(primitive)
    return head[3] if head[1] == "primitive" and len(head) > 3 else None


def elements(type_path: str) -> tuple[Element, ...]:
    """The elements of a type path in the model's order; empty for a primitive or unknown one."""
    root = type_path.split(".", 1)[0]
    return () if is_primitive(root) else _tree(root).get(type_path, ())


@cache
def _members(type_path: str) -> Mapping[str, Member]:
    root = type_path.split(".", 1)[0]
    found: dict[str, Member] = {}
    for element in elements(type_path):
        if element.content is not None:
            names: tuple[ElementType, ...] = (ElementType("BackboneElement"),)
        else:
            names = element.types
        for json_name, kind in zip(element.json_names(), names, strict=True):
            inline = element.path in _tree(root)
            path = element.content or (element.path if inline else kind.name)
            found[json_name] = Member(json_name, element, kind, path)
    return found


def member(type_path: str, json_name: str) -> Member | None:
    """The member that JSON calls this (``valueQuantity``), or None."""
    return _members(type_path).get(json_name)


def member_names(type_path: str) -> tuple[str, ...]:
    """All JSON member names of a type path, in order."""
    return tuple(_members(type_path))


@cache
def _codes() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    text = files(__package__).joinpath("codes.txt").read_text(encoding="utf-8")
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(" "):
            system, *codes = line.split()
            found[name][system] = tuple(codes)
        else:
            name = line
            found[name] = {}
    return found


def binding_codes(binding: str | None) -> Mapping[str, tuple[str, ...]]:
    """The codes of a required binding by code system; empty where the list is open."""
    return _codes().get(binding or "", {})
