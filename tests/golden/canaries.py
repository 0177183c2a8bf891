"""The sample practice with a marked value in every column of every table."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from tests.golden.riverbend import RIVERBEND

MARK = "Qzq"


def plant(folder: Path) -> tuple[Path, list[str]]:
    """A copy of the export in which row n of each table has its column n replaced by a value
    seen nowhere else, and the planted values. Every other cell stays, so that most rows map."""
    export = folder / "export"
    shutil.copytree(RIVERBEND / "export", export)
    planted: list[str] = []
    for path in sorted(export.glob("*.csv")):
        planted += _plant(path, path.stem)
    return export, planted


def _plant(path: Path, table: str) -> list[str]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    rows = list(csv.reader(io.StringIO(text.replace("\0", ""), newline="")))
    width = len(rows[0])
    good = [n for n, row in enumerate(rows) if n and len(row) == width]
    values = []
    for column in range(width):
        value = f"{MARK}{table.replace('_', '')}{column}Z"
        rows[good[(3 * column) % len(good)]][column] = value
        values.append(value)
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(rows)
    return values
