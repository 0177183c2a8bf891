"""dBase and FoxPro tables: what a record holds is what is staged."""

from __future__ import annotations

import struct
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.errors import AskedWrongly, NeedsPerson
from migrate.extractors.sqldump import SqlDumpExtractor
from tests.dbase_tables import (
    NULLABLE,
    SYSTEM,
    Field,
    memos_of_dbase3,
    memos_of_dbase4,
    memos_of_foxpro,
    table,
)
from tests.extraction import Extraction

PATIENTS = (
    Field("MRN", "C", 6),
    Field("NAME", "C", 12),
    Field("BORN", "D", 8),
    Field("WEIGHT", "N", 6, 2),
    Field("SMOKER", "L", 1),
)
ROWS = (
    b" 00123 Testperson  19700102 61.50T",
    b"*00124 Roe         00000000      ?",
    b" 00125 M\xfcller      19450000******N",
)


def extracted(source: Path, options: dict[str, object] | None = None) -> Extraction:
    return Extraction(source, options, SqlDumpExtractor())


def patients(**more: int) -> bytes:
    return table(PATIENTS, ROWS, **more)


def test_a_record_is_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "PATIENTS.DBF").write_bytes(patients())
    (tmp_path / "PATIENTS.CDX").write_bytes(b"\0" * 30)
    found = extracted(tmp_path)
    assert found.cells("patients") == [
        ("00123", "Testperson", "19700102", "61.50", "T", None),
        ("00124", "Roe", "00000000", None, None, "*"),
        ("00125", "Müller", "19450000", "******", "N", None),
    ]
    made = found.tables["patients"]
    assert [column.declared_type for column in made.columns][:4] == [
        "C(6)",
        "C(12)",
        "D(8)",
        "N(6,2)",
    ]
    assert (made.rows, made.declared_rows) == (3, 3)
    assert found.others == {"PATIENTS.CDX": "memos or index of a table"}


def test_a_folder_of_tables_is_recognised(tmp_path: Path) -> None:
    for name in ("a.dbf", "b.dbf"):
        (tmp_path / name).write_bytes(patients())
    for name in ("a.cdx", "b.cdx", "b.fpt", "x.dbc"):
        (tmp_path / name).write_bytes(bytes(40))
    seen = SqlDumpExtractor().detect(str(tmp_path))
    assert seen is not None and seen.confidence > 0.9
    assert "2 of 2 files: a dBase or FoxPro table" in seen.reason


@pytest.mark.parametrize(("charset", "encoding"), [(0, "cp1252"), (0x57, None)])
def test_the_encoding_can_be_said(charset: int, encoding: str | None, tmp_path: Path) -> None:
    (tmp_path / "a.dbf").write_bytes(patients(charset=charset))
    found = extracted(tmp_path, {"encoding": encoding} if encoding else {})
    assert found.cells("a")[2][1] == "Müller"


def test_bytes_that_are_no_text_hold_their_row_back(tmp_path: Path) -> None:
    (tmp_path / "a.dbf").write_bytes(patients(charset=0))
    found = extracted(tmp_path)
    assert found.codes() == [(3, "3", "EXT012")]
    assert found.rejects[0].raw == ROWS[2]


def test_a_table_that_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / "a.dbf").write_bytes(patients(declared=9)[:-12])
    found = extracted(tmp_path)
    assert found.codes() == [(3, "3", "EXT013")]
    assert (found.tables["a"].rows, found.tables["a"].declared_rows) == (2, 9)


@pytest.mark.parametrize(
    ("version", "name", "memos", "pointer"),
    [
        (0x83, "a.dbt", memos_of_dbase3([b"first\r\nnote", b"n\xfc"]), b"%10d"),
        (0x8B, "a.dbt", memos_of_dbase4([b"first\r\nnote", b"n\xfc"]), b"%10d"),
        (0xF5, "A.FPT", memos_of_foxpro([b"first\r\nnote", b"n\xfc"]), b"%10d"),
    ],
)
def test_memos(version: int, name: str, memos: bytes, pointer: bytes, tmp_path: Path) -> None:
    blocks = (8, 10) if version == 0xF5 else (1, 2)
    records = [b" " + pointer % block for block in blocks] + [b" " + b" " * 10]
    (tmp_path / "a.dbf").write_bytes(table([Field("NOTE", "M", 10)], records, version=version))
    (tmp_path / name).write_bytes(memos)
    assert [row[0] for row in extracted(tmp_path).cells("a")] == ["first\r\nnote", "nü", None]


def test_memos_in_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        made = table([Field("NOTE", "M", 10)], [b" " + b"%10d" % 1], version=0x83)
        archive.writestr("x/a.dbf", made)
        archive.writestr("x/a.dbt", memos_of_dbase3([b"kept"]))
    assert extracted(tmp_path / "old.zip").cells("a") == [("kept", None)]


def test_a_memo_that_is_not_there_holds_its_row_back(tmp_path: Path) -> None:
    records = [b" " + struct.pack("<L", block) for block in (8, 4_000_000)]
    (tmp_path / "a.dbf").write_bytes(table([Field("N", "M", 4)], records, version=0x30))
    (tmp_path / "a.fpt").write_bytes(memos_of_foxpro([b"kept"]))
    found = extracted(tmp_path)
    assert (found.cells("a"), found.codes()) == ([("kept", None)], [(2, "2", "EXT010")])


def test_foxpros_own_types_and_null_flags(tmp_path: Path) -> None:
    fields = [
        Field("ID", "I", 4),
        Field("FEE", "Y", 8, 4),
        Field("DOSE", "B", 8),
        Field("SEEN", "T", 8, 0, NULLABLE),
        Field("CODE", "V", 5, 0, NULLABLE),
        Field("RAW", "Q", 3),
        Field("_NullFlags", "0", 1, 0, SYSTEM),
    ]
    day = struct.pack("<LL", 2_459_946, 34_200_000)  # 1 January 2023, 09:30
    first = struct.pack("<iqd", -7, -12_345_678, 0.1) + day + b"ab \0\3" + b"\0\xff\2" + b"\x0a"
    second = struct.pack("<iqd", 8, 5, 2.0) + day + b"abcde" + b"abc" + b"\x05"
    made = table(fields, [b" " + first, b" " + second], version=0x30)
    (tmp_path / "a.dbf").write_bytes(made)
    assert extracted(tmp_path).cells("a") == [
        ("-7", "-1234.5678", "0.1", "2023-01-01 09:30:00", "ab ", "0x00FF", None),
        ("8", "0.0005", "2.0", None, None, "0x616263", None),
    ]


def test_tables_that_are_not_read_are_refused(tmp_path: Path) -> None:
    sound = patients()
    encrypted = sound[:15] + b"\1" + sound[16:]
    wide = sound[:10] + b"\4\0" + sound[12:]
    memo = table([Field("NOTE", "M", 10)], [b" " * 11], version=0x83)
    for content in (b"\4" + sound[1:], encrypted, wide, memo, sound[:20]):
        (tmp_path / "a.dbf").write_bytes(content)
        with pytest.raises(NeedsPerson) as raised:
            extracted(tmp_path)
        assert raised.value.code == "EXT021" and "Testperson" not in str(raised.value)


def test_the_package_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.dbf").write_bytes(patients())
    monkeypatch.setitem(sys.modules, "dbfread", None)
    with pytest.raises(NeedsPerson) as raised:
        extracted(tmp_path)
    assert (raised.value.code, raised.value.try_) == (
        "EXT033",
        "pip install 'ehr-migrate[dbase]'",
    )


@pytest.mark.parametrize("encoding", ["nonsense", "hex", "utf-16", 7])
def test_an_encoding_that_is_none(encoding: object, tmp_path: Path) -> None:
    (tmp_path / "a.dbf").write_bytes(patients())
    with pytest.raises(AskedWrongly) as raised:
        extracted(tmp_path, {"encoding": encoding})
    assert raised.value.code == "EXT023"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.text("aB0 é€", max_size=5), st.integers(-99_999, 999_999))))
def test_what_is_written_is_read(rows: list[tuple[str, int]]) -> None:
    import tempfile

    records = [b" " + text.encode("cp1252").ljust(5) + b"%6d" % number for text, number in rows]
    with tempfile.TemporaryDirectory() as folder:
        made = table([Field("T", "C", 5), Field("N", "N", 6)], records)
        Path(folder, "a.dbf").write_bytes(made)
        found = extracted(Path(folder)).cells("a")
    assert found == [(text.rstrip(" ") or None, str(number), None) for text, number in rows]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 230), st.binary(max_size=6))
def test_damage_is_a_reject_or_a_refusal(at: int, damage: bytes) -> None:
    import tempfile

    sound = patients()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.dbf").write_bytes(sound[:at] + damage + sound[at + len(damage) :])
        try:
            extracted(Path(folder))
        except NeedsPerson as refused:
            assert refused.code in ("EXT021", "EXT033")
