"""Dumps in real servers: what is staged of the dump is what the server holds, cell by cell.

The server is asked twice: by its driver with plain statements written here, and by the extractor
of live databases.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from migrate.extractors.sqldump import SqlDumpExtractor
from migrate.extractors.sqldump.cells import as_kind, column_kind
from tests.server.hostile import fill_mariadb, fill_postgres
from tests.server.sql_servers import MariaDb, Postgres
from tests.server.staged import Staged, live
from tests.shared import need_shared

pytestmark = [pytest.mark.server, pytest.mark.slow]
CELLS = {"synthea": 750_000, "openmrs": 350_000, "openelis": 200_000}


def mariadb_holds(server: MariaDb, database: str, staged: Staged) -> Staged:
    """The same tables as the driver gives them, no value converted."""
    held = Staged()
    with server.connect(database) as base, base.cursor() as cursor:
        for name, table in staged.tables.items():
            kinds = [column_kind(column.declared_type) for column in table.columns]
            names = ", ".join(quoted(column.source_name, "`") for column in table.columns)
            cursor.execute(f"SELECT {names} FROM `{table.source_name.split('.')[-1]}`")
            held.tables[name] = table
            held.rows[name] = [
                tuple(
                    cell if cell is None or isinstance(cell, str) else as_kind(cell, kind).decode()
                    for cell, kind in zip(row, kinds, strict=True)
                )
                for row in cursor.fetchall()
            ]
    return held


def postgres_holds(server: Postgres, database: str, staged: Staged, zone: str = "UTC") -> Staged:
    """The same tables as the driver gives them: every type's own output, no value converted.

    ``zone`` is that in which instants are written; dumps write them in their server's.
    """
    psycopg = pytest.importorskip("psycopg")
    held = Staged()
    with psycopg.connect(server.url(database)) as base:
        base.execute("SET extra_float_digits = 3")
        base.execute(f"SET timezone = '{zone}'")
        for name, table in staged.tables.items():
            names = ", ".join(quoted(column.source_name, '"') for column in table.columns)
            place = ".".join(f'"{part}"' for part in table.source_name.split("."))
            cursor = base.execute(f"SELECT {names} FROM ONLY {place}")
            raw = cursor.pgresult
            held.tables[name] = table
            held.rows[name] = [
                tuple(
                    None if (cell := raw.get_value(row, at)) is None else cell.decode()
                    for at in range(raw.nfields)
                )
                for row in range(raw.ntuples)
            ]
    return held


def quoted(name: str, mark: str) -> str:
    """A name as SQL writes it."""
    return mark + name.replace(mark, mark * 2) + mark


def plain(source: Path, folder: Path) -> Path:
    """A dump unpacked."""
    path = folder / "plain.sql"
    path.write_bytes(gzip.decompress(source.read_bytes()))
    return path


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("synthea", ("synthea_emr", "synthea_emr.mysqldump.sql.gz")),
        ("openmrs", ("bahmni", "openmrs_v0.92.mysqldump.sql.gz")),
    ],
)
def test_mysqldump(maria: MariaDb, tmp_path: Path, name: str, parts: tuple[str, str]) -> None:
    source = plain(need_shared("corpus", "sql", *parts), tmp_path)
    with source.open("rb") as dump:
        maria.load(dump, name)
    staged = Staged.of(SqlDumpExtractor(), str(source))
    assert staged.differences(mariadb_holds(maria, name, staged)) == []
    assert staged.differences(live(maria.url(name))) == []
    assert staged.cells() > CELLS[name]


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "parts", "zone"),
    [
        ("synthea", ("synthea_emr", "synthea_emr.pg_dump.sql.gz"), "UTC"),
        ("openelis", ("bahmni", "openelis_v0.92.pg_dump.sql.gz"), "Asia/Kolkata"),
    ],
)
def test_pg_dump(
    pg: Postgres, tmp_path: Path, name: str, parts: tuple[str, str], zone: str
) -> None:
    source = plain(need_shared("corpus", "sql", *parts), tmp_path)
    with source.open("rb") as dump:
        pg.load(dump, name)
    staged = Staged.of(SqlDumpExtractor(), str(source))
    held = postgres_holds(pg, name, staged, zone)
    assert staged.with_doubles_as_such().differences(held.with_doubles_as_such()) == []
    assert live(pg.url(name)).differences(postgres_holds(pg, name, staged)) == []
    assert staged.cells() > CELLS[name]


@pytest.mark.parametrize("options", [(), ("--hex-blob", "--skip-extended-insert"), ("-c",)])
def test_hostile_values_in_mariadb(maria: MariaDb, tmp_path: Path, options: tuple[str]) -> None:
    name = f"hostile{len(options)}{len(''.join(options))}"
    fill_mariadb(maria, name)
    path = tmp_path / "hostile.sql"
    maria.dump(name, path, *options)
    staged = Staged.of(SqlDumpExtractor(), str(path))
    assert staged.differences(mariadb_holds(maria, name, staged)) == []
    assert staged.differences(live(maria.url(name))) == []
    assert sum(map(len, staged.rows.values())) > 1_000


@pytest.mark.parametrize(
    "options", [(), ("--inserts", "--rows-per-insert=7"), ("-Fc",), ("-Fd",), ("-Ft",)]
)
def test_hostile_values_in_postgres(pg: Postgres, tmp_path: Path, options: tuple[str]) -> None:
    name = f"hostile{sum(map(ord, ''.join(options)))}"
    fill_postgres(pg, name)
    path = tmp_path / "hostile.sql"
    pg.dump(name, path, *options)
    staged = Staged.of(SqlDumpExtractor(), str(path))
    if "--inserts" not in options:  # there the dump writes true, COPY and the server t
        assert staged.differences(postgres_holds(pg, name, staged)) == []
        assert staged.differences(live(pg.url(name))) == []
    assert sum(map(len, staged.rows.values())) > 1_000
