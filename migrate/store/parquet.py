"""Parquet files written bit by bit: bounded memory, even row groups, the same bytes each time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP_ROWS = 122_880
ROW_GROUP_BYTES = 32 << 20


class ParquetFile:
    """One Parquet file (zstd); batches are gathered into row groups. ``rows`` counts them."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema
        self.rows = 0
        self.held_bytes = 0
        self._held: list[Any] = []
        self._held_rows = 0
        self._writer = pq.ParquetWriter(
            path, schema, compression="zstd", compression_level=1, store_schema=False
        )

    def add(self, batch: pa.RecordBatch) -> None:
        """Take a batch; a full row group is written at once."""
        self._held.append(batch)
        self._held_rows += batch.num_rows
        self.held_bytes += batch.nbytes
        self.rows += batch.num_rows
        while self._held_rows >= ROW_GROUP_ROWS:
            self._write(ROW_GROUP_ROWS)
        if self.held_bytes >= ROW_GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is held as a row group."""
        if self._held_rows:
            self._write(self._held_rows)

    def close(self) -> None:
        """Write the rest and the footer, and make the file last."""
        self.flush()
        self._writer.close()
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _write(self, rows: int) -> None:
        table = pa.Table.from_batches(self._held, self.schema)
        self._writer.write_table(table.slice(0, rows), row_group_size=rows)
        rest = table.slice(rows)
        self._held = rest.to_batches()
        self._held_rows = rest.num_rows
        self.held_bytes = rest.nbytes if rest.num_rows else 0
