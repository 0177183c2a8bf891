"""Delimited files of any content: what was written comes back, and every line has a place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from migrate.core.ports import ExtractRequest, RowReject, Rows, TableDone
from migrate.extractors import archive
from migrate.extractors.delimited import DelimitedExtractor, clean, reader

HOSTILE = st.text(
    st.sampled_from("a7,;|\t\"\\\n\r'  €é\u2028\ufeff\u0001😀NULL"), min_size=0, max_size=12
)
TABLES = st.lists(st.tuples(HOSTILE, HOSTILE, st.none() | HOSTILE), min_size=1, max_size=8)
DIRTY = st.lists(
    st.sampled_from(
        [
            b"a",
            b"12",
            b",",
            b",",
            b'"',
            b'""',
            b"\n",
            b"\n",
            b"\r\n",
            b"\r",
            b"\0",
            b"\xff",
            b"\xc3",
        ]
    ),
    max_size=60,
).map(b"".join)

Cells = list[tuple[str | None, ...]]


def extract(content: bytes, options: dict[str, object]) -> tuple[Cells, list[RowReject], int]:
    """Rows, rejects and the highest row number of a file ``t.csv``."""
    rows: Cells = []
    rejects: list[RowReject] = []
    numbers: list[int] = []
    with TemporaryDirectory() as folder:
        Path(folder, "t.csv").write_bytes(content)
        for event in DelimitedExtractor().extract(ExtractRequest(folder, options)):
            match event:
                case Rows():
                    found = [tuple(row.values()) for row in event.batch.to_pylist()]
                    rows += [row[:-3] for row in found]
                    numbers += [row[-3] for row in found]
                case RowReject():
                    rejects.append(event)
                    numbers.append(event.row)
                case TableDone():
                    assert event.table.rows == len(rows)
                    assert event.table.rejected == len(rejects)
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    return rows, rejects, len(numbers)


@pytest.fixture(params=["wide", "narrow"], scope="module")
def windows(request: pytest.FixtureRequest) -> Iterator[str]:
    """The usual windows, and ones so small that every record crosses an edge."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "narrow":
            patch.setattr(reader, "WIDEST", 48)
            patch.setattr(reader, "NARROWEST", 16)
            patch.setattr(archive, "BLOCK", 7)
        yield request.param


def quoted(cell: str | None, quote_all: bool) -> str:
    """A cell by RFC 4180; None is an empty unquoted cell."""
    if cell is None:
        return ""
    if cell == "" or quote_all or any(mark in cell for mark in ',;|\t"\n\r'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


@pytest.mark.usefixtures("windows")
@settings(deadline=None, max_examples=60)
@given(
    table=TABLES,
    delimiter=st.sampled_from(",;|\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
    quote_all=st.booleans(),
    last=st.booleans(),
)
def test_rfc_tables_come_back(
    table: Cells,
    delimiter: str,
    end: str,
    encoding: str,
    quote_all: bool,
    last: bool,
) -> None:
    rows = [(f"K-{n:04d}", *cells) for n, cells in enumerate(table)]
    lines = [delimiter.join(["key", "a", "b", "c"])]
    lines += [delimiter.join(quoted(cell, quote_all) for cell in row) for row in rows]
    content = (end.join(lines) + (end if last else "")).encode(encoding)
    declared: dict[str, object] = {
        "delimiter": delimiter,
        "encoding": encoding.removesuffix("-sig"),
    }
    found, rejects, _ = extract(content, declared)
    assert rejects == []
    assert found == rows


@pytest.mark.usefixtures("windows")
@settings(deadline=None, max_examples=40)
@given(table=TABLES, with_quotes=st.booleans())
def test_backslash_tables_come_back(table: Cells, with_quotes: bool) -> None:
    def written(cell: str | None) -> str:
        if cell is None:
            return r"\N"
        marks = '\\"\n\r' if with_quotes else "\\|\n\r"
        text = "".join("\\" + c if c in marks else c for c in cell)
        return f'"{text}"' if with_quotes else text

    rows = [(f"K-{n:04d}", *cells) for n, cells in enumerate(table)]
    if not with_quotes:  # without quotes an empty cell and none are written alike
        rows = [tuple(cell or None for cell in row) for row in rows]
    lines = ["key|a|b|c", *("|".join(written(cell) for cell in row) for row in rows)]
    options: dict[str, object] = {
        "delimiter": "|",
        "quote": "rfc" if with_quotes else "none",
        "escape": "\\",
        "null_tokens": ["\\N"],
        "encoding": "utf-8",
        "line_end": "lf",
    }
    found, rejects, _ = extract("".join(line + "\n" for line in lines).encode(), options)
    assert rejects == []
    assert found == rows


@pytest.mark.usefixtures("windows")
@settings(deadline=None, max_examples=40)
@given(
    cells=st.lists(st.text(st.characters(codec="cp1252"), max_size=6), min_size=1, max_size=6),
    encoding=st.sampled_from(["cp1252", "latin-1"]),
)
def test_single_byte_encodings_come_back(cells: list[str], encoding: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["key", "a"])
    kept = [cell.replace("\0", "") for cell in cells]
    kept = [cell.encode(encoding, "ignore").decode(encoding) for cell in kept]
    writer.writerows([f"K{n}", cell] for n, cell in enumerate(kept))
    found, rejects, _ = extract(text.getvalue().encode(encoding), {"encoding": encoding})
    assert rejects == []
    assert found == [(f"K{n}", cell) for n, cell in enumerate(kept)]


@pytest.mark.usefixtures("windows")
@settings(deadline=None, max_examples=200)
@given(content=DIRTY, line_end=st.sampled_from(["lf", "crlf", "cr"]))
@example(content=b'a,"\r\r\n', line_end="crlf")
@example(content=b'1,"\n2,3\n4,5\n6,"7', line_end="lf")
def test_every_line_of_any_bytes_has_a_place(content: bytes, line_end: str) -> None:
    end = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r"}[line_end]
    options: dict[str, object] = {"encoding": "utf-8", "delimiter": ",", "line_end": line_end}
    rows, rejects, records = extract(b"k,v" + end + content, options)
    assert len(rows) + len(rejects) == records
    whole = b"k,v" + end + content
    assert all(reject.raw in whole for reject in rejects)


@settings(deadline=None, max_examples=200)
@given(content=DIRTY, escape=st.sampled_from(["none", "\\"]))
@example(content=b'x",1\na,""\n"b"c,2\n', escape="none")
def test_the_fast_parser_agrees_with_the_careful_one(content: bytes, escape: str) -> None:
    options: dict[str, object] = {"encoding": "utf-8", "escape": escape, "line_end": "lf"}
    fast = extract(b"k,v\n1,2\n" + content, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "clean_part", lambda *_: clean.NOTHING)
        careful = extract(b"k,v\n1,2\n" + content, options)
    assert fast == careful
