"""The facts that checks judge. Unlike :mod:`migrate.engine.facts` nothing is taken for granted:
lines may be anything, ids may be missing, references may point nowhere.

The relations are views over Parquet and NDJSON, so memory does not grow with the run; those
that are made out of the resources (:mod:`.derived`) are made when a query first names them, and
spill to the run folder. DuckDB's own messages quote cells, so none of them leaves this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import duckdb
import orjson
import pyarrow as pa

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.secondpath import SCHEMA, Definition
from migrate.engine.connection import connect
from migrate.engine.derived import CODES, NARROW, RELATIONS, WHOLE, Taking
from migrate.engine.moneylines import MONEY_LINES, money_table
from migrate.errors import AskedWrongly, MigrateError, OurBug

_SHORT_LINE = 1 << 20
_BATCH, _BATCH_BYTES = 20_480, 32 << 20
_RUN_FILES = {
    "fates": "tbl VARCHAR, row BIGINT, fate VARCHAR, code VARCHAR, reason VARCHAR, rule VARCHAR, "
    "patient VARCHAR",
    "lineage": "type VARCHAR, id VARCHAR, tbl VARCHAR, row BIGINT, rule VARCHAR, role VARCHAR",
    "notes": 'code VARCHAR, tbl VARCHAR, "column" VARCHAR, rule VARCHAR, rows BIGINT',
    "misses": 'crosswalk VARCHAR, source VARCHAR, tbl VARCHAR, "column" VARCHAR, outcome VARCHAR, '
    "rows BIGINT",
}


def open_judged(
    run_folder: Path,
    relations: Mapping[str, pa.Table] | None = None,
    *,
    threads: int = 2,
    definitions: Sequence[Definition] = (),
) -> JudgedFacts:
    """Open a run for checks; ``relations`` add tables to the schema ``run`` by name.

    ``definitions`` make the schema ``second``; those whose staged tables the export lacks are
    left out. What a run does not have yet is an empty relation in ``run`` and missing in
    ``staged`` and ``fhir``. Close it, or use it as a context. Raises AskedWrongly (CHK093) for
    a definition that does not fit the staged tables.
    """
    facts = JudgedFacts(run_folder, relations or {}, threads)
    try:
        facts.define(definitions)
    except MigrateError:
        facts.close()
        raise
    return facts


class JudgedFacts:
    """The facts of one run folder."""

    def __init__(self, run_folder: Path, relations: Mapping[str, pa.Table], threads: int) -> None:
        self._folder = run_folder
        self._spill = TemporaryDirectory(prefix=".facts.", dir=run_folder)
        self._connection = connect(threads=threads, memory="1GB", spill=Path(self._spill.name))
        self._names: set[str] = set()
        self._types = sorted(path.stem for path in (run_folder / "fhir").glob("*.ndjson"))
        self._lazy: dict[str, Callable[[], None]] = {
            f"run.{name}": self._derive for name in (*RELATIONS, "codes")
        }
        self._lazy["run.malformed"] = self._make_malformed
        for schema in ("staged", "fhir", "run"):
            self._execute(f"CREATE SCHEMA {schema}")
        self._open_files()
        self._open_manifest()
        for name, table in relations.items():
            self._keep(name, table)
        self._execute("SET lock_configuration = true")

    def define(self, definitions: Sequence[Definition]) -> None:
        """Make the schema ``second`` of these views and macros, in their order."""
        self._execute(f"CREATE SCHEMA {SCHEMA}")
        for definition in definitions:
            needs = {n if "." in n else f"staged.{n}" for n in definition.needs}
            if not needs <= self._names:
                continue
            try:
                self._execute(definition.sql)
            except OurBug:
                raise AskedWrongly(
                    "CHK093",
                    f"the second path's '{definition.name}' does not fit the staged tables",
                    try_="compare its columns with those of the tables: ehr-migrate scan",
                ) from None
            if definition.view:
                self._names.add(f"{SCHEMA}.{definition.name}")
        if MONEY_LINES in self._names:
            self._lazy["run.money"] = self._make_money

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the connection and what it spilled."""
        self._connection.close()
        self._spill.cleanup()

    def sql(self, query: str, parameters: Sequence[object] = ()) -> pa.Table:
        """The answer of one SELECT. Raises OurBug, without DuckDB's words, when it fails."""
        for name in [name for name in self._lazy if name in query]:
            if name in self._lazy:  # one may have made another
                self._lazy[name]()
                self._lazy.pop(name, None)
        return self._ask(query, parameters)

    def has(self, relation: str) -> bool:
        """Whether ``schema.table`` is a relation of this run."""
        return relation in self._names or relation in self._lazy

    def lines(self, resource_type: str) -> Iterator[bytes]:
        """The lines of a type's file, without their ends; none for a type that is not there."""
        if resource_type in self._types:
            with (self._folder / "fhir" / f"{resource_type}.ndjson").open("rb") as handle:
                for line in handle:
                    yield line.rstrip(b"\n")

    def resource_types(self) -> Sequence[str]:
        """The types that have a file, sorted."""
        return self._types

    def _execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        self._ask(statement, parameters, fetch=False)

    def _ask(
        self, query: str, parameters: Sequence[object] = (), *, fetch: bool = True
    ) -> pa.Table:
        try:
            if fetch:
                return self._connection.sql(query, params=list(parameters)).to_arrow_table()
            self._connection.execute(query, list(parameters))
            return None
        except duckdb.Error as error:
            kind = type(error).__name__
        raise OurBug("PRJ099", f"a query over the run's facts failed ({kind})")

    def _view(self, schema: str, name: str, query: str) -> None:
        self._execute(f"CREATE VIEW {schema}.{quoted(name)} AS {query}")
        self._names.add(f"{schema}.{name}")

    def _keep(self, name: str, table: pa.Table) -> None:
        self._connection.register("incoming", table)
        self._execute(f"CREATE TABLE run.{quoted(name)} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")
        self._names.add(f"run.{name}")

    def _open_files(self) -> None:
        for path in sorted((self._folder / "staged").glob("*.parquet")):
            self._view("staged", path.stem, f"SELECT * FROM read_parquet({literal(str(path))})")
        for name in self._types:
            head = "json_extract_string(line, ['$.resourceType', '$.id'])"
            self._view(
                "fhir",
                name,
                f"SELECT head[2] AS id, line AS resource FROM (SELECT line, CASE WHEN "
                f"json_valid(line) THEN {head} END AS head FROM {self._scan(name)}) "
                f"WHERE head[1] = {literal(name)}",
            )
        for name, columns in _RUN_FILES.items():
            path = self._folder / f"{name}.parquet"
            if path.exists():
                self._view("run", name, f"SELECT * FROM read_parquet({literal(str(path))})")
            else:
                self._execute(f"CREATE TABLE run.{name} ({columns})")
                self._names.add(f"run.{name}")

    def _scan(self, resource_type: str) -> str:
        """SQL that reads the lines of a type as text, whatever is in them."""
        path = self._folder / "fhir" / f"{resource_type}.ndjson"
        return (
            f"read_csv({literal(str(path))}, auto_detect=false, header=false, delim='\x01', "
            f"quote='', escape='', columns={{'line': 'VARCHAR'}}, max_line_size={_longest(path)})"
        )

    def _open_manifest(self) -> None:
        path = self._folder / "staged" / "manifest.json"
        manifest = orjson.loads(path.read_bytes()) if path.exists() else {}
        tables = manifest.get("tables", [])
        self._keep(
            "staged_tables",
            pa.table(
                {
                    "tbl": pa.array([t["name"] for t in tables], pa.string()),
                    "rows": pa.array([t["rows"] for t in tables], pa.int64()),
                    "rejected": pa.array([t["rejected"] for t in tables], pa.int64()),
                    "declared": pa.array([t.get("declared_rows") for t in tables], pa.int64()),
                }
            ),
        )
        columns = [(t["name"], c["name"], c["filled"]) for t in tables for c in t["columns"]]
        self._keep(
            "staged_columns",
            pa.table(
                {
                    "tbl": pa.array([c[0] for c in columns], pa.string()),
                    "col": pa.array([c[1] for c in columns], pa.string()),
                    "filled": pa.array([c[2] for c in columns], pa.int64()),
                }
            ),
        )
        # a line is a record in delimited files only; a dump's lines are those of all its tables
        lined = manifest.get("extractor") == "delimited"
        files = [
            (t["name"], f.get("physical_lines") if lined else None)
            for t in tables
            for f in t.get("files", [])
        ]
        self._keep(
            "source_files",
            pa.table(
                {
                    "tbl": pa.array([f[0] for f in files], pa.string()),
                    "lines": pa.array([f[1] for f in files], pa.int64()),
                }
            ),
        )
        self._keep("foreign_keys", _foreign_keys(tables))
        exported = [manifest["exported_at"]] if manifest.get("exported_at") else []
        self._keep("export", pa.table({"exported_at": pa.array(exported, pa.string())}))

    # --- what is made when it is first asked for ---------------------------------------------

    def _derive(self) -> None:
        """Make all relations out of the resources, some thousands of lines at a time."""
        for name, columns in RELATIONS.items():
            self._execute(f"CREATE TABLE run.{name} ({columns})")
        for kind in self._types:
            for batch in _batched(self.lines(kind)):
                self._take(kind, _as_text(batch))
        self._execute(f"CREATE TABLE run.codes AS {CODES}")
        self._execute("DROP TABLE run.code_parts")
        for name in [name for name, make in self._lazy.items() if make == self._derive]:
            del self._lazy[name]
            self._names.add(name)
        self._names.discard("run.code_parts")

    def _take(self, kind: str, lines: pa.Table) -> None:
        """Fill the relations from some lines (``line``) of a type."""
        self._connection.register("incoming", lines)
        head = "json_extract_string(line, ['$.resourceType', '$.id'])"
        self._execute(
            f"CREATE TEMP TABLE {WHOLE} AS SELECT head[2] AS id, line AS resource FROM (SELECT "
            f"line, CASE WHEN json_valid(line) THEN {head} END AS head FROM incoming) "
            f"WHERE head[1] = {literal(kind)}"
        )
        keys = (
            "SELECT DISTINCT unnest(names) AS name FROM (SELECT DISTINCT json_keys(resource) AS "
            f"names FROM {WHOLE})"
        )
        taking = Taking(kind, set(self._ask(keys).column("name").to_pylist()))
        fills = taking.fills()
        self._execute(f"CREATE TEMP TABLE {NARROW} AS {taking.narrow()}")
        for name, selects in fills.items():
            for select in selects:
                self._execute(f"INSERT INTO run.{name} {select}")
        self._execute(f"DROP TABLE {NARROW}")
        self._execute(f"DROP TABLE {WHOLE}")
        self._connection.unregister("incoming")

    def _make_money(self) -> None:
        keys: dict[str, list[str]] = {}
        if "run.keys" in self._names:
            for key in self._ask(
                "SELECT tbl, col FROM run.keys ORDER BY tbl, position"
            ).to_pylist():
                keys.setdefault(key["tbl"], []).append(key["col"])
        there = {table: names for table, names in keys.items() if f"staged.{table}" in self._names}
        self._execute(f"CREATE TABLE run.money AS {money_table(there)}")
        self._names.add("run.money")

    def _make_malformed(self) -> None:
        """``run.malformed``: lines that are no JSON object of the type of their file."""
        self._execute("CREATE TABLE run.malformed (type VARCHAR, line BIGINT)")
        self._names.add("run.malformed")
        for name in self._types:
            self._execute(
                f"INSERT INTO run.malformed SELECT {literal(name)}, number FROM (SELECT line, "
                f"row_number() OVER () AS number FROM {self._scan(name)}) WHERE "
                f"CASE WHEN json_valid(line) THEN json_extract_string(line, '$.resourceType') "
                f"IS DISTINCT FROM {literal(name)} ELSE true END"
            )


def _foreign_keys(tables: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The export's own foreign keys of one column: tbl, col, target, target_col."""
    keys = [
        (table["name"], key["columns"][0], key["target"], key["target_columns"][0])
        for table in tables
        for key in table.get("foreign_keys", [])
        if len(key["columns"]) == len(key["target_columns"]) == 1
    ]
    names = ("tbl", "col", "target", "target_col")
    return pa.table(
        {name: pa.array([key[n] for key in keys], pa.string()) for n, name in enumerate(names)}
    )


def _as_text(lines: Sequence[bytes]) -> pa.Table:
    """One column ``line``. Raises OurBug where a line is no UTF-8; Arrow's words quote none."""
    try:
        column = pa.array(lines, pa.binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        column = None
    if column is None:
        raise OurBug("PRJ099", "a file of resources holds bytes that are no UTF-8")
    return pa.table({"line": column})


def _batched(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    """Lists of lines, bounded by number and by bytes."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _longest(path: Path) -> int:
    """A bound for the lines of a file, in bytes (a document's content may be long)."""
    with path.open("rb") as handle:
        return max(_SHORT_LINE, *(len(line) + 16 for line in handle), 0)
