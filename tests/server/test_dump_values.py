"""Dumps loaded into the real server and read back: the staged text is what the server holds."""

from __future__ import annotations

import gzip
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.core.ports import ExtractRequest, Rows, TableDone
from migrate.extractors.sqldump import SqlDumpExtractor
from migrate.extractors.sqldump.cells import as_kind, column_kind
from tests.server.sql_servers import MariaDb, mariadb
from tests.shared import need_shared

pytestmark = [pytest.mark.server, pytest.mark.slow]

HOSTILE_DDL = """-- MySQL dump
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `hostile` (`id` int PRIMARY KEY, `t` longtext, `b` longblob, `d` decimal(30,9),
  `at` datetime(6), `day` date, `bits` bit(12)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    """MariaDB, for the tests of this file."""
    with tempfile.TemporaryDirectory(prefix="db-") as folder, mariadb(Path(folder)) as running:
        yield running


def differences(server: MariaDb, database: str, source: Path) -> tuple[int, int]:
    """Cells compared, and tables whose rows are not those of the server."""
    rows: dict[str, list[tuple[str | None, ...]]] = {}
    done = []
    for event in SqlDumpExtractor().extract(ExtractRequest(str(source))):
        if isinstance(event, Rows):
            columns = [column.to_pylist() for column in event.batch.columns[:-3]]
            rows.setdefault(event.table, []).extend(zip(*columns, strict=True))
        elif isinstance(event, TableDone):
            done.append(event.table)
    cells = wrong = 0
    with server.connect(database) as base, base.cursor() as cursor:
        for table in done:
            kinds = [column_kind(column.declared_type) for column in table.columns]
            names = ", ".join(f"`{column.source_name}`" for column in table.columns)
            cursor.execute(f"SELECT {names} FROM `{table.source_name.split('.')[-1]}`")
            held = [
                tuple(
                    None if cell is None else as_kind(cell, kind).decode()
                    for cell, kind in zip(row, kinds, strict=True)
                )
                for row in _raw(cursor)
            ]
            cells += len(held) * len(kinds)
            wrong += sorted(held, key=repr) != sorted(rows.get(table.name, []), key=repr)
    return cells, wrong


def _raw(cursor: object) -> list[tuple[bytes | None, ...]]:
    """Rows as bytes: without converters the driver gives text as str, bytes as bytes."""
    return [
        tuple(c.encode() if isinstance(c, str) else c for c in row)
        for row in cursor.fetchall()  # type: ignore[attr-defined]
    ]


def test_hostile_values(server: MariaDb, tmp_path: Path) -> None:
    planes = [chr(p) for p in range(1, 0x110000, 97) if not 0xD800 <= p < 0xE000]
    rows = []
    for number in range(512):
        text = "".join(planes[number * 20 : number * 20 + 20]) + chr(number % 256)
        quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
        blob = "0x" + bytes([number % 256, 0, 39, 92, 255 - number % 256]).hex()
        rows.append(
            f"({number},'{quoted}',{blob},'{number}.000000{number % 10}00',"
            f"'0000-00-00 00:00:00.000000','{2000 + number % 30}-02-28',"
            f"b'10{number % 2}')"
        )
    path = tmp_path / "hostile.sql"
    path.write_text(HOSTILE_DDL + f"INSERT INTO `hostile` VALUES {','.join(rows)};\n")
    server.load(io.BufferedReader(path.open("rb", buffering=0)), "hostile")
    assert differences(server, "hostile", path) == (512 * 7, 0)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("parts", "least"),
    [
        (("synthea_emr", "synthea_emr.mysqldump.sql.gz"), 700_000),
        (("bahmni", "openmrs_v0.92.mysqldump.sql.gz"), 300_000),
    ],
)
def test_real_dumps(server: MariaDb, tmp_path: Path, parts: tuple[str, str], least: int) -> None:
    source = need_shared("corpus", "sql", *parts)
    plain = tmp_path / "plain.sql"
    plain.write_bytes(gzip.decompress(source.read_bytes()))
    with plain.open("rb") as dump:
        server.load(dump, parts[0])
    cells, wrong = differences(server, parts[0], source)
    assert wrong == 0
    assert cells > least
