"""A run's chart review on disk: the drawn sheet, its charts, and the verdicts.

``review/sheet.json`` says how the sheet was drawn; ``review/charts.db`` (SQLite) holds every
drawn chart as it is shown, so that a chart opens at once however large the run is;
``review/verdicts.jsonl`` is only ever added to, a line a verdict, on the disk before it counts.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from migrate.store.files import full_disk_in_words, write_json

FOLDER = "review"
SHEET_FILE = "sheet.json"
CHARTS_FILE = "charts.db"
VERDICTS_FILE = "verdicts.jsonl"
WORKLIST_FILE = "worklist.csv"
_TABLES = """
CREATE TABLE charts (number INTEGER PRIMARY KEY, part TEXT, patient TEXT, body BLOB);
CREATE TABLE items (chart INTEGER, place INTEGER, item TEXT, planted INTEGER,
                    PRIMARY KEY (chart, place)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement. ``verdict`` is right, wrong or unsure; ``planted`` when the line was shown
    wrong on purpose; ``at`` is an instant, ISO 8601. The newest of an item counts."""

    chart: int
    item: str
    verdict: str
    note: str
    by: str
    at: str
    planted: bool = False


@dataclass(frozen=True, slots=True)
class SheetItem:
    """An item of the sheet without what it shows."""

    chart: int
    item: str
    planted: bool


class ReviewFolder:
    """The files of one run's review."""

    def __init__(self, run_folder: Path) -> None:
        self.folder = run_folder / FOLDER

    def sheet(self) -> dict[str, Any] | None:
        """How the sheet was drawn; None when there is none."""
        path = self.folder / SHEET_FILE
        if not path.is_file():
            return None
        document = orjson.loads(path.read_bytes())
        assert isinstance(document, dict)
        return document

    def chart(self, number: int) -> dict[str, Any] | None:
        """A chart as it is shown; None when the sheet has no such number (1..)."""
        with closing(self._charts()) as db:
            found = db.execute("SELECT body FROM charts WHERE number = ?", [number]).fetchone()
        if found is None:
            return None
        body = orjson.loads(zlib.decompress(found[0]))
        assert isinstance(body, dict)
        return body

    def parts(self) -> dict[int, str]:
        """Chart number → random or risk, in the working order."""
        with closing(self._charts()) as db:
            return dict(db.execute("SELECT number, part FROM charts ORDER BY number").fetchall())

    def items(self) -> list[SheetItem]:
        """All items in the order of the sheet."""
        with closing(self._charts()) as db:
            rows = db.execute("SELECT chart, item, planted FROM items ORDER BY chart, place")
            return [SheetItem(chart, item, bool(planted)) for chart, item, planted in rows]

    def verdicts(self) -> Iterator[Verdict]:
        """All verdicts in the order they were given; a last line that a kill cut is none."""
        path = self.folder / VERDICTS_FILE
        if not path.is_file():
            return
        for line in path.read_bytes().split(b"\n")[:-1]:
            yield Verdict(**orjson.loads(line))

    def add(self, verdict: Verdict) -> None:
        """Write a verdict. The disk has it on return. Raises NeedsPerson on a full disk."""
        path = self.folder / VERDICTS_FILE
        with full_disk_in_words(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                end = _end_of_lines(handle)
                os.ftruncate(handle, end)
                os.pwrite(handle, orjson.dumps(asdict(verdict)) + b"\n", end)
                os.fsync(handle)
            finally:
                os.close(handle)

    def _charts(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.folder / CHARTS_FILE}?mode=ro", uri=True)


def write_sheet(
    folder: Path, sheet: Mapping[str, object], charts: Iterable[Mapping[str, Any]]
) -> None:
    """Fill a fresh review folder. A chart has ``number``, ``part``, ``patient`` and ``items``,
    each with ``id`` and ``planted`` (None for most)."""
    with closing(sqlite3.connect(folder / CHARTS_FILE)) as db:
        db.executescript(_TABLES)
        for chart in charts:
            body = zlib.compress(orjson.dumps(chart))
            values = (chart["number"], chart["part"], chart["patient"], body)
            db.execute("INSERT INTO charts VALUES (?, ?, ?, ?)", values)
            db.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?)",
                (
                    (chart["number"], place, item["id"], item["planted"] is not None)
                    for place, item in enumerate(chart["items"])
                ),
            )
        db.commit()
    write_json(folder / SHEET_FILE, sheet)


def _end_of_lines(handle: int) -> int:
    """The offset behind the last whole line."""
    start = os.fstat(handle).st_size
    while start > 0:
        step = min(start, 1 << 16)
        start -= step
        found = os.pread(handle, step, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
    return 0
