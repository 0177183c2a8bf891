"""What an EHR is asked to hold, so that what an export lacks can be named.

``uscdi.txt``: the data classes and elements of USCDI v3. ``must_support.txt``: the must-support
elements of the US Core 6.1.0 profiles (made by ``tools/gap_elements.py``). Each element has the
SQL that counts the resources in which it stands; nothing is left unmentioned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from migrate.core.compile.sqltext import literal

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class Element:
    """One thing to look for: ``group`` is a USCDI class or a US Core profile.

    ``test`` is SQL over ``resource``; ``among`` says which resources are asked at all ('true':
    all of the type).
    """

    group: str
    name: str
    type: str
    test: str
    among: str


@dataclass(frozen=True, slots=True)
class Held:
    """How many resources hold an element, of how many that could; 0 is absent in the export."""

    group: str
    name: str
    types: tuple[str, ...]
    present: int
    of: int

    def document(self) -> dict[str, object]:
        """The form of ``gaps.json``."""
        return {
            "group": self.group,
            "element": self.name,
            "types": list(self.types),
            "present": self.present,
            "of": self.of,
            "state": "present" if self.present else "absent in the export",
        }


@cache
def uscdi() -> tuple[Element, ...]:
    """The elements of USCDI v3; several entries of one name are one element."""
    found = []
    for cells in _lines("uscdi.txt"):
        group, name, kind, paths = cells[:4]
        test = _any(paths)
        if len(cells) > 4:
            path, _, values = cells[4].partition("=")
            wanted = ", ".join(literal(value) for value in values.split())
            test += f" AND list_has_any({_texts(path)}, [{wanted}])"
        found.append(Element(group, name, kind, test, "true"))
    return tuple(found)


@cache
def must_support() -> tuple[Element, ...]:
    """The must-support elements of the US Core profiles, asked of what claims the profile."""
    found = []
    for profile, kind, name, paths, url in _lines("must_support.txt"):
        test = _any(paths)
        if url:
            test = f"list_contains({_texts('$.extension[*].url')}, {literal(url)})"
        claims = f"list_contains({_texts('$.meta.profile[*]')}, {literal(US_CORE + profile)})"
        found.append(Element(profile, name, kind, test, claims))
    return tuple(found)


def _lines(name: str) -> Iterator[list[str]]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    return (
        line.split("\t") for line in text.splitlines() if line.strip() and not line.startswith("#")
    )


def _any(paths: str) -> str:
    """SQL: something stands at one of these JSON paths."""
    tests = [
        f"len({_texts(path)}) > 0"
        if "[*]" in path
        else f"json_extract(resource, {literal(path)}) IS NOT NULL"
        for path in paths.split("|")
    ]
    return f"({' OR '.join(tests)})"


def _texts(path: str) -> str:
    return f"coalesce(json_extract_string(resource, {literal(path)}), [])"
