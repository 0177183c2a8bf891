"""Databases by their address: SQLite here; real servers in tests/server."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.core.ports import ExtractRequest
from migrate.errors import AskedWrongly, MigrateError, NeedsPerson
from migrate.extractors.database import DatabaseExtractor
from migrate.extractors.database.exact import cell
from migrate.extractors.sqldump import SqlDumpExtractor
from tests.server.staged import Staged, live
from tests.unit.sqldump.test_sqlite import database

CELL = (
    st.none()
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary(max_size=9)
)


def made(folder: Path, script: str) -> str:
    """The address of a database that a script makes."""
    path = folder / "emr.db"
    with closing(sqlite3.connect(path)) as base:
        base.executescript(script)
    return f"sqlite:///{path}"


def refusal(source: str, options: dict[str, object] | None = None) -> MigrateError:
    """What extracting raises."""
    with pytest.raises(MigrateError) as raised:
        list(DatabaseExtractor().extract(ExtractRequest(source, options or {})))
    return raised.value


def test_the_address_reads_what_the_file_reader_reads(tmp_path: Path) -> None:
    path = database(tmp_path)
    by_address, by_file = live(f"sqlite:///{path}"), Staged.of(SqlDumpExtractor(), str(path))
    assert by_address.rows == by_file.rows
    assert by_address.rows["people"][0] == ("00123", "86.8", "0x00FF", "a\nb", "1")
    assert [reject.code for reject in by_address.rejects] == ["EXT012"]
    assert [issue.code for issue in by_address.issues] == ["EXT030"]
    links = by_address.tables["odd_name"].foreign_keys
    assert [(link.columns, link.target, link.target_columns) for link in links] == [
        (("mrn",), "people", ("id",))
    ]


@settings(deadline=None, max_examples=25)
@given(rows=st.lists(st.tuples(CELL, CELL), max_size=9))
def test_random_tables(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object]]) -> None:
    path = tmp_path_factory.mktemp("db") / "emr.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE t (a, b)")
        base.executemany("INSERT INTO t VALUES (?, ?)", rows)
        base.commit()
    assert live(f"sqlite:///{path}").rows["t"] == [tuple(map(cell, row)) for row in rows]


def test_rows_come_in_the_order_of_the_key_and_in_batches(tmp_path: Path) -> None:
    rows = ",".join(f"({(n * 7919) % 45_000}, 'x')" for n in range(45_000))
    source = made(
        tmp_path, f"CREATE TABLE t (id INT, v, PRIMARY KEY (id)); INSERT INTO t VALUES {rows};"
    )
    staged = live(source)
    assert [int(row[0] or -1) for row in staged.rows["t"]] == list(range(45_000))
    assert staged.tables["t"].primary_key == ("id",)
    assert staged.tables["t"].columns[1].filled == 45_000


def test_only_the_tables_that_were_asked_for(tmp_path: Path) -> None:
    source = made(tmp_path, "CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO b VALUES (1);")
    staged = live(source, tables=frozenset({"a", "zz"}))
    assert set(staged.tables) == {"a"}
    assert [(issue.code, issue.message.rpartition(": ")[2]) for issue in staged.issues] == [
        ("EXT052", "b")
    ]


def test_nothing_is_written_beside_or_into_it(tmp_path: Path) -> None:
    source = made(tmp_path, "CREATE TABLE a (x); INSERT INTO a VALUES (1);")
    before = (tmp_path / "emr.db").read_bytes()
    live(source)
    assert [entry.name for entry in tmp_path.iterdir()] == ["emr.db"]
    assert (tmp_path / "emr.db").read_bytes() == before


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("postgresql://ann:hunter2@127.0.0.1/emr", "EXT051"),
        ("mysql://ann@127.0.0.1/emr?password=hunter2", "EXT051"),
        ("postgresql://127.0.0.1/emr?sslpassword=hunter2", "EXT051"),
        ("sqlite:////nowhere/emr.db", "EXT001"),
        ("http://127.0.0.1/emr", "EXT001"),
        ("postgresql://ann@127.0.0.1:1/emr", "EXT050"),
        ("mysql://ann@127.0.0.1:1/emr", "EXT050"),
        ("mssql+pyodbc://ann@127.0.0.1:1/emr", "EXT033"),
    ],
)
def test_refusals_tell_no_secret(source: str, code: str) -> None:
    fault = refusal(source)
    assert fault.code == code
    assert fault.try_
    told = repr((fault.message, fault.kept, fault.try_, fault.details, fault.__cause__))
    assert "hunter2" not in told


def test_where_the_password_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from migrate.extractors.database.address import complete, parsed

    url = parsed("postgresql://ann@127.0.0.1/emr")
    assert url is not None
    assert complete(url, {}).password is None
    monkeypatch.setenv("EHR_MIGRATE_SOURCE_PASSWORD", "p@ss/word")
    monkeypatch.setenv("OTHER", "second")
    assert complete(url, {}).password == "p@ss/word"
    assert complete(url, {"password": {"env": "OTHER"}}).password == "second"
    path = tmp_path / "secret"
    path.write_text("third\n")
    path.chmod(0o644)
    with pytest.raises(NeedsPerson, match="EXT050"):
        complete(url, {"password": {"file": str(path)}})
    path.chmod(0o600)
    assert complete(url, {"password": {"file": str(path)}}).password == "third"
    for wrong in ("hunter2", {"env": "A", "file": "B"}, {"argv": "x"}):
        with pytest.raises(AskedWrongly, match="EXT023"):
            complete(url, {"password": wrong})


@pytest.mark.parametrize(
    "options", [{"schema": "x"}, {"schemas": "public"}, {"all_tables": "yes"}, {"encoding": "x"}]
)
def test_settings_are_checked(tmp_path: Path, options: dict[str, object]) -> None:
    source = made(tmp_path, "CREATE TABLE a (x);")
    assert refusal(source, options).code == "EXT023"


def test_it_looks_at_addresses_only(tmp_path: Path) -> None:
    extractor = DatabaseExtractor()
    assert extractor.detect(str(tmp_path)) is None
    assert extractor.detect("https://127.0.0.1/fhir") is None
    assert extractor.detect("mysql://ann@127.0.0.1/emr") is not None
    with pytest.raises(AskedWrongly, match="EXT051"):
        extractor.detect("mysql://ann:hunter2@127.0.0.1/emr")
