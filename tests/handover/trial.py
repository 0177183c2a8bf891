"""One damaged export, read back: was exactly what was damaged found?"""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from tests.handover.faults import FAULTS, Tables
from tests.handover.packages import Package, read_back, read_rows, write_rows


def tables_of(package: Package) -> Tables:
    """The package's CSV files as rows by column."""
    found = {}
    for file in package.layout.files:
        header, rows = read_rows(package.folder / f"{file.name}.csv")
        found[file.name] = [dict(zip(header, row, strict=True)) for row in rows]
    return found


def trial(package: Package, tables: Tables, kind: str, seed: int) -> tuple[int, int, int]:
    """(damaged, found of them, found beside them) of one kind of fault."""
    damage = FAULTS[kind](tables, random.Random(f"{kind} {seed}"))
    folder = Path(tempfile.mkdtemp(prefix="fault-"))
    try:
        export = folder / "export"
        export.mkdir()
        header = list(tables[damage.file][0])
        rows = [[row[name] for name in header] for row in damage.rows]
        write_rows(export / f"{damage.file}.csv", header, rows)
        file = next(one for one in package.layout.files if one.name == damage.file)
        _, out = read_back(package, [file], export, folder)
        found = pq.read_table(out).to_pylist()
    finally:
        shutil.rmtree(folder)
    ours = {line["our_row"] - 2 for line in found if line["outcome"] in ("changed", "missing")}
    more = sum(1 for line in found if line["outcome"] in ("doubled", "extra"))
    seen = len(ours & damage.ours) + min(more, damage.more)
    return (
        len(damage.ours) + damage.more,
        seen,
        len(ours - damage.ours) + max(0, more - damage.more),
    )
