"""Writes what the statements made: NDJSON in order, lineage, fates, counts and rejects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.compile.plan import PARTS, CompiledProfile, Lines
from migrate.core.compile.sqltext import literal, quoted
from migrate.core.identity import PARTITIONS
from migrate.engine.lines import TypeLines, write_lines
from migrate.engine.run import MapResult, execute

if TYPE_CHECKING:
    import duckdb

#: Rows of a batch: small enough for its text to stay in the cache.
BATCH = 8_192
#: Lines that are sorted at once.
SORTED_ROWS = 500_000


def write_outputs(
    connection: duckdb.DuckDBPyConnection, plan: CompiledProfile, out: Path
) -> MapResult:
    """All files of a mapping; what an earlier mapping left in their place is replaced."""
    fhir = out / "fhir"
    fhir.mkdir(exist_ok=True)
    for old in fhir.glob("*.ndjson"):
        old.unlink()
    lines = {}
    for name, rules in plan.resources:
        found = _resources(connection, rules, fhir / f"{name}.ndjson")
        if found.total:
            lines[name] = found
    write_lines(fhir, lines)
    _lineage(connection, plan, out / "lineage.parquet")
    fates = _fates(connection, plan, out / "fates.parquet")
    notes = _notes(connection, plan, out / "notes.parquet")
    _misses(connection, plan, out / "misses.parquet")
    _rejects(connection, out / "rejects" / "map", out / "fates.parquet")
    return MapResult({name: entry.total for name, entry in lines.items()}, fates, notes)


def _resources(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Lines], path: Path
) -> TypeLines:
    """One type's lines in (partition, id) order, some partitions at a time. They carry their
    line ends, so that the bytes of an Arrow column are the bytes of the file."""
    counts = [0] * PARTITIONS
    for rule in rules:
        found = connection.execute(
            f"SELECT _part, count(*) FROM {rule.relation} WHERE _s IS NULL GROUP BY _part"
        )
        for part, count in found.fetchall():
            counts[part] += count
    longest = 0
    if any(counts):
        with path.open("wb") as stream:
            for first, last in _ranges(counts):
                condition = f"AND m._part BETWEEN {first} AND {last}"
                selects = [rule.select.replace(PARTS, condition) for rule in rules]
                sql = f"SELECT _text FROM ({' UNION ALL '.join(selects)}) ORDER BY _part, _id"
                for batch in connection.sql(sql).to_arrow_reader(BATCH):
                    longest = max(longest, write_lines_of(stream, batch.column(0)))
    return TypeLines(tuple(counts), longest)


def _ranges(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(first, last) partitions whose lines are sorted at once: as many as fit in memory."""
    first = rows = 0
    for part, count in enumerate(counts):
        if rows and rows + count > SORTED_ROWS:
            yield first, part - 1
            first, rows = part, 0
        rows += count
    yield first, len(counts) - 1


def write_lines_of(stream: BinaryIO, column: pa.Array) -> int:
    """Write a string column's bytes as they lie in memory; the longest entry's length."""
    import pyarrow.compute as pc

    if len(column) == 0:
        return 0
    longest: int = pc.max(pc.binary_length(column)).as_py()
    _, offsets, data = column.buffers()
    width = 8 if pa.types.is_large_string(column.type) else 4
    view = memoryview(offsets).cast("q" if width == 8 else "i")
    start, end = view[column.offset], view[column.offset + len(column)]
    stream.write(memoryview(data)[start:end])
    return longest


def _lineage(connection: duckdb.DuckDBPyConnection, plan: CompiledProfile, path: Path) -> None:
    empty = (
        "SELECT NULL::VARCHAR AS type, NULL::VARCHAR AS id, NULL::VARCHAR AS tbl, "
        "NULL::BIGINT AS row, NULL::VARCHAR AS rule, NULL::VARCHAR AS role WHERE false"
    )
    names = {
        "type": [name for name, _ in plan.resources],
        "tbl": plan.tables,
        "rule": [outcome.rule for outcome in plan.outcomes if outcome.rule is not None],
    }
    # Names as numbers: sorting millions of lines then moves one text a line, not five.
    for column, known in names.items():
        listed = ", ".join(literal(name) for name in sorted(set(known))) or "''"
        connection.execute(f"CREATE TYPE name_of_{column} AS ENUM ({listed})")
    cells = ", ".join(
        f"{column}::name_of_{column} AS {column}" if column in names else column
        for column in ("type", "id", "tbl", "row", "rule", "role")
    )
    selects = [f"SELECT {cells} FROM ({select})" for select in plan.lineage] or [empty]
    union = " UNION ALL ".join(selects)
    _copy(connection, f"SELECT * FROM ({union}) ORDER BY tbl, row, type, id, rule", path)


def _fates(
    connection: duckdb.DuckDBPyConnection, plan: CompiledProfile, path: Path
) -> dict[str, int]:
    numbers = [outcome.number for outcome in plan.outcomes]
    known = {
        "number": pa.array(numbers, pa.int32()),
        "fate": pa.array([outcome.fate for outcome in plan.outcomes], pa.string()),
    }
    for name in ("code", "reason", "rule", "element", "column"):
        known[name] = pa.array([getattr(o, name) for o in plan.outcomes], pa.string())
    connection.register("_given", pa.table(known))
    connection.execute("CREATE TABLE outcomes AS SELECT * FROM _given")
    connection.unregister("_given")
    connection.execute(
        "CREATE TABLE fate_of (tbl name_of_tbl, _row BIGINT, _o INTEGER, _pid VARCHAR)"
    )
    for fate in plan.fates:
        sql = f"INSERT INTO fate_of SELECT {literal(fate.table)}, _row, _o, _pid FROM "
        execute(connection, f"{sql}({fate.select})", f"the fates of table '{fate.table}'")
    _copy(
        connection,
        "SELECT f.tbl, f._row AS row, o.fate, o.code, o.reason, o.rule, f._pid AS patient "
        "FROM fate_of f JOIN outcomes o ON o.number = f._o ORDER BY f.tbl, f._row",
        path,
    )
    counted = connection.execute(
        "SELECT fate, count(*) FROM fate_of JOIN outcomes ON number = _o GROUP BY fate ORDER BY 1"
    ).fetchall()
    return dict(counted)


def _notes(
    connection: duckdb.DuckDBPyConnection, plan: CompiledProfile, path: Path
) -> dict[str, int]:
    """Counted warnings; those of one code, table, column and rule are one line."""
    rows: dict[tuple[str, str, str, str], int] = {}
    by_relation: dict[str, list[int]] = {}
    for place, note in enumerate(plan.notes):
        by_relation.setdefault(note.relation, []).append(place)
    for relation, places in by_relation.items():
        counts = ", ".join(f"count(*) FILTER ({plan.notes[place].condition})" for place in places)
        found = connection.execute(f"SELECT {counts} FROM {relation}").fetchone() or ()
        for place, count in zip(places, found, strict=True):
            note = plan.notes[place]
            key = (note.code, note.table, note.column, note.rule)
            rows[key] = rows.get(key, 0) + int(count)
    lines = [(*key, count) for key, count in sorted(rows.items()) if count]
    schema = [("code", pa.string()), ("tbl", pa.string()), ("column", pa.string())]
    schema += [("rule", pa.string()), ("rows", pa.int64())]
    _parquet(path, schema, lines)
    totals: dict[str, int] = {}
    for code, _, _, _, count in lines:
        totals[code] = totals.get(code, 0) + count
    return totals


def _misses(connection: duckdb.DuckDBPyConnection, plan: CompiledProfile, path: Path) -> None:
    rows: dict[tuple[str, str, str, str, str], int] = {}
    for miss in plan.misses:
        found = connection.execute(
            f"SELECT {miss.cell}, count(*) FROM {miss.relation} WHERE {miss.cell} IS NOT NULL "
            "GROUP BY 1"
        ).fetchall()
        for source, count in found:
            key = (miss.crosswalk, source, miss.table, miss.column, miss.outcome)
            rows[key] = rows.get(key, 0) + count
    schema = [(name, pa.string()) for name in ("crosswalk", "source", "tbl", "column", "outcome")]
    lines = [(*key, count) for key, count in sorted(rows.items())]
    _parquet(path, [*schema, ("rows", pa.int64())], lines)


def _rejects(connection: duckdb.DuckDBPyConnection, folder: Path, fates: Path) -> None:
    """The rows held back, as they were staged, a file a table."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.parquet"):
        old.unlink()
    found = connection.execute(
        f"SELECT DISTINCT tbl FROM read_parquet({literal(str(fates))}) "
        "WHERE fate = 'rejected' ORDER BY tbl"
    ).fetchall()
    for (table,) in found:
        _copy(
            connection,
            "SELECT s.*, o.code, o.reason, o.rule, o.element, o.column "
            f"FROM raw.{quoted(table)} s JOIN fate_of f ON f._row = s._row "
            f"AND f.tbl = {literal(table)} JOIN outcomes o ON o.number = f._o "
            "WHERE o.fate = 'rejected' ORDER BY s._row",
            folder / f"{table}.parquet",
        )


def _copy(connection: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    target = f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    execute(connection, target, path.name)


def _parquet(
    path: Path, schema: list[tuple[str, pa.DataType]], rows: Sequence[tuple[object, ...]]
) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(list(c), t) for c, (_, t) in zip(columns, schema, strict=True)]
    table = pa.Table.from_arrays(arrays, names=[name for name, _ in schema])
    pq.write_table(table, path, compression="zstd")
