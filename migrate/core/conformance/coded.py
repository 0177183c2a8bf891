"""Codes: in their system where its content is free, with one of its displays; units by UCUM."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from migrate.core.conformance.found import Found, Problem
from migrate.core.conformance.tables import code_system, value_set
from migrate.core.conformance.ucum import is_ucum
from migrate.core.fhirpath.node import Node, Scalar

Read = Callable[[Node], Scalar]
UCUM = "http://unitsofmeasure.org"
_HL7 = "http://terminology.hl7.org/CodeSystem/"


def text(read: Read, node: Node, name: str) -> str | None:
    """The text of a member; None where it has none."""
    held = node.named(name)
    return str(read(held[0])) if held and held[0].leaf is not None else None


def coding_problems(read: Read, node: Node, binding: str | None) -> Found:
    """What is wrong with a coding on its own."""
    system, code = text(read, node, "system"), text(read, node, "code")
    found: list[Problem] = []
    if binding and not in_list(system, code, value_set(binding)):
        found.append(Problem("binding", node.path))
    if system is None:
        return tuple(found)
    known = code_system(system)
    if known is None:
        if system.startswith(_HL7):
            found.append(Problem("code", node.path + ".system"))
        elif system == UCUM and code is not None and not is_ucum(code):
            found.append(Problem("unit", node.path + ".code"))
    elif code is not None and not known.holds(code):
        found.append(Problem("code", node.path + ".code"))
    elif code is not None:
        shown, display = known.shown(code), text(read, node, "display")
        if shown and display is not None and not _alike(display, shown):
            found.append(Problem("display", node.path + ".display"))
    return tuple(found)


def _alike(display: str, shown: tuple[str, ...]) -> bool:
    return _plain(display) in {_plain(known) for known in shown}


def _plain(display: str) -> str:
    return re.sub(r"\s+", " ", display).strip().lower()


def in_list(system: str | None, code: str | None, listed: Mapping[str, frozenset[str]]) -> bool:
    """Whether a code is in a closed list; always where the list is open."""
    codes = listed.get(system or "", frozenset())
    return not listed or (code is not None and (code in codes or "*" in codes))


def concept_problems(read: Read, node: Node, binding: str | None) -> Found:
    """A concept that a closed list binds has a coding of it."""
    listed = value_set(binding or "")
    if not listed:
        return ()
    codings = node.named("coding")
    if any(in_list(text(read, c, "system"), text(read, c, "code"), listed) for c in codings):
        return ()
    return (Problem("binding", node.path),)


def unit_problems(read: Read, node: Node) -> Found:
    """A quantity's code is one of UCUM, where it says so."""
    system, code = text(read, node, "system"), text(read, node, "code")
    if system != UCUM or code is None or is_ucum(code):
        return ()
    return (Problem("unit", node.path + ".code"),)
