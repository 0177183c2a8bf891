"""Runs a layout over FHIR output: the rows of its files, and what they do not carry.

NDJSON is read in chunks, so memory does not grow with the practice and rows keep its order.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.compile.sqltext import literal
from migrate.core.layouts.ast import Layout, LayoutFile
from migrate.core.layouts.sqlfiles import (
    carried_select,
    element_sql,
    lookups,
    rows_select,
    taken_select,
)
from migrate.engine.connection import connect
from migrate.engine.leaves import leaves_of

if TYPE_CHECKING:
    import duckdb

CHUNK_BYTES = 8 << 20
# Leaves with their addresses are many times the text that they stand in.
LEAVES_BYTES = 1 << 20
# DuckDB reads a number as binary and would write 40.00 as 40.0, so numbers become texts first. A
# member's name between two bare quotes cannot stand inside a JSON text: there they are escaped.
_NUMBERS = r"""'("[A-Za-z_]\w*":\s*)(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)', '\1"\2"', 'g'"""
_CHUNK = (
    "SELECT n, json_extract_string(text, '$.id') AS id, "
    f"regexp_replace(text, {_NUMBERS})::JSON AS line FROM given"
)
_SUM = "SELECT type, element, reason, words, count(*), count(DISTINCT id) FROM lost GROUP BY ALL"
LOSSES = pa.schema(
    [(name, pa.string()) for name in ("type", "id", "address", "element", "reason", "words")]
)


class DeskViews:
    """A layout over a folder of ``<Type>.ndjson``. To be used in ``with``."""

    def __init__(self, fhir: Path, layout: Layout, scratch: Path) -> None:
        self._fhir = fhir
        self._layout = layout
        self._scratch = scratch
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> DeskViews:
        self._connection = connect(threads=2, spill=self._scratch)
        for look in lookups(self._layout):
            self._sql.execute(f"CREATE TABLE {look.relation} (ref VARCHAR, value VARCHAR)")
            for _ in self._chunks(look.type):
                self._sql.execute(f"INSERT INTO {look.relation} {look.select}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._sql.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def _sql(self) -> duckdb.DuckDBPyConnection:
        assert self._connection is not None
        return self._connection

    def rows(self, file: LayoutFile) -> Iterator[pa.Table]:
        """Tables of ``_id``, ``_at`` and the file's columns (text), in the order of the NDJSON."""
        select = rows_select(file, self._layout)
        for _ in self._chunks(file.type):
            found = self._sql.sql(select).to_arrow_table()
            if found.num_rows:
                yield found

    def types(self) -> list[str]:
        """The resource types that are there, sorted."""
        return sorted(path.stem for path in self._fhir.glob("*.ndjson"))

    def write_losses(self, path: Path) -> list[tuple[str, str, str, str, int, int]]:
        """``losses.parquet``: a line for each leaf of the resources that no file carries.

        Columns: type, id, address (``$.name[0].family``), element (``name.family``), reason
        (a word of LOSS_WORDS; ``left out`` with the layout's own ``words``; ``''`` unexplained).
        Gives their sum: (type, element, reason, words, facts, resources), in this order. A
        resource is a line and so within one chunk: its chunks' sums add up, in flat memory.
        """
        sums: dict[tuple[str, str, str, str], list[int]] = {}
        with pq.ParquetWriter(path, LOSSES, compression="zstd") as writer:
            for kind in self.types():
                select = self._losses_select(kind)
                for lines in self._chunks(kind, LEAVES_BYTES):
                    self._sql.register("leaves", leaves_of(lines))
                    lost = self._sql.sql(select).to_arrow_table().cast(LOSSES)
                    writer.write_table(lost)
                    self._add_up(lost, sums)
        return [(*key, facts, some) for key, (facts, some) in sorted(sums.items())]

    def _add_up(self, lost: pa.Table, sums: dict[tuple[str, str, str, str], list[int]]) -> None:
        self._sql.register("lost", lost)
        for *key, facts, resources in self._sql.sql(_SUM).fetchall():
            known = sums.setdefault((key[0], key[1], key[2], key[3]), [0, 0])
            known[0] += facts
            known[1] += resources
        self._sql.unregister("lost")

    def _losses_select(self, kind: str) -> str:
        layout = self._layout
        files = [file for file in layout.files if file.type == kind]
        element = element_sql("l.p")
        if not files:
            words = literal(layout.left_out.get(kind, ""))
            known = "SELECT NULL AS id, NULL AS p, '' AS reason WHERE false"
        else:
            read = " UNION ALL ".join(carried_select(file, layout) for file in files)
            # Carried by one file is carried; else the first reason in the alphabet.
            known = f"SELECT id, p, min(reason) AS reason FROM ({read}) GROUP BY id, p"
            others = next((file.others for file in files if file.others), "")
            words = (
                f"CASE WHEN NOT taken THEN {literal(others)} "
                f"ELSE {_leaves_sql(layout, files, 'element')} END"
            )
        return (
            f"SELECT {literal(kind)} AS type, id, address, element, "
            "CASE WHEN reason <> '' THEN reason WHEN words <> '' THEN 'left out' ELSE '' END "
            f"AS reason, words FROM (SELECT *, coalesce({words}, '') AS words FROM ("
            f"SELECT l.id, l.p AS address, {element} AS element, k.reason, "
            f"l.id IN ({taken_select(files)}) AS taken "
            f"FROM leaves l LEFT JOIN ({known}) k ON k.id = l.id AND k.p = l.p "
            "WHERE k.reason IS DISTINCT FROM ''))"
        )

    def _chunks(self, kind: str, size: int = CHUNK_BYTES) -> Iterator[list[bytes]]:
        """Makes ``chunk`` of a part of the type's lines after the other; gives the lines."""
        path = self._fhir / f"{kind}.ndjson"
        if not path.is_file():
            return
        done = 0
        with path.open("rb") as stream:
            while lines := stream.readlines(size):
                numbers = pa.array(range(done, done + len(lines)), pa.int64())
                texts = pa.array(lines, pa.binary()).cast(pa.large_string())
                given = pa.table({"n": numbers, "text": texts})
                self._sql.register("given", given)
                self._sql.execute(f"CREATE OR REPLACE TEMP TABLE chunk AS {_CHUNK}")
                yield lines
                done += len(lines)
                self._sql.unregister("given")


def sum_losses(
    path: Path, some: Collection[tuple[str, str]]
) -> list[tuple[str, str, str, str, int, int]]:
    """(type, element, reason, words, facts, resources) of these (type, id) in a losses file."""
    refs = pa.table(
        {"type": [one for one, _ in some], "id": [one for _, one in some]},
        schema=pa.schema([("type", pa.string()), ("id", pa.string())]),
    )
    connection = connect()
    try:
        connection.register("asked", refs)
        connection.execute(
            f"CREATE VIEW lost AS SELECT l.* FROM read_parquet({literal(str(path))}) l "
            "SEMI JOIN asked USING (type, id)"
        )
        found = connection.execute(f"{_SUM} ORDER BY ALL").fetchall()
    finally:
        connection.close()
    return [(str(a), str(b), str(c), str(d), int(e), int(f)) for a, b, c, d, e, f in found]


def _leaves_sql(layout: Layout, files: list[LayoutFile], element: str) -> str:
    """SQL of the reason that a layout gives for an element; NULL where it gives none."""
    reasons = dict(layout.leaves)
    for file in files:
        reasons |= file.leaves
    cases = []
    for pattern, words in reasons.items():
        if pattern.endswith(".*"):
            test = f"starts_with({element} || '.', {literal(pattern[:-1])})"
        elif pattern.startswith("*."):
            test = f"ends_with('.' || {element}, {literal(pattern[1:])})"
        else:
            test = f"{element} = {literal(pattern)}"
        cases.append(f"WHEN {test} THEN {literal(words)}")
    return f"CASE {' '.join(cases)} END" if cases else "NULL"
