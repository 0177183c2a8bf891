"""The tables of ``data``, read when first asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from migrate.core import fhirtypes

Json = dict[str, Any]
_VALUE_SET = "http://hl7.org/fhir/ValueSet/"
_SD = "http://hl7.org/fhir/StructureDefinition/"


def _text(name: str) -> str:
    return files(__package__).joinpath("data", name).read_text(encoding="utf-8")


@cache
def _invariants() -> Mapping[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in _text("invariants.txt").splitlines():
        path, key, expression = line.split("\t")
        found.setdefault(path, []).append((key, expression))
    return {path: tuple(rules) for path, rules in found.items()}


def invariants(path: str) -> tuple[tuple[str, str], ...]:
    """R4's invariants (key, expression) at a type (``Period``) or an element of one."""
    return _invariants().get(path, ())


@cache
def _profile_lines() -> Mapping[str, str]:
    lines = _text("profiles.jsonl").splitlines()
    return {line.rsplit('"url":"', 1)[1].rstrip('"}'): line for line in lines}


@cache
def profile(url: str) -> Json | None:
    """What is narrower in a profile or extension than in R4, by element; None if unknown."""
    line = _profile_lines().get(url)
    return None if line is None else json.loads(line)


def known_definition(url: str) -> bool:
    """Whether a profile or type is known by this URL."""
    return url in _profile_lines() or fhirtypes.exists(url.removeprefix(_SD))


@cache
def _value_sets() -> Mapping[str, Mapping[str, frozenset[str]]]:
    found: dict[str, dict[str, frozenset[str]]] = {}
    name = ""
    for line in _text("valuesets.txt").splitlines():
        if line.startswith(" "):
            system, *codes = line.split()
            found[name][system] = frozenset(codes)
        else:
            name = line
            found[name] = {}
    return found


@cache
def value_set(name: str) -> Mapping[str, frozenset[str]]:
    """Codes by system of a required binding; empty where the list is open."""
    listed = _value_sets().get(name)
    if listed is not None:
        return listed
    short = name.removeprefix(_VALUE_SET)
    return {system: frozenset(codes) for system, codes in fhirtypes.binding_codes(short).items()}


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system whose content is free: displays by code, and whether case counts."""

    displays: Mapping[str, tuple[str, ...]]
    case: bool

    def holds(self, code: str) -> bool:
        """Whether the code is one of its."""
        return code in self.displays or (not self.case and code.lower() in self.displays)

    def shown(self, code: str) -> tuple[str, ...]:
        """How the code may be displayed; empty where anything goes."""
        return self.displays.get(code, ())


@cache
def _system_lines() -> Mapping[str, str]:
    blocks = ("\n" + _text("codesystems.txt")).split("\n")
    found: dict[str, list[str]] = {}
    name = ""
    for line in blocks:
        if line.startswith(" "):
            found[name].append(line[1:])
        elif line:
            name = line
            found[name] = []
    return {
        head.split("\t")[0]: head[-2:] + "\n" + "\n".join(codes) for head, codes in found.items()
    }


@cache
def code_system(url: str) -> CodeSystem | None:
    """A code system by URL; None where its content is not known here."""
    block = _system_lines().get(url)
    if block is None:
        return None
    head, *lines = block.split("\n")
    case = head != "\ti"
    shown = [line.split("\t") for line in lines]
    codes = {(code if case else code.lower()): tuple(rest) for code, *rest in shown}
    if not case:
        codes |= {code: tuple(rest) for code, *rest in shown}
    return CodeSystem(codes, case)


@cache
def _icd10cm() -> frozenset[str]:
    found: set[str] = set()
    for line in _text("icd10cm.txt").splitlines():
        head, ends = line.split("\t")
        found |= {head if end == "-" else head + end for end in ends.split(" ")}
    return frozenset(found)


@cache
def _icd10cm_headings() -> frozenset[str]:
    return frozenset(
        code[:length].rstrip(".") for code in _icd10cm() for length in range(3, len(code))
    )


def is_icd10cm(code: str) -> bool:
    """Whether this is a complete code of ICD-10-CM, with its dot (``E11.9``)."""
    return code in _icd10cm()


def is_icd10cm_heading(code: str) -> bool:
    """Whether complete codes of ICD-10-CM stand below this one (``E11``, ``E11.6``)."""
    return code in _icd10cm_headings()
