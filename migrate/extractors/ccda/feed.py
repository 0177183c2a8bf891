"""Rows of all tables on their way out: numbered, counted, handed on in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from migrate.core.model import SourceColumn, SourceFile, SourceTable
from migrate.core.ports import RowReject, Rows, TableDone
from migrate.extractors.ccda.layout import COLUMNS
from migrate.extractors.ccda.values import Cells

_BATCH_ROWS = 4096
_BATCH_BYTES = 16 << 20


@dataclass(slots=True)
class TableFeed:
    """The rows of one table that are not handed on yet, and what is known of all of them."""

    name: str
    rows: int = 0
    rejected: int = 0
    held: list[tuple[int, str, str, Cells]] = field(default_factory=list)
    held_bytes: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    files: dict[str, SourceFile] = field(default_factory=dict)

    def add(self, cells: Cells, file: SourceFile, at: str) -> Iterator[Rows]:
        """Takes a row; yields a batch when enough are held."""
        self.rows += 1
        self.files.setdefault(file.path, file)
        self.held.append((self.rows + self.rejected, file.path, at, cells))
        self.held_bytes += sum(map(len, filter(None, cells.values())))
        if len(self.held) >= _BATCH_ROWS or self.held_bytes > _BATCH_BYTES:
            yield from self.flush()

    def reject(self, file: SourceFile, at: str, code: str, raw: bytes) -> RowReject:
        """A record of this table that could not be read."""
        self.rejected += 1
        self.files.setdefault(file.path, file)
        return RowReject(self.name, self.rows + self.rejected, file.path, at, code, raw)

    def flush(self) -> Iterator[Rows]:
        """Yields what is held."""
        if not self.held:
            return
        names = COLUMNS[self.name]
        said = set().union(*(row[3] for row in self.held))
        empty = pa.nulls(len(self.held), pa.string())
        columns = [self._column(name) if name in said else empty for name in names]
        columns += [
            pa.array([row[0] for row in self.held], pa.int64()),
            pa.array([row[1] for row in self.held], pa.string()),
            pa.array([row[2] for row in self.held], pa.string()),
        ]
        self.held, self.held_bytes = [], 0
        yield Rows(
            self.name,
            pa.RecordBatch.from_arrays(columns, names=[*names, "_row", "_file", "_at"]),
        )

    def _column(self, name: str) -> pa.Array:
        column = pa.array([row[3].get(name) for row in self.held], pa.string())
        trimmed = pc.utf8_trim(column, characters=" \t\r\n")
        filled = pc.sum(pc.not_equal(trimmed, "")).as_py() or 0
        self.filled[name] = self.filled.get(name, 0) + filled
        return column

    def done(self) -> TableDone:
        """The finished table."""
        columns = tuple(
            SourceColumn(name, name, None, self.filled.get(name, 0)) for name in COLUMNS[self.name]
        )
        files = tuple(self.files[path] for path in sorted(self.files))
        return TableDone(
            SourceTable(self.name, self.name, columns, files, self.rows, self.rejected)
        )
