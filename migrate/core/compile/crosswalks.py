"""Crosswalks as rows: for each local code the JSON text of what it becomes."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.core.compile.sqltext import json_string
from migrate.core.profiles.ast import Crosswalk, CrosswalkEntry

COLUMNS = ("source", "code", "coding", "codings", "text")


def crosswalk_rows(crosswalk: Crosswalk) -> tuple[tuple[str | None, ...], ...]:
    """(source, code, coding, codings, text) a local code, JSON text or None; in file order.

    An entry that was looked at and has no counterpart (``unmatched``) has a row of Nones: it is
    known, so it is no miss.
    """
    lines: dict[str, list[CrosswalkEntry]] = {}
    for entry in crosswalk.entries:
        lines.setdefault(entry.source, []).append(entry)
    return tuple((source, *_targets(entries)) for source, entries in lines.items())


def _targets(entries: Sequence[CrosswalkEntry]) -> tuple[str | None, ...]:
    targets = [e for e in entries if e.code and e.equivalence != "unmatched"]
    if not targets:
        return (None, None, None, None)
    first = targets[0]
    codings = [coding_json(e.system, e.code, e.display) for e in targets]
    text = json_string(first.display) if first.display else None
    return (json_string(first.code), codings[0], ",".join(codings), text)


def coding_json(system: str, code: str, display: str) -> str:
    """One Coding object; empty members are left out."""
    members = (("system", system), ("code", code), ("display", display))
    return "{" + ",".join(f'"{n}":{json_string(v)}' for n, v in members if v) + "}"
