"""Reads the small tables that the mapping writes beside the fates: notes and misses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the mapping noticed, and in how many rows (MAP020 to MAP024)."""

    code: str
    table: str
    column: str
    rule: str
    rows: int


@dataclass(frozen=True, slots=True)
class MissedCode:
    """A local code that a crosswalk lacks. ``source`` is a value of the export: keep it in."""

    crosswalk: str
    source: str
    table: str
    column: str
    outcome: str
    rows: int


def notes(folder: Path) -> tuple[Note, ...]:
    """notes.parquet, equal lines added up; () when it is not there."""
    found = _added_up(folder / "notes.parquet", ("code", "tbl", "column", "rule"))
    return tuple(Note(code, table, column, rule, n) for (code, table, column, rule), n in found)


def misses(folder: Path) -> tuple[MissedCode, ...]:
    """misses.parquet, equal lines added up, most rows first; () when it is not there."""
    names = ("crosswalk", "source", "tbl", "column", "outcome")
    found = _added_up(folder / "misses.parquet", names)
    return tuple(
        MissedCode(crosswalk, source, table, column, outcome, rows)
        for (crosswalk, source, table, column, outcome), rows in sorted(
            found, key=lambda item: -item[1]
        )
    )


def _added_up(path: Path, names: tuple[str, ...]) -> list[tuple[tuple[str, ...], int]]:
    if not path.is_file():
        return []
    counts: Counter[tuple[str, ...]] = Counter()
    for line in pq.read_table(path).to_pylist():
        counts[tuple(line[name] or "" for name in names)] += line["rows"]
    return sorted(counts.items())
