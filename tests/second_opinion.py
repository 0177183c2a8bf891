"""Engine and interpreter over tables written in a test."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.model import SourceColumn, SourceTable
from migrate.core.profiles.ast import Profile
from migrate.engine.run import run_mapping
from migrate.testing.compare import Difference, differences
from migrate.testing.interpreter import Interpretation, interpret
from tests.profile_texts import load, mistakes

ID_KEY = bytes(range(32))
CONTEXT = {
    "exported": "2026-01-01T00:00:00Z",
    "system": "old",
    "name": 'The "Old" Practice',
    "tool": "ehr-migrate 0",
}

#: A header, then the rows; None is NULL.
Cells = Sequence[Sequence[str | None]]


@dataclass(frozen=True)
class Compared:
    """What both made of the same tables."""

    opinion: Interpretation
    differences: list[Difference]

    def shown(self) -> str:
        """Where the two part, for a failing test's message."""
        shown = []
        for found in self.differences[:12]:
            one, other = str(found.engine), str(found.interpreter)
            differ = (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
            part = next(differ, 0)
            cut = slice(max(0, part - 120), part + 160)
            shown.append(f"{found.what}:{found.number}\n  engine      {one[cut]}")
            shown.append(f"  interpreter {other[cut]}")
        return "\n".join(shown)


def compare(
    profile: str, tables: Mapping[str, Cells], crosswalks: Mapping[str, str] | None = None
) -> Compared:
    """Stage tables, map them with both, and compare."""
    catalogue = [
        SourceTable(name, name, tuple(SourceColumn(c or "", c or "") for c in cells[0]), (), 0)
        for name, cells in tables.items()
    ]
    mistaken = mistakes(profile, crosswalks, catalogue)
    assert not mistaken, "\n".join(mistaken)
    loaded = load(profile, crosswalks, catalogue)
    with tempfile.TemporaryDirectory(prefix="second-opinion-") as folder:
        return _compare(loaded, catalogue, tables, Path(folder))


def _compare(
    profile: Profile,
    catalogue: Sequence[SourceTable],
    tables: Mapping[str, Cells],
    folder: Path,
) -> Compared:
    staged = {name: stage(folder, name, cells) for name, cells in tables.items()}
    run_mapping(profile, catalogue, folder, folder / "out", id_key=ID_KEY, context=CONTEXT)
    opinion = interpret(
        profile,
        {name: table.to_pylist() for name, table in staged.items()},
        id_key=ID_KEY,
        context=CONTEXT,
    )
    return Compared(opinion, differences(folder / "out", opinion))


def stage(folder: Path, name: str, cells: Cells) -> pa.Table:
    """Write a staged table and give it back."""
    header, *rows = cells
    columns = {
        str(c): pa.array([row[n] for row in rows], pa.string()) for n, c in enumerate(header)
    }
    columns["_row"] = pa.array(range(1, len(rows) + 1), pa.int64())
    columns["_file"] = pa.array([f"{name}.csv"] * len(rows), pa.string())
    columns["_at"] = pa.array([str(n + 2) for n in range(len(rows))], pa.string())
    table = pa.table(columns)
    pq.write_table(table, folder / f"{name}.parquet")
    return table
