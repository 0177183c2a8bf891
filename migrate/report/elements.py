"""The gap report: USCDI v3 by class and US Core's must-support elements by profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Line = Mapping[str, Any]


def elements_document(gaps: Mapping[str, Sequence[Line]]) -> dict[str, Any]:
    """What the report shows of ``gaps.json``: each class or profile with what is there and what
    is absent in the export; nothing is left out. Empty where the run has none yet."""
    return {
        "classes": [_group(name, lines) for name, lines in _grouped(gaps.get("uscdi", ()))],
        "profiles": [_group(name, lines) for name, lines in _grouped(gaps.get("us_core", ()))],
    }


def element_lines(gaps: Mapping[str, Sequence[Line]]) -> list[tuple[object, ...]]:
    """All of it as lines: standard, group, element, present, of, state."""
    return [
        (standard, *(line[name] for name in ("group", "element", "present", "of", "state")))
        for standard in ("uscdi", "us_core")
        for line in gaps.get(standard, ())
    ]


def _grouped(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line["group"], []).append(line)
    return list(groups.items())


def _group(name: str, lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "name": name,
        "elements": len(lines),
        "resources": max(line["of"] for line in lines),
        "present": [
            {"element": line["element"], "count": line["present"]}
            for line in lines
            if line["present"]
        ],
        "absent": [line["element"] for line in lines if not line["present"]],
    }
