"""What the columns of staged tables hold: counts, kinds and outlines, never a value.

An outline turns every run of digits into ``9``, every letter into ``A`` and a UUID into ``U``.
It is given only when at least ten rows share it, because a rare outline can be as telling as the
value. Kinds and outlines come from up to 4,000 rows, evenly spread; counts from all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.model import SourceTable

FEWEST_ROWS = 10
_SAMPLE_ROWS = 4_000
_SHAPES = 4
_SHARE = 0.98
_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%Y%m%d", "%d-%b-%Y", "%m/%Y")
_DATE_TIMES = (
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%Y%m%d%H%M%S",
)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column: cells with a value, how many differ, its kind, date formats, outlines.

    ``kind``: empty, constant, integer, decimal, date, date-time, mixed date, code (few
    different values) or text. ``formats``: date formats that read its cells, most cells first.
    ``shapes``: outlines with the number of sampled rows.
    """

    name: str
    filled: int
    distinct: int
    kind: str
    formats: tuple[str, ...]
    shapes: tuple[tuple[str, int], ...]


class StagedColumns:
    """Asks DuckDB about the staged tables of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection = duckdb.connect()

    def __enter__(self) -> StagedColumns:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def facts(self, table: SourceTable) -> tuple[ColumnFacts, ...]:
        """The facts of all columns of a table."""
        if not table.rows:
            return tuple(ColumnFacts(c.name, 0, 0, "empty", (), ()) for c in table.columns)
        self._sample(table)
        distinct = self._distinct(table)
        counts = self._counts()
        shapes = self._shapes()
        found = []
        for column, differ in zip(table.columns, distinct, strict=True):
            own = counts.get(column.name, (0,) * len(_tests()))
            formats = _formats(own)
            kind = _kind(own, formats, column.filled, differ, table.rows)
            outlines = tuple(shapes.get(column.name, ())[:_SHAPES])
            found.append(ColumnFacts(column.name, column.filled, differ, kind, formats, outlines))
        return tuple(found)

    def unique(self, table: SourceTable, columns: Sequence[str]) -> bool:
        """Whether no two rows share these columns' values, and none is missing."""
        names = ", ".join(quoted(name) for name in columns)
        missing = " OR ".join(f"{quoted(name)} IS NULL" for name in columns)
        sql = f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {self._from(table.name)} "
        sql += f"WHERE NOT ({missing}))"
        return bool(self._one(sql) == table.rows)

    def contained(self, table: str, column: str, target: str, key: str) -> float:
        """The share of a column's different values that are keys of the target."""
        sql = f"""
            SELECT count(k) / nullif(count(*), 0) FROM (
                SELECT DISTINCT {quoted(column)} AS v FROM {self._from(table)}
                WHERE {quoted(column)} IS NOT NULL) AS a
            LEFT JOIN (SELECT {quoted(key)} AS k FROM {self._from(target)}) AS b ON v = k"""
        return float(self._one(sql) or 0.0)

    def _from(self, table: str) -> str:
        return f"read_parquet({literal(str(self._folder / f'{table}.parquet'))})"

    def _one(self, sql: str) -> Any:
        answer = self._connection.execute(sql).fetchone()
        return answer[0] if answer else None

    def _sample(self, table: SourceTable) -> None:
        """Some rows as (col, cell) pairs, cells without white space at their ends."""
        step = max(1, table.rows // _SAMPLE_ROWS)
        self._connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE cells AS
            SELECT col, trim(cell) AS cell FROM (
                UNPIVOT (SELECT * EXCLUDE (_row, _file, _at) FROM {self._from(table.name)}
                         WHERE _row % {step} = 0)
                ON COLUMNS(*) INTO NAME col VALUE cell)
            WHERE trim(cell) <> ''""")

    def _distinct(self, table: SourceTable) -> list[int]:
        counts = ", ".join(f"count(DISTINCT {quoted(column.name)})" for column in table.columns)
        answer = self._connection.execute(f"SELECT {counts} FROM {self._from(table.name)}")
        return [int(count) for count in answer.fetchone() or ()]

    def _counts(self) -> dict[str, tuple[int, ...]]:
        sql = f"SELECT col, {', '.join(_tests())} FROM cells GROUP BY col"
        return {name: tuple(rest) for name, *rest in self._connection.execute(sql).fetchall()}

    def _shapes(self) -> dict[str, list[tuple[str, int]]]:
        sql = rf"""
            SELECT col, CASE WHEN regexp_full_match(cell, {literal(_UUID)}) THEN 'U'
                        ELSE regexp_replace(regexp_replace(cell, '\p{{L}}', 'A', 'g'),
                                            '[0-9]+', '9', 'g') END AS shape, count(*) AS n
            FROM cells WHERE length(cell) <= 40
            GROUP BY 1, 2 HAVING n >= {FEWEST_ROWS} ORDER BY 1, n DESC, 2"""
        found: dict[str, list[tuple[str, int]]] = {}
        for column, shape, rows in self._connection.execute(sql).fetchall():
            found.setdefault(column, []).append((shape, rows))
        return found


def _tests() -> list[str]:
    formats = [f"count(try_strptime(cell, {literal(each)}))" for each in _DATES + _DATE_TIMES]
    return [
        "count(*)",
        "count(*) FILTER (regexp_full_match(cell, '[-+]?[0-9]+'))",
        r"count(*) FILTER (regexp_full_match(cell, '[-+]?[0-9]*\.?[0-9]+'))",
        *formats,
    ]


def _formats(counts: Sequence[int]) -> tuple[str, ...]:
    """Formats that read at least one cell in fifty; alike ones once, and digits are no date."""
    cells, whole = counts[0], counts[1]
    read = dict(zip(_DATES + _DATE_TIMES, counts[3:], strict=True))
    if whole >= _SHARE * max(cells, 1):
        read = {name: n for name, n in read.items() if name in ("%Y%m%d", "%Y%m%d%H%M%S")}
        read = {name: n for name, n in read.items() if n >= _SHARE * max(cells, 1)}
    found = [(n, name) for name, n in read.items() if n > max(cells, 1) / 50]
    return tuple(name for _, name in sorted(found, key=lambda each: -each[0]))


def _kind(
    counts: Sequence[int], formats: Sequence[str], filled: int, distinct: int, rows: int
) -> str:
    cells = max(counts[0], 1)
    if not filled:
        return "empty"
    if formats:
        read: Mapping[str, int] = dict(zip(_DATES + _DATE_TIMES, counts[3:], strict=True))
        if read[formats[0]] >= _SHARE * cells:
            return "date" if formats[0] in _DATES else "date-time"
        if sum(read[name] for name in formats) >= 0.9 * cells:
            return "mixed date"
    if distinct == 1 and filled == rows:
        return "constant"
    if counts[1] >= _SHARE * cells:
        return "integer"
    if counts[2] >= _SHARE * cells:
        return "decimal"
    return "code" if distinct <= max(20, filled // 50) else "text"
