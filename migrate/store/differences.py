"""What lies between two runs: rows by key and content, resources by id and content.

DuckDB over the staged tables, the resources and the lineage of both; only names and counts leave
this module, never a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.compile.sqltext import literal, quoted

if TYPE_CHECKING:
    from migrate.core.plan import Reason
    from migrate.store.workspace import Run

Ref = tuple[str, str]
_PRIMARY = "('anchor', 'member')"
_ADDRESS = ("_row", "_file", "_at")


@dataclass(frozen=True, slots=True)
class Difference:
    """One table or resource type: how many are new, changed, gone and the same."""

    name: str
    new: int
    changed: int
    gone: int
    same: int

    def document(self, what: str) -> dict[str, object]:
        """The published form; ``what`` names the first member (table, type)."""
        return {
            what: self.name,
            "new": self.new,
            "changed": self.changed,
            "gone": self.gone,
            "same": self.same,
        }


def table_differences(old: Run, new: Run, keys: Mapping[str, Sequence[str]]) -> list[Difference]:
    """Every staged table of either run. A table without a key knows new, gone and same only."""
    names = sorted({path.stem for run in (old, new) for path in run.staged.glob("*.parquet")})
    with duckdb.connect() as db:
        return [_table(db, old, new, name, keys.get(name, ())) for name in names]


def _table(
    db: duckdb.DuckDBPyConnection, old: Run, new: Run, name: str, key: Sequence[str]
) -> Difference:
    paths = [run.staged / f"{name}.parquet" for run in (old, new)]
    columns = [_columns(path) for path in paths]
    data = sorted(set(columns[0]) | set(columns[1]))
    if not all(column in one for column in key for one in columns):
        key = ()
    sides = [_side(path, here, data, key) for path, here in zip(paths, columns, strict=True)]
    joined = (
        f"SELECT count(*) FILTER (o.digest IS NULL), "
        f"count(*) FILTER (o.digest <> n.digest), count(*) FILTER (n.digest IS NULL), "
        f"count(*) FILTER (o.digest = n.digest) FROM {sides[0]} o FULL JOIN {sides[1]} n "
        "ON o.key = n.key AND o.nth = n.nth"
    )
    return Difference(name, *_one(db, joined))


def _side(path: Path, here: Sequence[str], data: Sequence[str], key: Sequence[str]) -> str:
    """A relation of (key, nth, digest): equal keys are numbered, so that each row meets one."""
    if not path.is_file():
        return "(SELECT NULL::VARCHAR AS key, 0 AS nth, NULL::VARCHAR AS digest WHERE false)"
    digest = _digest([quoted(c) if c in here else "NULL" for c in data])
    by = _digest([quoted(column) for column in key]) if key else digest
    return (
        "(SELECT *, row_number() OVER (PARTITION BY key ORDER BY digest) AS nth FROM "
        f"(SELECT {by} AS key, {digest} AS digest FROM read_parquet({literal(str(path))})))"
    )


def _digest(texts: Sequence[str]) -> str:
    """A digest over cells; an empty cell and none are told apart."""
    parts = [f"coalesce(length({t})::VARCHAR || ':' || {t}, '-')" for t in texts]
    return f"md5(concat_ws('|', {', '.join(parts) or literal('')}))"


def _columns(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return [name for name in pq.read_schema(path).names if name not in _ADDRESS]


def resource_differences(old: Run, new: Run) -> list[Difference]:
    """Every resource type of either run, by id and the bytes of the line."""
    names = sorted({path.stem for run in (old, new) for path in run.fhir.glob("*.ndjson")})
    with duckdb.connect() as db:
        return [_type(db, old, new, name) for name in names]


def _type(db: duckdb.DuckDBPyConnection, old: Run, new: Run, name: str) -> Difference:
    sides = [_resources(run.fhir / f"{name}.ndjson") for run in (old, new)]
    joined = (
        "SELECT count(*) FILTER (o.id IS NULL), count(*) FILTER (o.digest <> n.digest), "
        "count(*) FILTER (n.id IS NULL), count(*) FILTER (o.digest = n.digest) "
        f"FROM {sides[0]} o FULL JOIN {sides[1]} n ON o.id = n.id"
    )
    return Difference(name, *_one(db, joined))


def _resources(path: Path) -> str:
    if not path.is_file() or not path.stat().st_size:
        return "(SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS digest WHERE false)"
    return (
        "(SELECT json_extract_string(json, '$.id') AS id, md5(json::VARCHAR) AS digest FROM "
        f"read_json_objects({literal(str(path))}, format = 'newline_delimited', "
        "maximum_object_size = 1073741824))"
    )


def _one(db: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int, int, int]:
    row = db.execute(query).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


def why_gone(
    refs: Iterable[Ref],
    earlier: Sequence[Run],
    new: Run,
    keys: Callable[[], Mapping[str, Sequence[str]]],
) -> dict[Ref, Reason]:
    """Why the new run no longer makes resources that one of the earlier runs (newest first) made.

    A resource is gone when the keys of all rows that it was made of are. Where that cannot be
    seen (a table that is missing, empty or without a key, rows that could not be read), it is
    not: nothing is undone on a doubt. ``keys`` gives the key columns of tables, if asked.
    """
    waiting = set(refs)
    found: dict[Ref, Reason] = {}
    for run in earlier:
        path = run.file("lineage.parquet")
        if not waiting or not path.is_file() or not _is_lineage(path):
            continue
        with duckdb.connect() as db:
            _register(db, waiting)
            for table in _tables(db, path):
                answers = _rows_of(db, path, table, run, new, keys().get(table, ()))
                for ref, reason in answers:
                    found[ref] = max(found.get(ref, reason), reason, key=_ORDER.index)
            waiting -= found.keys()
    return found | dict.fromkeys(waiting, "left out now")


# What speaks against undoing wins where a resource was made of several rows.
_ORDER: tuple[Reason, ...] = (
    "gone from the export",
    "left out now",
    "its table is not there",
    "held back now",
)


def _is_lineage(path: Path) -> bool:
    try:
        return "role" in pq.read_schema(path).names
    except pa.ArrowInvalid:
        return False


def _register(db: duckdb.DuckDBPyConnection, refs: set[Ref]) -> None:
    ordered = sorted(refs)
    table = pa.table(
        {
            "type": pa.array([kind for kind, _ in ordered], pa.string()),
            "id": pa.array([identity for _, identity in ordered], pa.string()),
        }
    )
    db.register("asked", table)


def _tables(db: duckdb.DuckDBPyConnection, lineage: Path) -> list[str]:
    query = (
        f"SELECT DISTINCT tbl FROM read_parquet({literal(str(lineage))}) JOIN asked USING "
        f"(type, id) WHERE role IN {_PRIMARY} ORDER BY 1"
    )
    return [row[0] for row in db.execute(query).fetchall()]


def _rows_of(
    db: duckdb.DuckDBPyConnection,
    lineage: Path,
    table: str,
    old: Run,
    new: Run,
    key: Sequence[str],
) -> list[tuple[Ref, Reason]]:
    """For each resource and each row of one table that it was made of: what became of the row."""
    made = (
        f"(SELECT type, id, row FROM read_parquet({literal(str(lineage))}) JOIN asked USING "
        f"(type, id) WHERE role IN {_PRIMARY} AND tbl = {literal(table)})"
    )
    paths = [run.staged / f"{table}.parquet" for run in (old, new)]
    doubt = _doubt(new, table, key, paths)
    if doubt is not None:
        rows = db.execute(f"SELECT DISTINCT type, id FROM {made}").fetchall()
        return [((kind, identity), doubt) for kind, identity in rows]
    by = _digest([quoted(column) for column in key])
    before, now = (
        f"(SELECT {by} AS key, _row FROM read_parquet({literal(str(path))}))" for path in paths
    )
    fates = f"(SELECT row, fate FROM read_parquet({literal(str(new.file('fates.parquet')))}) "
    fates += f"WHERE tbl = {literal(table)})"
    query = (
        "SELECT m.type, m.id, CASE WHEN n.key IS NULL THEN 'gone from the export' "
        "WHEN f.fate = 'rejected' THEN 'held back now' ELSE 'left out now' END "
        f"FROM {made} m JOIN {before} b ON b._row = m.row "
        f"LEFT JOIN {now} n ON n.key = b.key LEFT JOIN {fates} f ON f.row = n._row"
    )
    return [((kind, identity), reason) for kind, identity, reason in db.execute(query).fetchall()]


def _doubt(new: Run, table: str, key: Sequence[str], paths: Sequence[Path]) -> Reason | None:
    """Why the rows of a table cannot be held against each other; None where they can."""
    if not paths[1].is_file() or not pq.read_metadata(paths[1]).num_rows:
        return "its table is not there"
    if not all(column in _columns(path) for column in key for path in paths) or not key:
        return "left out now"
    unread = new.rejects("extract") / f"{table}.parquet"
    if unread.is_file() and pq.read_metadata(unread).num_rows:
        return "held back now"
    return None
