"""What is found: a family and the element, never a value."""

from __future__ import annotations

from typing import NamedTuple

FAMILIES = (
    "json",
    "empty",
    "element",
    "value",
    "binding",
    "reference",
    "target",
    "invariant",
    "profile",
    "extension",
    "code",
    "display",
    "unit",
)


class Problem(NamedTuple):
    """``family`` is one of ``FAMILIES``, ``rule`` the invariant or profile, where it has one."""

    family: str
    element: str
    rule: str = ""


Found = tuple[Problem, ...]
