"""Runs a compiled profile over staged Parquet files and writes what came of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from migrate.core.compile.crosswalks import COLUMNS
from migrate.core.compile.plan import CompiledProfile, Step
from migrate.core.compile.profile import compile_profile
from migrate.core.compile.sqltext import literal, quoted
from migrate.core.identity import hmac_pads
from migrate.core.merges import MergeRecord, resolve_merges
from migrate.core.model import SourceTable
from migrate.core.profiles.ast import Profile
from migrate.engine.connection import connect
from migrate.engine.zones import zone_macro
from migrate.errors import AskedWrongly, NeedsPerson, OurBug

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class MapResult:
    """Counts of a mapping: resources by type, rows by fate, warnings by code."""

    resources: Mapping[str, int]
    fates: Mapping[str, int]
    notes: Mapping[str, int] = field(default_factory=dict)


def run_mapping(
    profile: Profile,
    catalogue: Sequence[SourceTable],
    staged: Path,
    out: Path,
    *,
    id_key: bytes,
    context: Mapping[str, str],
    workers: int = 1,
    progress: Progress | None = None,
) -> MapResult:
    """Map staged tables; write ``fhir/``, lineage, fates, notes, misses and rejects to ``out``.

    ``workers`` are threads; the bytes written do not depend on them. ``progress`` is called
    with (rule, done, total). Raises AskedWrongly where an SQL expression of the profile
    fails on a row, NeedsPerson where the disk is full.
    """
    from migrate.engine.output import write_outputs

    plan = compile_profile(profile, catalogue)
    out.mkdir(parents=True, exist_ok=True)
    spill = out / ".mapping"
    connection = connect(threads=workers, spill=spill)
    try:
        _prepare(connection, plan, staged, id_key, context)
        _steps(connection, plan.staging, None)
        _merges(connection, plan)
        _steps(connection, plan.steps, progress)
        return write_outputs(connection, plan, out)
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def execute(connection: duckdb.DuckDBPyConnection, sql: str, what: str) -> None:
    """Run a statement; what DuckDB says of a failure may quote a cell, so it is not passed on."""
    import duckdb

    try:
        connection.execute(sql)
    except (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException):
        failure: Exception = AskedWrongly(
            "MAP040",
            f"an SQL expression of {what} fails on a row",
            try_="use try_cast, or guard the expression with CASE or where",
        )
    except duckdb.IOException:
        failure = NeedsPerson(
            "MAP041", f"the disk is full or cannot be written ({what})", try_="free space, go on"
        )
    except duckdb.OutOfMemoryException:
        failure = NeedsPerson(
            "MAP042", f"memory and temporary space are not enough for {what}", try_="free space"
        )
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException) as error:
        raise OurBug("MAP043", f"the statement of {what} is not valid SQL") from error
    else:
        return
    raise failure from None


# --- before the rules --------------------------------------------------------------------------


def _prepare(
    connection: duckdb.DuckDBPyConnection,
    plan: CompiledProfile,
    staged: Path,
    id_key: bytes,
    context: Mapping[str, str],
) -> None:
    inner, outer = hmac_pads(id_key)
    values = {"inner_pad": inner, "outer_pad": outer}
    for name, value in values.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])
    for name, text in context.items():
        connection.execute(f"SET VARIABLE {quoted('context_' + name)} = ?", [text])
    for schema in ("raw", "stall", "st"):
        connection.execute(f"CREATE SCHEMA {schema}")
    missing = dict(plan.missing)
    for table in plan.tables:
        path = staged / f"{table}.parquet"
        source = f"SELECT * FROM read_parquet({literal(str(path))})"
        if table in missing:
            cells = [f"NULL::VARCHAR AS {quoted(name)}" for name in missing[table]]
            cells += ["NULL::BIGINT AS _row", "NULL::VARCHAR AS _file", "NULL::VARCHAR AS _at"]
            source = f"SELECT {', '.join(cells)} WHERE false"
        connection.execute(f"CREATE VIEW raw.{quoted(table)} AS {source}")
    for relation, rows in plan.crosswalks:
        columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
        _table(connection, relation, dict(zip(COLUMNS, columns, strict=True)))
    for macro, zone in plan.zones:
        connection.execute(zone_macro(macro, zone))
    for macro in plan.macros:
        execute(connection, macro, "the macros")


def _table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Mapping[str, Sequence[object]],
    numbers: Sequence[str] = (),
) -> None:
    """A table of these columns: text, but BIGINT those of ``numbers``."""
    arrays = {
        column: pa.array(list(values), pa.int64() if column in numbers else pa.string())
        for column, values in columns.items()
    }
    connection.register("_given", pa.table(arrays))
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM _given")
    connection.unregister("_given")


def _merges(connection: duckdb.DuckDBPyConnection, plan: CompiledProfile) -> None:
    """Resolve patient merges into the three tables that the statements read."""
    records: list[MergeRecord] = []
    patients: frozenset[str] = frozenset()
    if plan.merges is not None:
        found = connection.execute(plan.merges.records).fetchall()
        records = [MergeRecord(row, old, into) for row, old, into in found]
        patients = frozenset(key for (key,) in connection.execute(plan.merges.patients).fetchall())
    merged = resolve_merges(records, patients)
    survivor = [merged.survivors.get(r.old) if r.old is not None else None for r in records]
    status = [merged.status[r.row] for r in records]
    rows = [r.row for r in records]
    _table(
        connection,
        "merge_records",
        {"_row": rows, "status": status, "survivor": survivor},
        ["_row"],
    )
    olds = sorted(merged.survivors)
    pairs = {"old": olds, "survivor": [merged.survivors[old] for old in olds]}
    _table(connection, "merge_map", pairs)
    _table(connection, "merge_circle", {"key": sorted(merged.circle)})


def _steps(
    connection: duckdb.DuckDBPyConnection, steps: Sequence[Step], progress: Progress | None
) -> None:
    rules = list(dict.fromkeys(step.rule for step in steps if step.rule))
    last = {step.rule: place for place, step in enumerate(steps)}
    for place, step in enumerate(steps):
        what = f"rule '{step.rule}'" if step.rule else "the staged tables"
        execute(connection, step.sql, what)
        if progress is not None and step.rule and last[step.rule] == place:
            done = sum(1 for name in rules if last[name] <= place)
            progress(step.rule, done, len(rules))
