"""Rows of several files by patient, in bounded memory: sorted on the disk, merged as streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.layouts.ast import LayoutFile
from migrate.engine.connection import connect

Row = Mapping[str, str | None]
_ROWS = 2048
_SORT_MEMORY = "256MB"
_SORTED = "sorted.parquet"


@dataclass(frozen=True, slots=True)
class Chart:
    """A patient's row, and the rows of each file that are about them, in the file's order."""

    patient: Row
    rows: Mapping[str, Sequence[Row]]


def keep_rows(path: Path, tables: Iterator[pa.Table], file: LayoutFile) -> int:
    """Write rows (``_id``, ``_at`` and the columns) to be sorted later; how many."""
    names = ["_id", "_at", *(column.name for column in file.columns)]
    schema = pa.schema([(name, pa.string()) for name in names])
    done = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table.select(names).cast(schema))
            done += table.num_rows
    return done


def charts(
    patients: LayoutFile, files: Sequence[LayoutFile], kept: Path, scratch: Path
) -> Iterator[Chart]:
    """Each patient with their rows, by patient id. ``kept`` has ``<file>.parquet`` of each."""
    assert patients.patient is not None
    # One sort after the other: a database for each file at once would take that memory for each.
    for file in (patients, *files):
        _sort(file, kept, scratch)
    streams = {file.name: _by_patient(file, kept) for file in files}
    heads: dict[str, tuple[str, list[Row]] | None] = {
        name: next(stream, None) for name, stream in streams.items()
    }
    for identity, rows in _by_patient(patients, kept):
        mine: dict[str, Sequence[Row]] = {}
        for name, stream in streams.items():
            head = heads[name]
            while head is not None and head[0] < identity:
                head = next(stream, None)
            if head is not None and head[0] == identity:
                mine[name] = head[1]
                head = next(stream, None)
            heads[name] = head
        yield Chart(rows[0], mine)


def _sort(file: LayoutFile, kept: Path, scratch: Path) -> None:
    """``<file>.sorted.parquet`` beside a file's rows: by patient, those of one in their order."""
    connection = connect(memory=_SORT_MEMORY, spill=scratch)
    source, out = (literal(str(kept / f"{file.name}.{end}")) for end in ("parquet", _SORTED))
    by = quoted(file.patient or "")
    try:
        connection.execute(
            "COPY (SELECT * EXCLUDE (file_row_number) FROM read_parquet("
            f"{source}, file_row_number = true) WHERE {by} IS NOT NULL "
            f"ORDER BY {by}, file_row_number) TO {out} "
            f"(FORMAT parquet, ROW_GROUP_SIZE {_ROWS}, COMPRESSION zstd)"
        )
    finally:
        connection.close()


def _by_patient(file: LayoutFile, kept: Path) -> Iterator[tuple[str, list[Row]]]:
    table = pq.ParquetFile(kept / f"{file.name}.{_SORTED}")
    rows = (row for batch in table.iter_batches(_ROWS) for row in batch.to_pylist())
    for identity, group in groupby(rows, key=lambda row: row[file.patient]):
        yield str(identity), list(group)
