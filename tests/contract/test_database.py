"""The extractor of live databases keeps the contract that plug-in authors are given."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from migrate.core.ports import Extractor, ExtractRequest
from migrate.extractors.database import DatabaseExtractor
from migrate.testing.extractor_contract import ExtractorContract


class TestSqliteAddress(ExtractorContract):
    """An SQLite database by its address, with a row that is no text."""

    def extractor(self) -> Extractor:
        """The extractor."""
        return DatabaseExtractor()

    def export(self, folder: Path) -> ExtractRequest:
        """The address."""
        path = folder / "emr.db"
        if not path.exists():
            with closing(sqlite3.connect(path)) as base:
                base.executescript(
                    "CREATE TABLE patients (id INTEGER PRIMARY KEY, name TEXT);"
                    "CREATE TABLE visits (id INTEGER PRIMARY KEY, patient REFERENCES patients(id));"
                    "REPLACE INTO patients VALUES (2, ' '), (1, 'Testperson, Ann');"
                    "REPLACE INTO patients VALUES (3, CAST(x'ff' AS TEXT));"
                )
        return ExtractRequest(f"sqlite:///{path}")

    def expected(self) -> Mapping[str, tuple[int, int]]:
        """Rows and rejects."""
        return {"patients": (2, 1), "visits": (0, 0)}
