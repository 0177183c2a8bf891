"""Delimited files: what is staged, what is rejected, and that every line has a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import AskedWrongly
from tests.extraction import extract


def test_all_cells_stay_text_byte_for_byte(tmp_path: Path) -> None:
    content = b'id,a,b,c\n007,1E5,1.10, x \n008,,"","NULL"\n009,"a ""b"", c",NULL,\t\n'
    found = extract(tmp_path, content)
    assert found.cells("t") == [
        ("007", "1E5", "1.10", " x "),
        ("008", None, "", "NULL"),
        ("009", 'a "b", c', "NULL", "\t"),
    ]
    assert [column.filled for column in found.tables["t"].columns] == [3, 2, 2, 2]
    assert [row["_row"] for row in found.rows["t"]] == [1, 2, 3]
    assert [row["_at"] for row in found.rows["t"]] == ["2", "3", "4"]
    assert {row["_file"] for row in found.rows["t"]} == {"t.csv"}


def test_null_tokens_only_by_declaration_and_only_unquoted(tmp_path: Path) -> None:
    options = {"null_tokens": ["NULL"], "files": {}}
    found = extract(tmp_path, b'a,b\nNULL,"NULL"\nnull,x\n', options)
    assert found.cells("t") == [(None, "NULL"), ("null", "x")]


def test_embedded_line_ends_and_lines_of_records(tmp_path: Path) -> None:
    content = b'id,note,z\n1,"first, line\nsecond, line\n\nthird",x\n\n2,plain,y\r\n'
    found = extract(tmp_path, content)
    assert found.cells("t") == [
        ("1", "first, line\nsecond, line\n\nthird", "x"),
        ("2", "plain", "y"),
    ]
    assert [row["_at"] for row in found.rows["t"]] == ["2", "7"]
    assert found.tables["t"].files[0].physical_lines == 7
    assert [issue.code for issue in found.issues] == ["EXT015"]


def test_rows_that_cannot_be_read_are_kept_with_their_bytes(tmp_path: Path) -> None:
    lines = [
        b"id,name,city",
        b"1,Ada,Ames",
        b"2,Bob",
        b"3,Cy,Lima,extra",
        b'4,"Dee,Oslo',
        b"5,E\x00d,Rome",
        b"6,F\xffo,Bonn",
        b"7,Gil,Kiel",
        b'8,"Hal" Jr,Linz',
        b"9,In",
    ]
    found = extract(tmp_path, b"\n".join(lines), {"encoding": "utf-8"})
    assert found.cells("t") == [("1", "Ada", "Ames"), ("7", "Gil", "Kiel")]
    assert found.codes() == [
        (2, "3", "EXT010"),
        (3, "4", "EXT010"),
        (4, "5", "EXT011"),
        (5, "6", "EXT014"),
        (6, "7", "EXT012"),
        (8, "9", "EXT011"),
        (9, "10", "EXT013"),
    ]
    assert [reject.raw.rstrip(b"\n") for reject in found.rejects] == [
        lines[place] for place in (2, 3, 4, 5, 6, 8, 9)
    ]
    assert found.tables["t"].rejected == 7


def _rows(count: int) -> list[bytes]:
    return [b"%d,2024-01-%02d,Pain in knee,%d.50" % (n, n % 28 + 1, n) for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("opening", "closing", "rejected", "kept"),
    [
        (b'10,2024-01-10,"Pain,1.50', b'310,2024-01-10,Pain",3.50', [10], 399),
        (b'10,2024-01-10,"Pain,1.50', b'310,2024-01-10,"Pain,3.50', [10, 310], 398),
        (b'10,2024-01-10,6" nail,1.50', b'310,2024-01-10,8" nail,3.50', [], 400),
        (b'10,2024-01-10,"Pain,1.50', b"310,2024-01-10,Pain,3.50", [10], 399),
    ],
)
def test_stray_quotes_swallow_no_rows(
    tmp_path: Path, opening: bytes, closing: bytes, rejected: list[int], kept: int
) -> None:
    lines = _rows(400)
    lines[9], lines[309] = opening, closing
    found = extract(tmp_path, b"id,day,what,paid\n" + b"\n".join(lines) + b"\n")
    assert [reject.row for reject in found.rejects] == rejected
    assert {reject.code for reject in found.rejects} <= {"EXT011"}
    assert len(found.rows["t"]) == kept
    numbers = [row["_row"] for row in found.rows["t"]]
    assert sorted([*numbers, *rejected]) == list(range(1, 401))
    assert all(row["id"] == str(row["_row"]) for row in found.rows["t"])


def test_swallowed_rows_without_any_shaped_column(tmp_path: Path) -> None:
    lines = [b"red,round,sour"] * 50
    lines[9], lines[39] = b'red,"round,sour', b'red,round",sour'
    found = extract(tmp_path, b"a,b,c\n" + b"\n".join(lines) + b"\n")
    assert [reject.row for reject in found.rejects] == [10]
    assert len(found.rows["t"]) == 49


def test_notes_with_commas_and_lines_are_believed(tmp_path: Path) -> None:
    notes = [f"Seen today, {n}, well\nPlan: rest, ice\nReturn, or call" for n in range(300)]
    text = "id,day,note\n" + "".join(f'{n},2024-01-02,"{note}"\r\n' for n, note in enumerate(notes))
    found = extract(tmp_path, text.encode())
    assert found.rejects == []
    assert [row["note"] for row in found.rows["t"]] == notes


def test_note_lines_that_begin_with_a_number_are_no_rows(tmp_path: Path) -> None:
    notes = ["Given:\n10,000 units", "Dose\n5,5 mg\nthen rest", "a\n1,2\nb\nc\n3,4\nd"]
    rows = [(str(n), notes[n % 3]) for n in range(60)]
    text = "id,note\n" + "".join(f'{n},"{note}"\n' for n, note in rows)
    found = extract(tmp_path, text.encode())
    assert found.rejects == []
    assert found.cells("t") == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_are_found(tmp_path: Path, encoding: str, end: str) -> None:
    name = "Zoë “Zo”" if encoding != "latin-1" else "Zoë"
    rows = [f'{n},{name},"a{n}"' for n in range(20)]
    found = extract(
        tmp_path, (end.join(["id;x".replace(";", ",") + ",y", *rows]) + end).encode(encoding)
    )
    assert found.rejects == []
    assert found.cells("t") == [(str(n), name, f"a{n}") for n in range(20)]


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"])
def test_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["id", "a", "b"],
        *([str(n), "x, y|z" if delimiter == "\t" else "x", ""] for n in range(9)),
    ]
    text = "\n".join(delimiter.join(row) for row in rows) + "\n"
    found = extract(tmp_path, text.encode(), name="t.txt")
    assert [tuple(row) for row in rows[1:]] == [
        tuple(cell or "" for cell in row) for row in found.cells("t")
    ]


def test_unknown_settings_are_refused_all_at_once(tmp_path: Path) -> None:
    options = {"ignored": ["x"], "files": {"t.csv": {"encoding": "klingon", "delimeter": ","}}}
    with pytest.raises(AskedWrongly) as caught:
        extract(tmp_path, b"a,b\n1,2\n", options)
    assert caught.value.code == "EXT023"
    assert len(caught.value.details) == 3
