"""The facts of a run for checks, reconciliation and reports: SQL over its files, read-only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.core.compile.sqltext import literal, quoted
from migrate.engine.connection import connect
from migrate.engine.lines import TypeLines, read_lines

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_RUN_FILES = ("fates", "lineage", "notes", "misses")


class RunFacts:
    """``migrate.core.ports.Facts`` over one run folder. Close it, or use it in ``with``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, run: Path) -> None:
        self._connection = connection
        self._run = run
        self._relations: set[str] = set()

    def sql(self, query: str, parameters: Sequence[object] = ()) -> pa.Table:
        """The answer of one SELECT."""
        return self._connection.sql(query, params=list(parameters)).to_arrow_table()

    def has(self, relation: str) -> bool:
        """Whether ``schema.table`` exists in this run."""
        return relation in self._relations

    def lines(self, resource_type: str) -> Iterator[bytes]:
        """The resources of a type, as written, a JSON line each, without the line end."""
        path = self._run / "fhir" / f"{resource_type}.ndjson"
        if not path.is_file():
            return
        with path.open("rb") as stream:
            for line in stream:
                yield line.rstrip(b"\n")

    def resource_types(self) -> Sequence[str]:
        """The resource types of this run, sorted."""
        return sorted(path.stem for path in (self._run / "fhir").glob("*.ndjson"))

    def view(self, relation: str, select: str) -> None:
        """Add a view; ``relation`` is ``schema.table``."""
        schema, name = relation.split(".", 1)
        self._connection.execute(f"CREATE VIEW {schema}.{quoted(name)} AS {select}")
        self._relations.add(relation)

    def close(self) -> None:
        """Free the connection."""
        self._connection.close()

    def __enter__(self) -> RunFacts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_facts(run_folder: Path, *, threads: int = 1) -> RunFacts:
    """Open a run's files as the schemas ``staged``, ``fhir`` and ``run`` (ports.Facts).

    Files that a stage has not written yet are simply not there (``has`` says so).
    """
    connection = connect(threads=threads)
    facts = RunFacts(connection, run_folder)
    for schema in ("staged", "fhir", "run"):
        connection.execute(f"CREATE SCHEMA {schema}")
    for path in sorted((run_folder / "staged").glob("*.parquet")):
        facts.view(f"staged.{path.stem}", f"SELECT * FROM read_parquet({literal(str(path))})")
    for name in _RUN_FILES:
        path = run_folder / f"{name}.parquet"
        if path.is_file():
            facts.view(f"run.{name}", f"SELECT * FROM read_parquet({literal(str(path))})")
    lines = read_lines(run_folder / "fhir")
    for name, entry in lines.items():
        path = run_folder / "fhir" / f"{name}.ndjson"
        if path.is_file():
            facts.view(f"fhir.{name}", _resources(path, name, entry))
    _staged_counts(facts, run_folder / "staged" / "manifest.json")
    return facts


def _resources(path: Path, resource_type: str, lines: TypeLines) -> str:
    """(id, part, resource) of a type: the line begins with type and id, and is in part order."""
    start = len(f'{{"resourceType":"{resource_type}","id":"') + 1
    size = max(16 << 20, 2 * lines.longest)
    objects = (
        f"read_ndjson_objects({literal(str(path))}, maximum_object_size={size}, "
        "format='newline_delimited')"
    )
    ends, total = [], 0
    for count in lines.partitions:
        total += count
        ends.append(total)
    part = f"len(list_filter({ends}, lambda e: e < _n))"
    return (
        f"SELECT substr(resource, {start}, 37) AS id, ({part})::INTEGER AS part, resource "
        "FROM (SELECT json::VARCHAR AS resource, row_number() OVER () AS _n "
        f"FROM {objects})"
    )


def _staged_counts(facts: RunFacts, manifest: Path) -> None:
    """``run.staged_tables`` and ``run.staged_columns`` from the manifest of the extraction."""
    tables = json.loads(manifest.read_text())["tables"] if manifest.is_file() else []
    rows = [(t["name"], t["rows"], t["rejected"]) for t in tables]
    columns = [(t["name"], c["name"], c["filled"]) for t in tables for c in t["columns"]]
    facts.view("run.staged_tables", _values(rows, "tbl VARCHAR, rows BIGINT, rejected BIGINT"))
    facts.view("run.staged_columns", _values(columns, "tbl VARCHAR, col VARCHAR, filled BIGINT"))


def _values(rows: Sequence[tuple[object, ...]], columns: str) -> str:
    """A SELECT of literal rows with these ``name TYPE`` columns."""
    names = [entry.split() for entry in columns.split(", ")]
    if not rows:
        return "SELECT " + ", ".join(f"NULL::{t} AS {n}" for n, t in names) + " WHERE false"
    cells = ", ".join(
        "(" + ", ".join(literal(c) if isinstance(c, str) else str(c) for c in row) + ")"
        for row in rows
    )
    typed = ", ".join(f"{n}::{t} AS {n}" for n, t in names)
    return f"SELECT {typed} FROM (VALUES {cells}) v({', '.join(n for n, _ in names)})"
