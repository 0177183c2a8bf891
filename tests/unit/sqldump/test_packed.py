"""Packed dumps, and folders of several."""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from migrate.core.ports import ExtractRequest
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.extractors.sqldump import SqlDumpExtractor, files
from tests.extraction import Extraction

DUMP = b"""-- MySQL dump
CREATE TABLE `t` (`n` int) ENGINE=x;
INSERT INTO `t` VALUES (1),(2);
"""


def packed(folder: Path, how: str, name: str, content: bytes) -> Path:
    """The content in a packed file."""
    path = folder / f"{name}.{how}"
    if how == "gz":
        path.write_bytes(gzip.compress(content))
    elif how == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"deep/{name}", content)
    else:
        zstandard = pytest.importorskip("zstandard")
        path.write_bytes(zstandard.ZstdCompressor().compress(content))
    return path


@pytest.mark.parametrize("how", ["gz", "zst", "zip"])
def test_packed_dumps_are_read_as_streams(tmp_path: Path, how: str) -> None:
    path = packed(tmp_path, how, "a.sql", DUMP)
    found = Extraction(path, extractor=SqlDumpExtractor())
    assert found.cells("t") == [("1",), ("2",)]
    (file,) = found.tables["t"].files
    whole = DUMP if how == "zip" else path.read_bytes()
    assert (file.sha256, file.bytes) == (hashlib.sha256(whole).hexdigest(), len(whole))
    assert SqlDumpExtractor().detect(str(path)) is not None
    assert Extraction(tmp_path, extractor=SqlDumpExtractor()).cells("t") == found.cells("t")


@pytest.mark.parametrize("how", ["gz", "zst", "zip"])
def test_packed_database_files(tmp_path: Path, how: str) -> None:
    plain = tmp_path / "plain.db"
    with closing(sqlite3.connect(plain)) as base:
        base.executescript("CREATE TABLE t (n INT); INSERT INTO t VALUES (1);")
    path = packed(tmp_path, how, "emr.db", plain.read_bytes())
    assert Extraction(path, extractor=SqlDumpExtractor()).cells("t") == [("1",)]


def test_a_torn_archive(tmp_path: Path) -> None:
    path = packed(tmp_path, "gz", "a.sql", DUMP * 200)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(NeedsPerson) as refused:
        list(SqlDumpExtractor().extract(ExtractRequest(str(path))))
    assert refused.value.code == "EXT021"


@pytest.mark.parametrize("how", ["gz", "zst", "zip"])
def test_a_bomb_is_refused_while_it_unpacks(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "RATIO_FREE", 1 << 20)
    given: list[int] = []

    class Counted(files._Limited):
        def read(self, size: int = -1) -> bytes:
            block = super().read(size)
            given.append(len(block))
            return block

    monkeypatch.setattr(files, "_Limited", Counted)
    bomb = DUMP + b"INSERT INTO `t` VALUES ('" + b"0" * (48 << 20) + b"');\n"
    path = packed(tmp_path, how, "a.sql", bomb)
    with pytest.raises(NeedsPerson) as refused:
        list(SqlDumpExtractor().extract(ExtractRequest(str(path))))
    assert refused.value.code == "EXT020"
    assert sum(given) < len(bomb) / 2


def test_an_archive_that_leads_outside_is_not_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("../a.sql", DUMP)
    assert SqlDumpExtractor().detect(str(tmp_path / "b.zip")) is None
    with pytest.raises(NeedsPerson) as refused:
        list(SqlDumpExtractor().extract(ExtractRequest(str(tmp_path / "b.zip"))))
    assert refused.value.code == "EXT020"


def test_structure_and_data_in_two_files_and_what_is_no_dump(tmp_path: Path) -> None:
    lines = DUMP.splitlines(keepends=True)
    (tmp_path / "1-structure.sql").write_bytes(b"".join(lines[:2]))
    (tmp_path / "2-data.sql").write_bytes(lines[2])
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "notes.txt").write_bytes(b"please INSERT INTO the folder")
    found = Extraction(tmp_path, extractor=SqlDumpExtractor())
    assert found.cells("t") == [("1",), ("2",)]
    assert [file.path for file in found.tables["t"].files] == ["2-data.sql"]
    assert sorted(found.others) == ["1-structure.sql", "letter.pdf", "notes.txt"]


def test_settings(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(DUMP)
    found = Extraction(tmp_path, {"dialect": "mysql", "files": {}}, SqlDumpExtractor())
    assert found.cells("t") == [("1",), ("2",)]
    wrongly: list[dict[str, object]] = [{"dialect": "oracle"}, {"colour": "red"}]
    wrongly += [{"files": {"a.sql": {}}}]
    for options in wrongly:
        with pytest.raises(AskedWrongly) as wrong:
            Extraction(tmp_path, options, SqlDumpExtractor())
        assert wrong.value.code == "EXT023"
    with pytest.raises(AskedWrongly):
        Extraction(tmp_path / "none", extractor=SqlDumpExtractor())
