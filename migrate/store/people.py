"""The index of an archive: charts in the order of names, kept on the disk while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from migrate.core.compile.sqltext import literal

Person = tuple[str, str, str, int]
_HELD = 2000


class People:
    """Charts as they are written: (label, the patient's key, the chart's path, rows)."""

    def __init__(self, scratch: Path) -> None:
        self._db = duckdb.connect(str(scratch / "people.db"), config={"memory_limit": "256MB"})
        self._db.execute(f"set temp_directory = {literal(str(scratch))}")
        self._db.execute("create table p (label varchar, key varchar, path varchar, many bigint)")
        self._held: list[Person] = []

    def add(self, label: str, key: str, path: str, many: int) -> None:
        """Take one chart."""
        self._held.append((label, key, path, many))
        if len(self._held) >= _HELD:
            self._flush()

    def by_label(self, size: int) -> Iterator[list[Person]]:
        """All charts by label, letters' case let go, so many at a time."""
        self._flush()
        found = self._db.execute("select * from p order by lower(label), label, key")
        while lines := found.fetchmany(size):
            yield lines

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _flush(self) -> None:
        if self._held:
            columns = zip(*self._held, strict=True)
            marks = ", ".join("unnest(?)" for _ in range(4))
            self._db.execute(f"insert into p select {marks}", [list(c) for c in columns])
            self._held = []
