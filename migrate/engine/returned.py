"""Compares what was handed over with what the new EHR's export gives back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.layouts.ast import LayoutFile
from migrate.core.layouts.comparing import comparison, handed_select, returned
from migrate.engine.connection import connect

if TYPE_CHECKING:
    import duckdb

COMPARED = pa.schema(
    [
        ("file", pa.string()),
        ("outcome", pa.string()),
        ("columns", pa.string()),
        ("id", pa.string()),
        ("our_file", pa.string()),
        ("our_row", pa.int64()),
        ("their_file", pa.string()),
        ("their_at", pa.string()),
        ("their_row", pa.int64()),
    ]
)
_NAMES = ", ".join(quoted(name) for name in COMPARED.names[1:])


@dataclass(slots=True)
class Compared:
    """One file: rows handed over, rows that arrived as they were, and the others by outcome.

    ``changed`` counts columns; ``absent`` are columns that the export does not have. Rows handed
    over = arrived + changed rows + missing rows.
    """

    file: str
    handed: int
    arrived: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    absent: tuple[str, ...] = ()
    there: bool = True


def compare(
    files: Sequence[LayoutFile],
    handed: Path,
    staged: Mapping[str, Path],
    out: Path,
    scratch: Path,
) -> list[Compared]:
    """Compare file by file; every difference is a line of ``out`` (COMPARED), by its addresses.

    ``handed`` has ``<file>.parquet`` of the package; ``staged`` are the tables of the export.
    """
    connection = connect(threads=2, spill=scratch)
    connection.execute("CREATE SCHEMA back")
    tables: dict[str, tuple[str, ...]] = {}
    try:
        for name, path in staged.items():
            source = f"SELECT * FROM read_parquet({literal(str(path))})"
            connection.execute(f"CREATE VIEW back.{quoted(name)} AS {source}")
            tables[name] = tuple(pq.read_schema(path).names)
        with pq.ParquetWriter(out, COMPARED, compression="zstd") as writer:
            return [_compare(connection, file, handed, tables, writer) for file in files]
    finally:
        connection.close()


def _compare(
    connection: duckdb.DuckDBPyConnection,
    file: LayoutFile,
    handed: Path,
    tables: dict[str, tuple[str, ...]],
    writer: pq.ParquetWriter,
) -> Compared:
    path = handed / f"{file.name}.parquet"
    result = Compared(file.name, pq.read_metadata(path).num_rows)
    back = returned(file, tables)
    result.absent = back.absent
    if back.select is None:
        result.there = False
        return result
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ours AS {handed_select(back.columns, str(path))}"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE theirs AS {back.select}")
    for statement in comparison(file, back.columns):
        connection.execute(statement)
    found = connection.sql(
        f"SELECT {literal(file.name)} AS file, {_NAMES} FROM outcome "
        "ORDER BY outcome, our_file, our_row, their_file, their_row"
    ).to_arrow_table()
    writer.write_table(found.cast(COMPARED))
    for outcome, columns in zip(
        found.column("outcome").to_pylist(), found.column("columns").to_pylist(), strict=True
    ):
        result.outcomes[outcome] += 1
        result.changed.update(name for name in columns.split(", ") if name)
    result.arrived = result.handed - result.outcomes["changed"] - result.outcomes["missing"]
    return result
