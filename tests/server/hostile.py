"""Tables of hostile values: every byte, every plane of Unicode, decimals, dates, blobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.sql_servers import MariaDb, Postgres

ROWS = 512
_BREAKS = (
    "'",
    "\\",
    "\\'",
    "''",
    '"',
    "\n",
    "\r\n",
    "\t",
    "),(",
    ";",
    "NULL",
    "\\N",
    "\\.",
    "--",
    "/*",
)
_DECIMALS = ("0", "-0.000000001", "12345678901234567890.123456789", "0.10", "-1", "1e-9")


def texts() -> Iterator[str]:
    """Texts that together hold characters of all planes and everything that could end a literal."""
    points = [chr(p) for p in range(1, 0x110000, 53) if not 0xD800 <= p < 0xE000]
    size = -(-len(points) // ROWS)
    for number in range(ROWS):
        part = "".join(points[number * size : (number + 1) * size])
        yield _BREAKS[number % len(_BREAKS)] + part + _BREAKS[number * 7 % len(_BREAKS)]


def blobs() -> Iterator[bytes]:
    """Every byte, in every place of a short blob; empty ones too."""
    for number in range(ROWS):
        byte = number % 256
        yield bytes([byte, 0, 39, 92, 10, 255 - byte] * (number % 5))


def moments() -> Iterator[str]:
    """Date-times to the microsecond, from far past to far future."""
    for number in range(ROWS):
        year = (1000, 1899, 1970, 2000, 2038, 9999)[number % 6]
        day = f"{number % 12 + 1:02}-{number % 28 + 1:02}"
        yield f"{year}-{day} 23:59:59.{number * 1951 % 10**6:06}"


def fill_mariadb(server: MariaDb, database: str) -> None:
    """A database with one table of each trouble."""
    with server.connect() as base, base.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
        cursor.execute(f"USE {database}")
        cursor.execute(
            "CREATE TABLE hostile (id int PRIMARY KEY, t longtext, v varchar(500), c char(9), "
            "b longblob, vb varbinary(64), d decimal(30,9), f float, g double, z int(9) zerofill, "
            "at datetime(6), ts timestamp(6) NULL, day date, tm time(3), y year, bits bit(12), "
            "e enum('a','b''c'), s set('x','y'), j json, `odd ``name``%s` text)"
        )
        cursor.execute("CREATE TABLE old (id int PRIMARY KEY, t text) CHARACTER SET latin1")
        marks = ",".join(["%s"] * 20)
        cursor.executemany(f"INSERT INTO hostile VALUES ({marks})", list(_mariadb_rows()))
        cursor.executemany(
            "INSERT INTO old VALUES (%s,%s)",
            [(n, bytes([n]).decode("cp1252", "replace") + "é") for n in range(1, 256)],
        )
        cursor.execute("INSERT INTO hostile (id, at, day) VALUES (-1, '0000-00-00', '0000-00-00')")
        cursor.executemany(
            "INSERT INTO hostile (id, v) VALUES (%s, %s)",
            [(10_000 + n, text[:200]) for n, text in enumerate(texts())],
        )
        base.commit()


def _mariadb_rows() -> Iterator[tuple[Any, ...]]:
    for number, (text, blob, at) in enumerate(zip(texts(), blobs(), moments(), strict=True)):
        decimal = _DECIMALS[number % len(_DECIMALS)]
        yield (
            *(number, text, text[:100], f"x{number} ", blob, blob[:64], decimal),
            *(number / 7, number / 3 * 10 ** (number % 40 - 20), number, at, None),
            *(at[:10], f"-{number % 800}:59:59.{number % 1000:03}", 1901 + number % 250),
            *(number * 8, ("a", "b'c")[number % 2], "x,y", '{"a": "\\u00e9\\""}', text[-9:]),
        )


def fill_postgres(server: Postgres, database: str) -> None:
    """A database with one table of each trouble."""
    psycopg = pytest.importorskip("psycopg")
    server.run("createdb", "--template=template0", "--encoding=UTF8", database)
    with psycopg.connect(server.url(database)) as base:
        base.execute(
            "CREATE SCHEMA ehr; "
            "CREATE TYPE ehr.pair AS (a int, b text); "
            "CREATE TABLE ehr.hostile (id int PRIMARY KEY, t text, c char(9), b bytea, "
            "n numeric, m numeric(30,9), f real, g double precision, at timestamp, tz timestamptz, "
            "day date, tm time, iv interval, ok boolean, arr text[], j jsonb, p ehr.pair, "
            'bits bit(5), u uuid, "odd ""name""%s" text); '
            "CREATE TABLE parts (id int, t text) PARTITION BY RANGE (id); "
            "CREATE TABLE part_one PARTITION OF parts FOR VALUES FROM (0) TO (500); "
            "CREATE TABLE part_two PARTITION OF parts FOR VALUES FROM (500) TO (99999)"
        )
        marks = ",".join(["%s"] * 20)
        with base.cursor() as cursor:
            cursor.executemany(f"INSERT INTO ehr.hostile VALUES ({marks})", list(_postgres_rows()))
            cursor.executemany("INSERT INTO parts VALUES (%s,%s)", list(enumerate(texts())))
        base.execute("INSERT INTO ehr.hostile (id, day, at) VALUES (-1, 'infinity', '-infinity')")
        base.execute("INSERT INTO ehr.hostile (id, p) VALUES (-2, row(NULL, NULL))")


def _postgres_rows() -> Iterator[tuple[Any, ...]]:
    for number, (text, blob, at) in enumerate(zip(texts(), blobs(), moments(), strict=True)):
        decimal = _DECIMALS[number % len(_DECIMALS)]
        yield (
            *(number, text, f"x{number} ", blob, decimal, decimal[:30], number / 7),
            *(number / 3 * 10 ** (number % 40 - 20), at, at + "+05:30", at[:10], at[11:]),
            *(f"{number} days -3 hours 7 seconds", number % 2 == 0, [text[:3], None, "", "NULL"]),
            *('{"a": "\\u00e9\\""}', (number, text[:5])),
            *(f"{number % 32:05b}", f"00000000-0000-4000-8000-{number:012}", text[-9:]),
        )
