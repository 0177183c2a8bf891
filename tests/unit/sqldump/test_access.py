"""Access databases by mdbtools; ``access.mdb.gz`` was written by Jackcess with invented rows."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from migrate.errors import NeedsPerson
from migrate.extractors.sqldump import SqlDumpExtractor
from tests.extraction import Extraction

MADE = Path(__file__).with_name("access.mdb.gz")
needs_mdbtools = pytest.mark.skipif(
    shutil.which("mdb-export") is None, reason="mdbtools is not installed (apt install mdbtools)"
)


def extracted(source: Path) -> Extraction:
    return Extraction(source, None, SqlDumpExtractor())


@needs_mdbtools
def test_rows_come_as_access_holds_them(tmp_path: Path) -> None:
    path = tmp_path / "emr.mdb"
    path.write_bytes(gzip.decompress(MADE.read_bytes()))
    found = extracted(path)
    assert {name: table.rows for name, table in found.tables.items()} == {
        "empty": 0,
        "order_details": 2,
        "patients": 4,
    }
    patients = found.tables["patients"]
    assert (patients.primary_key, patients.declared_rows) == (("mrn",), 4)
    named = [column.source_name for column in patients.columns]
    assert named[:3] == ["MRN", "Full Name", "Born"]
    first, _, third, fourth = found.cells("patients")
    assert first[:4] == ("00123", 'O\'Testperson \\n "Ann"', "1970-01-02 00:00:00", "1")
    assert first[4:8] == ("1234.5678", "0.1", "0.1", "-7")
    assert first[8:10] == ("line one\r\nline; two\\", "0x00FF2741")
    assert first[11] == "-3.140"
    assert third[1:5] == (None, None, "0", "-0.0100")
    assert fourth[2] == "1899-12-30 14:05:00"


@needs_mdbtools
def test_a_packed_database_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "emr.mdb").write_bytes(gzip.decompress(MADE.read_bytes()))
    plain = extracted(tmp_path / "emr.mdb")
    assert extracted(MADE).cells("patients") == plain.cells("patients")


@needs_mdbtools
def test_a_database_that_was_cut_is_refused(tmp_path: Path) -> None:
    (tmp_path / "emr.mdb").write_bytes(gzip.decompress(MADE.read_bytes())[:70_000])
    with pytest.raises(NeedsPerson) as raised:
        extracted(tmp_path / "emr.mdb")
    assert raised.value.code == "EXT021"


def test_the_package_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    seen = SqlDumpExtractor().detect(str(MADE))
    assert seen is not None and seen.reason == "1 of 1 files: an Access database"
    with pytest.raises(NeedsPerson) as raised:
        extracted(MADE)
    refused = raised.value
    assert refused.code == "EXT033"
    assert (
        refused.message
        == "file 'access.mdb.gz' is an Access database, and mdbtools is not installed"
    )
    assert refused.kept == "nothing of this export was staged"
    assert refused.try_ == (
        "install it (Debian: apt install mdbtools), or export the tables as CSV"
    )
