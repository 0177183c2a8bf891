"""Random tables in real servers, dumped by the servers' own tools: what is staged was there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.extractors.sqldump import SqlDumpExtractor
from tests.server.sql_servers import MariaDb, Postgres
from tests.server.staged import Staged

pytestmark = [pytest.mark.server, pytest.mark.slow]
AGAIN = [");\nINSERT INTO `t` VALUES (", ");\nINSERT INTO public.t VALUES (", "\\.\n", "\\N"]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
HARD = st.sampled_from(["'", "\\", "\\'", "''", "\n", "\r", "\t", "),(", ";", "NULL", *AGAIN])
CELL = st.none() | TEXT | st.lists(HARD | TEXT, max_size=5).map("".join)
BYTES = st.none() | st.binary(max_size=9)
ROWS = st.lists(st.tuples(CELL, CELL, BYTES), min_size=1, max_size=30)
Row = tuple[str | None, str | None, bytes | None]
SETTINGS = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def staged(path: Path) -> list[tuple[str | None, ...]]:
    """The rows that the dump of table ``t`` gives, by their number."""
    found = Staged.of(SqlDumpExtractor(), str(path))
    assert not found.rejects and not found.issues
    rows = next(
        rows for name, rows in found.rows.items() if name.split(".")[-1] in ("t", "public_t")
    )
    return sorted(rows, key=lambda row: int(row[0] or 0))


@pytest.mark.parametrize("options", [(), ("--skip-extended-insert",), ("--hex-blob", "-c")])
def test_mariadb(maria: MariaDb, tmp_path: Path, options: tuple[str, ...]) -> None:
    with maria.connect() as base, base.cursor() as cursor:
        cursor.execute("CREATE DATABASE IF NOT EXISTS random CHARACTER SET utf8mb4")

    @SETTINGS
    @given(rows=ROWS)
    def check(rows: list[Row]) -> None:
        with maria.connect("random") as base, base.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS t")
            cursor.execute("CREATE TABLE t (n int PRIMARY KEY, a longtext, b longtext, c longblob)")
            numbered = [(n, *row) for n, row in enumerate(rows)]
            cursor.executemany("INSERT INTO t VALUES (%s,%s,%s,%s)", numbered)
            base.commit()
        maria.dump("random", tmp_path / "t.sql", *options)
        assert staged(tmp_path / "t.sql") == [
            (str(n), a, b, None if c is None else "0x" + c.hex().upper())
            for n, (a, b, c) in enumerate(rows)
        ]

    check()


@pytest.mark.parametrize("options", [(), ("--inserts",), ("-Fc",), ("-Ft",)])
def test_postgres(pg: Postgres, tmp_path: Path, options: tuple[str, ...]) -> None:
    psycopg = pytest.importorskip("psycopg")
    name = f"random{sum(map(ord, ''.join(options)))}"
    pg.run("createdb", "--template=template0", "--encoding=UTF8", name)

    @SETTINGS
    @given(rows=ROWS)
    def check(rows: list[Row]) -> None:
        with psycopg.connect(f"{pg.url(name)}") as base, base.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS t")
            cursor.execute("CREATE TABLE t (n int PRIMARY KEY, a text, b text, c bytea)")
            numbered = [(n, *row) for n, row in enumerate(rows)]
            cursor.executemany("INSERT INTO t VALUES (%s,%s,%s,%s)", numbered)
        pg.dump(name, tmp_path / "t.sql", *options)
        assert staged(tmp_path / "t.sql") == [
            (str(n), a, b, None if c is None else "\\x" + c.hex())
            for n, (a, b, c) in enumerate(rows)
        ]

    check()
