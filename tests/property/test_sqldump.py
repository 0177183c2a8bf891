"""Random tables through real forms of dump: what is staged is what was there."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.extractors.sqldump import SqlDumpExtractor, fast
from tests.extraction import Extraction

AGAIN = ');\nINSERT INTO "t" VALUES('
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
HARD = st.sampled_from(
    ["'", "\\", "\\'", "''", "\n", "\r", "\t", "\0", "),(", ";", "NULL", "\\N", AGAIN]
)
CELL = st.none() | TEXT | st.lists(HARD | TEXT, max_size=5).map("".join)
ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=14)
)
MYSQL = {"\0": "\\0", "\n": "\\n", "\r": "\\r", "\\": "\\\\", "'": "\\'", '"': '\\"', "\x1a": "\\Z"}
COPY = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
Table = list[list[str | None]]


def staged(text: str) -> Table:
    """The cells that a dump of one table gives; rejects and issues are none."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.sql").write_bytes(text.encode())
        found = Extraction(Path(folder), extractor=SqlDumpExtractor())
    assert not found.rejects and not found.issues
    return [list(cells) for cells in found.cells("t")]


def mysql_cell(cell: str | None) -> str:
    """A literal as mysqldump writes it."""
    return "NULL" if cell is None else "'" + "".join(MYSQL.get(c, c) for c in cell) + "'"


@settings(deadline=None, max_examples=60)
@given(rows=ROWS, together=st.booleans())
def test_mysql(rows: Table, together: bool) -> None:
    columns = ",".join(f"`c{n}` longtext" for n in range(len(rows[0])))
    tuples = ["(" + ",".join(map(mysql_cell, row)) + ")" for row in rows]
    head = f"-- MySQL dump\nCREATE TABLE `t` ({columns}) ENGINE=x;\n"
    lists = [",".join(tuples)] if together else tuples
    assert staged(head + "".join(f"INSERT INTO `t` VALUES {each};\n" for each in lists)) == rows


@settings(deadline=None, max_examples=60)
@given(rows=ROWS)
def test_copy(rows: Table) -> None:
    rows = [[None if c is None else c.replace("\0", "") for c in row] for row in rows]
    names = ", ".join(f"c{n}" for n in range(len(rows[0])))
    lines = [
        "\t".join("\\N" if c is None else "".join(COPY.get(x, x) for x in c) for c in row)
        for row in rows
    ]
    head = f"--\n-- PostgreSQL database dump\n--\nCOPY public.t ({names}) FROM stdin;\n"
    assert staged(head + "".join(f"{line}\n" for line in lines) + "\\.\n") == rows


@settings(deadline=None, max_examples=40)
@given(rows=ROWS)
def test_sqlite(rows: Table) -> None:
    rows = [[None if c is None else c.replace("\0", "") for c in row] for row in rows]
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute(f"CREATE TABLE t ({','.join(f'c{n} TEXT' for n in range(len(rows[0])))})")
        marks = ",".join("?" * len(rows[0]))
        base.executemany(f"INSERT INTO t VALUES ({marks})", rows)
        text = "".join(f"{line}\n" for line in base.iterdump())
    assert staged(text) == rows


@settings(deadline=None, max_examples=200)
@given(rows=ROWS, cut=st.integers(0, 40), broken=st.sampled_from(["", "x", "'", "(", "\\", ";"]))
def test_the_fast_reader_takes_rows_whole_or_not_at_all(rows: Table, cut: int, broken: str) -> None:
    tuples = ["(" + ",".join(map(mysql_cell, row)) + ")" for row in rows]
    data = ",".join(tuples).encode() + b";"
    at = max(len(data) - cut, 0)
    data = data[:at] + broken.encode() + data[at:]
    piece = fast.tuples(data[: at + len(broken)], len(rows[0]), backslash=True)
    if piece is not None:
        cells = [column.to_pylist() for column in piece.columns]
        read = [list(row) for row in zip(*cells, strict=True)]
        whole = [[None if c is None else c.encode() for c in row] for row in rows]
        assert read[: len(read) - 1] == whole[: len(read) - 1]
