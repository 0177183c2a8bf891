"""What each file of an export is taken for."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha1, sha256
from pathlib import Path

import pytest

from migrate.errors import AskedWrongly
from tests.extraction import Extraction, extract

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_documents_become_rows_of_export_files(tmp_path: Path) -> None:
    files = {
        "t.csv": b"a,b\n1,2\n",
        "docs/scan.pdf": PDF,
        "docs/letter.txt": b"Dear Dr. Roe, thank you.\nShe is well, and sends greetings, too.\n",
        "docs/page.html": b"<p>1,2</p>\n<p>3,4</p>\n",
        "docs/old.tif": b"II*\0" + bytes(200),
        "docs/blob": bytes(range(256)) * 4,
    }
    found = Extraction(write(tmp_path, files))
    rows = {row["path"]: row for row in found.rows["export_files"]}
    assert {path: row["content_type"] for path, row in rows.items()} == {
        "docs/blob": "application/octet-stream",
        "docs/letter.txt": "text/plain",
        "docs/old.tif": "image/tiff",
        "docs/page.html": "text/html",
        "docs/scan.pdf": "application/pdf",
    }
    scan = rows["docs/scan.pdf"]
    assert b64decode(scan["base64"]) == PDF
    assert b64decode(scan["sha1_base64"]) == sha1(PDF).digest()
    assert scan["sha256"] == sha256(PDF).hexdigest()
    assert (scan["name"], scan["bytes"], scan["_file"]) == ("scan.pdf", "23", "docs/scan.pdf")
    assert found.tables["export_files"].primary_key == ("path",)
    assert sorted(found.others) == sorted(rows)


def test_ignored_files_are_listed_with_the_reason(tmp_path: Path) -> None:
    files = {
        "t.csv": b"a\n1\n",
        "README.txt": b"a,b\n",
        "x/.DS_Store": b"x",
        "controls.csv": b"n\n",
    }
    found = Extraction(write(tmp_path, files), {"ignore": ["readme*", "controls.csv"]})
    assert list(found.tables) == ["t"]
    assert found.others == {
        "README.txt": "ignored by the project's setting 'readme*'",
        "controls.csv": "ignored by the project's setting 'controls.csv'",
        "x/.DS_Store": "ignored: left behind by an operating system",
    }


def test_empty_file_and_header_alone(tmp_path: Path) -> None:
    found = Extraction(write(tmp_path, {"none.csv": b"", "head.csv": b"a,b\n"}))
    assert found.issue_codes() == ["EXT003", "EXT004"]
    assert found.others == {"none.csv": "empty file"}
    assert (found.tables["head"].rows, len(found.tables["head"].columns)) == (0, 2)


def test_declared_columns_name_a_file_without_header(tmp_path: Path) -> None:
    options = {"files": {"t.csv": {"columns": ["Id", "Full Name"]}}}
    assert extract(tmp_path, b"1,Ann\n2,Bo\n", options).cells("t") == [("1", "Ann"), ("2", "Bo")]
    assert extract(tmp_path, b"ID,Full name\n1,Ann\n", options).cells("t") == [("1", "Ann")]


def test_header_false_without_names_numbers_the_columns(tmp_path: Path) -> None:
    found = extract(tmp_path, b"1,Ann\n", {"header": False})
    assert found.rows["t"][0]["column_2"] == "Ann"


def test_a_dictionary_gives_names_and_types(tmp_path: Path) -> None:
    words = (
        b"Table,Column,Type\nPATIENT,PAT_ID,int\nPATIENT,NAME,varchar\nGONE,ID,int\nGONE,X,int\n"
    )
    files = {
        "meta/dict.csv": words,
        "patient.csv": b"7,Ann\n8,Bo\n",
        "gone.csv": b"",
        "other.csv": b"a,b\n1,2\n",
    }
    found = Extraction(write(tmp_path, files), {"dictionary": "dict.csv"})
    assert found.cells("patient") == [("7", "Ann"), ("8", "Bo")]
    declared = {each.name: each.declared_type for each in found.tables["patient"].columns}
    assert declared == {"pat_id": "int", "name": "varchar"}
    assert found.tables["gone"].rows == 0
    assert found.others == {"meta/dict.csv": "data dictionary"}


def test_a_dictionary_that_is_none_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": b"a\n1\n", "dict.csv": b"foo,bar\n1,2\n"})
    for name in ("dict.csv", "missing.csv"):
        with pytest.raises(AskedWrongly) as caught:
            Extraction(tmp_path, {"dictionary": name})
        assert caught.value.code == "EXT026"


def test_split_files_become_one_table_by_column_names(tmp_path: Path) -> None:
    files = {"obs_1.csv": b"id,v\n1,a\n", "obs_2.csv": b"v,id,more\nb,2,x\nc\nd,4,\n"}
    found = Extraction(write(tmp_path, files), {"files": {"obs_*.csv": {"table": "obs"}}})
    assert found.cells("obs") == [("1", "a", None), ("2", "b", "x"), ("4", "d", None)]
    rows = [(row["_row"], row["_file"], row["_at"]) for row in found.rows["obs"]]
    assert rows == [(1, "obs_1.csv", "2"), (2, "obs_2.csv", "2"), (4, "obs_2.csv", "4")]
    assert found.codes() == [(3, "3", "EXT010")]


def test_same_name_in_two_folders(tmp_path: Path) -> None:
    files = {"a/t.csv": b"x,y\n1,2\n", "b/t.csv": b"x,y\n3,4\n", "c/t.csv": b"z\n5\n"}
    found = Extraction(write(tmp_path, files))
    assert found.cells("t") == [("1", "2"), ("3", "4")]
    assert found.cells("t_2") == [("5",)]
    assert found.issue_codes() == ["EXT017", "EXT017"]


def test_names_are_made_staged_names(tmp_path: Path) -> None:
    found = extract(tmp_path, b"Pat ID,,Pat-ID,2nd\n1,2,3,4\n", name="Tbl Patients.csv")
    assert [each.name for each in found.tables["tbl_patients"].columns] == [
        "pat_id",
        "c",
        "pat_id_2",
        "c_2nd",
    ]


def test_rows_with_one_delimiter_more_than_the_header(tmp_path: Path) -> None:
    found = extract(tmp_path, b"a,b\n1,2,\n3,4,\n")
    assert found.cells("t") == [("1", "2", None), ("3", "4", None)]


def test_unquoted_tabs_with_quotes_inside(tmp_path: Path) -> None:
    text = b'id\tnote\n1\t"brain fog" is bad\n2\tsaid "no\n3\t5\'10" tall\n'
    found = extract(tmp_path, text, name="t.tsv")
    assert found.rejects == []
    assert [row["note"] for row in found.rows["t"]] == [
        '"brain fog" is bad',
        'said "no',
        "5'10\" tall",
    ]


def test_bare_line_feeds_are_data_when_only_crlf_ends_rows(tmp_path: Path) -> None:
    content = b"id,note\r\n1,two\nlines\r\n2,x\r\n"
    found = extract(tmp_path, content)
    assert "EXT015" in found.issue_codes()
    again = extract(tmp_path, content, {"line_end": "crlf"})
    assert again.cells("t") == [("1", "two\nlines"), ("2", "x")]
    assert again.tables["t"].files[0].physical_lines == 3


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a\nplain\n", "utf-8"),
        ("a\nZoë\n".encode(), "utf-8"),
        ("a\nZoë “x”\n".encode("cp1252"), "cp1252"),
        (b"a\nZo\xeb\n", "cp1252"),
        (b"a\nx\x81\x8dy\n", "latin-1"),
        ("a\nZoë\nmore\n".encode("utf-16"), "utf-16-le with BOM"),
        ("alpha\nbeta\n".encode("utf-16-le"), "utf-16-le"),
        ("alpha\nbeta\n".encode("utf-16-be"), "utf-16-be"),
        ("a\nZoë\n".encode("utf-8-sig"), "utf-8 with BOM"),
    ],
)
def test_encodings_are_told_apart(tmp_path: Path, content: bytes, encoding: str) -> None:
    found = extract(tmp_path, content)
    assert found.tables["t"].files[0].encoding == encoding
    assert found.rejects == []


def test_damaged_utf8_stays_utf8(tmp_path: Path) -> None:
    lines = ["a,b", *(f"{n},Zoë" for n in range(20))]
    content = "\n".join(lines).encode() + b"\n20,Zo\xeb\n"
    found = extract(tmp_path, content)
    assert found.codes() == [(21, "22", "EXT012")]
    assert found.rejects[0].raw == b"20,Zo\xeb\n"


def test_multi_megabyte_fields(tmp_path: Path) -> None:
    big = ("line of a scanned page, base64 \n" * 150_000)[:-1]
    content = f'id,doc,z\n1,"{big}",x\n2,small,y\n3,{"Q" * 3_000_000},z\n'
    found = extract(tmp_path, content.encode())
    assert found.rejects == []
    assert [len(row["doc"]) for row in found.rows["t"]] == [len(big), 5, 3_000_000]


def test_backslash_escapes_are_found(tmp_path: Path) -> None:
    rows = [f'{n},"say \\"hi\\", ok",x' for n in range(20)]
    found = extract(tmp_path, "\n".join(["id,a,b", *rows, "20,plain,y", ""]).encode())
    assert found.rejects == []
    assert found.cells("t")[0] == ("0", 'say "hi", ok', "x")
    assert "escape \\" in (found.tables["t"].files[0].dialect or "")


def test_documents_are_not_named_in_messages(tmp_path: Path) -> None:
    files = {"Doe_Ann.zip": b"PK\x03\x04", "Doe_Bea.pdf": b"", "none.csv": b"", "t.csv": b"a\n1\n"}
    found = Extraction(write(tmp_path, files))
    assert sorted(issue.message for issue in found.issues) == [
        "a file *.pdf is empty",
        "a file *.zip is an archive inside the export and was not opened",
        "file 'none.csv' is empty",
    ]
