"""The text alone: JSON lines out of ready values, against reading the values and writing bytes."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb

from migrate.core.compile import sqltext
from migrate.core.compile.sqltext import Fragment
from migrate.engine.connection import connect
from migrate.engine.output import BATCH, write_lines_of

_VALUES = """
SELECT '"r' || sha256(id)[:36] || '"' AS id, '"final"' AS status,
  '{"system":"http://loinc.org","code":"1000-0","display":"' || code || '"}' AS coding,
  '"' || description || '"' AS description,
  '"Patient/r' || sha256(patient_id)[:36] || '"' AS patient,
  CASE WHEN _row % 50 > 0 THEN '"Encounter/r' || sha256(visit_id)[:36] || '"' END AS visit,
  '"' || taken || '"' AS taken, value, '"' || unit || '"' AS unit
FROM read_parquet('{observations}')
"""
_NAMES = ("id", "status", "coding", "description", "patient", "visit", "taken", "value", "unit")


def _member(name: str, column: str) -> Fragment:
    return sqltext.member(name, sqltext.value(column))


def _line() -> str:
    """SQL of the whole line, put together as the compiler does it."""
    coding = sqltext.list_of([sqltext.value("coding")])
    code = sqltext.object_of([sqltext.member("coding", coding), _member("text", "description")])
    quantity = sqltext.object_of(
        [
            _member("value", "value"),
            _member("unit", "unit"),
            sqltext.constant('"system":"http://unitsofmeasure.org"'),
            _member("code", "unit"),
        ]
    )
    members = [
        sqltext.constant('"resourceType":"Observation"'),
        _member("id", "id"),
        sqltext.constant('"meta":{"source":"urn:ehr-migrate:bench:observations"}'),
        _member("status", "status"),
        sqltext.constant('"category":[{"coding":[{"code":"laboratory"}]}]'),
        sqltext.member("code", code),
        sqltext.member("subject", sqltext.object_of([_member("reference", "patient")])),
        sqltext.member("encounter", sqltext.object_of([_member("reference", "visit")])),
        _member("effectiveDateTime", "taken"),
        sqltext.member("valueQuantity", quantity),
    ]
    return sqltext.line_of(members).expr


def ratio(folder: Path, workers: int) -> float:
    """Seconds for making and writing the lines, divided by the floor's seconds."""
    values = folder / "values.parquet"
    connection = connect(threads=workers)
    if not values.exists():
        source = _VALUES.replace("{observations}", str(folder / "staged" / "observations.parquet"))
        connection.execute(f"COPY ({source}) TO '{values}' (FORMAT parquet, COMPRESSION zstd)")
    lines = f"SELECT {_line()} AS line FROM read_parquet('{values}')"
    made, floor = [], []
    for _ in range(3):
        started = time.perf_counter()
        size = _written(connection, lines, folder / "made.ndjson")
        made.append(time.perf_counter() - started)
        floor.append(_floor(connection, values, folder / "floor.ndjson", size))
    connection.close()
    return min(made) / min(floor)


def _written(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> int:
    with path.open("wb") as stream:
        for batch in connection.sql(sql).to_arrow_reader(BATCH):
            write_lines_of(stream, batch.column(0))
    return path.stat().st_size


def _floor(connection: duckdb.DuckDBPyConnection, values: Path, path: Path, size: int) -> float:
    """Seconds for reading the same cells, and for writing as many bytes."""
    started = time.perf_counter()
    columns = ", ".join(_NAMES)
    for batch in connection.sql(f"SELECT {columns} FROM read_parquet('{values}')").to_arrow_reader(
        BATCH
    ):
        del batch
    block = b"x" * (16 << 20)
    with path.open("wb") as stream:
        left = size
        while left > 0:
            stream.write(memoryview(block)[: min(left, len(block))])
            left -= len(block)
    return time.perf_counter() - started
