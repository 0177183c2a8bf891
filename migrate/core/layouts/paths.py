"""Paths into resources, in the manner of SQL-on-FHIR views, checked against the R4 model.

``name.where(use = 'official').given``, ``identifier.where(type.coding.code = 'MR').value``,
``name[0].family``, ``extension('URL').valueCode``, ``%resource.id``. Members have their JSON
names (``valueQuantity``). A test is ``path = 'x'``, ``path != 'x'``, ``path in ('x', 'y')``,
``path not in ('x')``, ``path.exists()`` or ``path.empty()``; several are joined by ``and``.
"""

from __future__ import annotations

import re

from migrate.core import fhirtypes
from migrate.core.layouts.ast import Path, Step, Test
from migrate.core.profiles.problems import choice

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INDEX = re.compile(r"\[(\d+)\]")
_QUOTED = r"'([^']*)'"
_COMPARE = re.compile(rf"([A-Za-z_][\w.]*)\s*(=|!=)\s*{_QUOTED}")
_AMONG = re.compile(
    rf"([A-Za-z_][\w.]*)\s+(not\s+)?in\s*\(\s*({_QUOTED}(?:\s*,\s*{_QUOTED})*)\s*\)"
)
_THERE = re.compile(r"([A-Za-z_][\w.]*)\.(exists|empty)\(\)")
_AND = re.compile(r"\s+and\s+")
ROOT = "%resource."


class BadPath(Exception):
    """A path that R4 or the grammar does not know: what is wrong, and what to write."""

    def __init__(self, message: str, write: str) -> None:
        super().__init__(message)
        self.message = message
        self.write = write


def parse_path(text: str, resource_type: str, element: Path | None = None) -> Path:
    """The path of a text. ``element`` is what the file's ``each`` gives. Raises BadPath."""
    root = element is None or text.startswith(ROOT)
    rest = text.removeprefix(ROOT)
    start = resource_type if element is None or root else element.type
    steps: list[Step] = []
    at, here = 0, start
    while at < len(rest):
        at, step, here = _step(rest, at, here)
        steps.append(step)
        if at < len(rest) and rest[at] == ".":
            at += 1
            if at == len(rest):
                raise BadPath(f"'{text}' ends in a dot", "a member after it")
        elif at < len(rest) and rest[at] != "[":
            raise BadPath(f"'{text}' is not readable from '{rest[at:]}'", "'a.b', 'a[0]'")
    if not steps:
        raise BadPath("the path is empty", "a path like 'code.text'")
    return Path(tuple(steps), root, here, text)


def parse_tests(text: str, type_path: str) -> tuple[Test, ...]:
    """The tests of a condition on a type. Raises BadPath."""
    return tuple(_test(part.strip(), type_path) for part in _AND.split(text.strip()))


def _step(text: str, at: int, here: str) -> tuple[int, Step, str]:
    if index := _INDEX.match(text, at):
        return index.end(), Step(index=int(index[1])), here
    name = _NAME.match(text, at)
    if name is None:
        raise BadPath(f"'{text[at:]}' is no step of a path", "a member, where(…) or [0]")
    if text[name.end() : name.end() + 1] != "(":
        step, here = _member(name[0], here)
        return name.end(), step, here
    end = _closing(text, name.end())
    inside = text[name.end() + 1 : end]
    if name[0] == "where":
        return end + 1, Step(tests=parse_tests(inside, here)), here
    if name[0] == "first" and not inside:
        return end + 1, Step(index=0), here
    raise BadPath(f"'{name[0]}(…)' is no step", "where(…), first() or [0]")


def _closing(text: str, at: int) -> int:
    depth, quoted = 0, False
    for place in range(at, len(text)):
        letter = text[place]
        quoted ^= letter == "'"
        if not quoted:
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                return place
    raise BadPath("a bracket is not closed", "')'")


def _member(name: str, here: str) -> tuple[Step, str]:
    found = fhirtypes.member(here, name)
    if found is None:
        known = fhirtypes.member_names(here)
        raise BadPath(f"{here} has no element '{name}'", choice(name, known))
    return Step(name, found.repeats), found.type_path


def _test(text: str, type_path: str) -> Test:
    if there := _THERE.fullmatch(text):
        return Test(_members(there[1], type_path), (), there[2] == "exists")
    if among := _AMONG.fullmatch(text):
        values = tuple(re.findall(_QUOTED, among[3]))
        return Test(_members(among[1], type_path), values, among[2] is None)
    if compare := _COMPARE.fullmatch(text):
        return Test(_members(compare[1], type_path), (compare[3],), compare[2] == "=")
    raise BadPath(
        f"'{text}' is no test", "path = 'x', path != 'x', path in ('x', 'y') or path.exists()"
    )


def _members(text: str, type_path: str) -> tuple[tuple[str, bool], ...]:
    found = []
    for name in text.split("."):
        step, type_path = _member(name, type_path)
        found.append((step.name, step.repeats))
    return tuple(found)
