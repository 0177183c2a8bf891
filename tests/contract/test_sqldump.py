"""The extractor of dumps keeps the contract that plug-in authors are given."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from migrate.core.ports import Extractor, ExtractRequest
from migrate.extractors.sqldump import SqlDumpExtractor
from migrate.testing.extractor_contract import ExtractorContract
from tests.dbase_tables import Field, memos_of_dbase3, table

MYSQL = """-- MySQL dump 10.13
CREATE TABLE `patients` (`id` int NOT NULL, `name` varchar(40), PRIMARY KEY (`id`)) ENGINE=x;
CREATE TABLE `visits` (`id` int, `patient` int, `note` text,
  FOREIGN KEY (`patient`) REFERENCES `patients` (`id`)) ENGINE=x;
INSERT INTO `patients` VALUES (1,'Testperson, Ann'),(2,'Roe'),(3,' ');
INSERT INTO `visits` VALUES (10,1,NULL),(11,2,'brief'),(12,3);
CREATE FUNKTION nobody_knows;
INSERTS INTO nothing;
"""


class TestMySqlFolder(ExtractorContract):
    """A dump with a row that has too few values, beside a file that is no dump."""

    def extractor(self) -> Extractor:
        """The extractor."""
        return SqlDumpExtractor()

    def export(self, folder: Path) -> ExtractRequest:
        """The folder."""
        (folder / "export").mkdir(exist_ok=True)
        (folder / "export" / "a.sql").write_text(MYSQL)
        (folder / "export" / "letter.pdf").write_bytes(b"%PDF-1.4")
        return ExtractRequest(str(folder / "export"))

    def expected(self) -> Mapping[str, tuple[int, int]]:
        """Rows and rejects."""
        return {"patients": (3, 0), "visits": (2, 1)}


class TestMySqlPacked(TestMySqlFolder):
    """The same, packed."""

    def export(self, folder: Path) -> ExtractRequest:
        """The file."""
        path = folder / "emr.sql.gz"
        path.write_bytes(gzip.compress(MYSQL.encode(), mtime=0))
        return ExtractRequest(str(path))


class TestSqliteFile(ExtractorContract):
    """A database file."""

    def extractor(self) -> Extractor:
        """The extractor."""
        return SqlDumpExtractor()

    def export(self, folder: Path) -> ExtractRequest:
        """The file."""
        path = folder / "emr.db"
        with closing(sqlite3.connect(path)) as base:
            base.executescript(
                "CREATE TABLE IF NOT EXISTS patients (id INTEGER PRIMARY KEY, name TEXT);"
                "REPLACE INTO patients VALUES (1, 'Testperson, Ann'), (2, ' ');"
                "REPLACE INTO patients VALUES (3, CAST(x'ff' AS TEXT));"
            )
        return ExtractRequest(str(path))

    def expected(self) -> Mapping[str, tuple[int, int]]:
        """Rows and rejects."""
        return {"patients": (2, 1)}


class TestDbaseFolder(ExtractorContract):
    """dBase tables, one with memos; a record whose text is none, and an index beside them."""

    def extractor(self) -> Extractor:
        """The extractor."""
        return SqlDumpExtractor()

    def export(self, folder: Path) -> ExtractRequest:
        """The folder."""
        export = folder / "export"
        export.mkdir(exist_ok=True)
        people = [b" 1Testperson", b"*2          ", b" 3R\xffe       "]
        fields = [Field("ID", "N", 1), Field("NAME", "C", 10)]
        (export / "PATIENTS.DBF").write_bytes(table(fields, people, charset=0))
        (export / "PATIENTS.NDX").write_bytes(bytes(512))
        notes = table([Field("NOTE", "M", 10)], [b" " + b"%10d" % 1, b" " * 11], version=0x83)
        (export / "notes.dbf").write_bytes(notes)
        (export / "notes.dbt").write_bytes(memos_of_dbase3([b"nothing to say"]))
        return ExtractRequest(str(export))

    def expected(self) -> Mapping[str, tuple[int, int]]:
        """Rows and rejects."""
        return {"patients": (2, 1), "notes": (2, 0)}


@pytest.mark.skipif(shutil.which("mdb-export") is None, reason="mdbtools is not installed")
class TestAccessFile(ExtractorContract):
    """An Access database, packed."""

    def extractor(self) -> Extractor:
        """The extractor."""
        return SqlDumpExtractor()

    def export(self, folder: Path) -> ExtractRequest:
        """The file."""
        shutil.copy(Path(__file__).parents[1] / "unit/sqldump/access.mdb.gz", folder)
        return ExtractRequest(str(folder / "access.mdb.gz"))

    def expected(self) -> Mapping[str, tuple[int, int]]:
        """Rows and rejects."""
        return {"patients": (4, 0), "order_details": (2, 0), "empty": (0, 0)}
