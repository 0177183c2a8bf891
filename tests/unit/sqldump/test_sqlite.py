"""SQLite: database files and what ``.dump`` writes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from migrate.core.ports import ExtractRequest
from migrate.errors import NeedsPerson
from migrate.extractors.sqldump import SqlDumpExtractor
from tests.extraction import Extraction

SCHEMA = """
CREATE TABLE people (mrn TEXT, amount REAL, data BLOB, note, id INTEGER PRIMARY KEY);
CREATE TABLE "odd ""name" ([a b] TEXT, mrn INT REFERENCES people(id));
CREATE VIEW hostile AS SELECT load_extension('x') FROM people;
CREATE TRIGGER t AFTER INSERT ON people BEGIN DELETE FROM people; END;
CREATE VIRTUAL TABLE search USING fts4(body);
"""


def database(folder: Path) -> Path:
    """A database with values that no declared type may touch."""
    path = folder / "emr.db"
    with closing(sqlite3.connect(path)) as base:
        base.executescript(SCHEMA.replace("CREATE TRIGGER", "-- CREATE TRIGGER"))
        rows = [
            ("00123", 86.8, b"\x00\xff", "a\nb", 1),
            (7, 1e300, None, None, 2),
            (None, 4, "text in a blob", "", 3),
        ]
        base.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", rows)
        base.execute("INSERT INTO people VALUES (CAST(x'ff' AS TEXT), 0, NULL, NULL, 4)")
        base.execute('INSERT INTO "odd ""name" VALUES (\'x\', 1)')
        base.executescript(SCHEMA[SCHEMA.index("CREATE TRIGGER") :].split("CREATE VIRT")[0])
        base.commit()
    return path


def test_a_database_file_is_read_as_it_holds_its_values(tmp_path: Path) -> None:
    found = Extraction(database(tmp_path), extractor=SqlDumpExtractor())
    assert found.cells("people") == [
        ("00123", "86.8", "0x00FF", "a\nb", "1"),
        ("7", "1e+300", None, None, "2"),
        (None, "4.0", "text in a blob", "", "3"),
    ]
    assert found.codes() == [(4, "4", "EXT012")]
    assert found.cells("odd_name") == [("x", "1")]
    assert found.tables["people"].primary_key == ("id",)
    assert found.tables["odd_name"].foreign_keys[0].target == "people"
    assert "hostile" not in found.tables
    assert found.issue_codes() == ["EXT030"]
    assert [path.name for path in tmp_path.iterdir()] == ["emr.db"]


def test_a_damaged_database(tmp_path: Path) -> None:
    path = database(tmp_path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(NeedsPerson) as refused:
        list(SqlDumpExtractor().extract(ExtractRequest(str(path))))
    assert refused.value.code == "EXT021"


def test_a_journal_beside_the_file_is_told(tmp_path: Path) -> None:
    path = database(tmp_path)
    (tmp_path / "emr.db-wal").write_bytes(b"x")
    assert "EXT034" in Extraction(path, extractor=SqlDumpExtractor()).issue_codes()


def test_dump_text(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n"
        "CREATE TABLE t (mrn INT, b BLOB, n REAL, s TEXT);\n"
        "INSERT INTO t VALUES('00123',X'00ff',146.18000000000000681,'it''s -- no comment');\n"
        "INSERT INTO t VALUES(1,NULL,1e999,"
        "replace(replace('a\\r\\nb','\\r',char(13)),'\\n',char(10)));\n"
        "INSERT INTO t VALUES(2,NULL,-4,unistr('a\\u000ab\\\\'));\n"
        "DELETE FROM sqlite_sequence;\nINSERT INTO sqlite_sequence VALUES('t',3);\n"
        "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END;\nCOMMIT;\n"
    )
    found = Extraction(tmp_path, extractor=SqlDumpExtractor())
    assert found.cells("t") == [
        ("00123", "0x00FF", "146.18000000000000681", "it's -- no comment"),
        ("1", None, "1e999", "a\r\nb"),
        ("2", None, "-4", "a\nb\\"),
    ]
    assert found.issue_codes() == []
