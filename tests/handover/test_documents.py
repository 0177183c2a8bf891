"""Documents for an import desk: known by their bytes, made PDFs, counted, never lost."""

from __future__ import annotations

import base64
import io
import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.targets.handover.documents import Converted, converted
from migrate.targets.handover.documents.convert import pdf_pages
from migrate.targets.handover.documents.pdf import text_pdf
from migrate.targets.handover.documents.words import html_words, rtf_words
from migrate.targets.handover.scans import ScanWriter
from tests.handover.packages import read_rows, shipped_layout

pypdf = pytest.importorskip("pypdf", reason="the extra part 'documents' is not installed")
Image = pytest.importorskip("PIL.Image", reason="the extra part 'documents' is not installed")


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def tiff(pages: int, mode: str = "1") -> bytes:
    out = io.BytesIO()
    pictures = [Image.new(mode, (40 + n, 30), 1) for n in range(pages)]
    pictures[0].save(out, "TIFF", save_all=True, append_images=pictures[1:])
    return out.getvalue()


def locked_pdf() -> bytes:
    plain = text_pdf("locked")
    assert plain is not None
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(plain[0]))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("pages", [1, 2, 7])
@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_tiff_of_many_pages_is_a_pdf_of_as_many(pages: int, mode: str) -> None:
    made = converted(tiff(pages, mode), "image/tiff")
    assert (made.pages, made.state, made.suffix) == (pages, "made a PDF", ".pdf")
    assert pdf_pages(made.content) == (pages, None)
    assert made.original == (tiff(pages, mode), ".tif")
    picture = pypdf.PdfReader(io.BytesIO(made.content)).pages[pages - 1].images[0].image
    assert picture.size == (40 + pages - 1, 30)


def test_rtf_keeps_its_words() -> None:
    raw = rb"{\rtf1\ansi{\fonttbl{\f0 Times;}}\f0 Dear Dr.\tab A\'e9\u8211?B\par{\*\gen x}2 \{ok\}}"
    assert rtf_words(raw.decode()) == ("Dear Dr.\tAé–B\n2 {ok}", False)
    made = converted(raw, "application/rtf")
    assert made.state == "made a PDF"
    assert "Aé–B" in text_of(made.content)


def test_rtf_keeps_a_letterhead_and_a_foot() -> None:
    raw = r"{\rtf1{\header Example Clinic\par}Body.\par{\footer Page one\par}{\info{\title no}}}"
    words, _ = rtf_words(raw)
    assert words.split("\n") == ["", "Example Clinic", "Body.", "", "Page one", ""]


def test_html_keeps_its_words_and_runs_nothing() -> None:
    raw = "<html><head><style>p{}</style></head><body><p>One &amp; two</p><script>x()</script>"
    words, pictures = html_words(raw + "<img src=a>")
    assert (words.strip(), pictures) == ("One & two", True)
    assert converted((raw + "<img src=a>").encode(), "text/html").listed


@pytest.mark.parametrize(
    ("raw", "told", "state"),
    [
        (b"", "application/pdf", "kept: no bytes"),
        (b"\x00\x01\x02\xff", None, "kept: not a kind of document that is known"),
        (b"%PDF-1.4\nnothing", "application/pdf", "kept: cannot be opened"),
        (b"II*\x00\x08\x00\x00\x00", "image/tiff", "kept: cannot be opened"),
        ("Grüße, 日本".encode(), "text/plain", "kept: letters that the PDF's font does not have"),
        (b"plain", "image/tiff", "made a PDF, declared as tiff"),
    ],
)
def test_what_cannot_be_converted_is_kept_and_listed(
    raw: bytes, told: str | None, state: str
) -> None:
    made = converted(raw, told)
    assert (made.state, made.listed) == (state, True)
    assert raw in (made.content, (made.original or (b"",))[0])


def test_a_locked_pdf_is_kept_and_listed() -> None:
    made = converted(locked_pdf(), "application/pdf")
    assert (made.state, made.listed, made.pages) == ("kept: needs a password", True, None)


def test_a_pdf_stays_as_it_was() -> None:
    page = text_pdf("a\fb")
    assert page is not None
    made = converted(page[0], "application/pdf")
    assert (made.content, made.pages, made.state, made.original) == (page[0], 2, "as it was", None)


LETTERS = st.characters(codec="cp1252", exclude_categories=["Cc"])


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(LETTERS, max_size=120), max_size=80))
def test_every_line_of_a_text_is_on_some_page(lines: list[str]) -> None:
    made = text_pdf("\n".join(lines))
    assert made is not None
    assert pdf_pages(made[0]) == (made[1], None)
    assert made == text_pdf("\n".join(lines))


def mixed(number: int) -> list[tuple[bytes, str, int | None]]:
    """(bytes, declared type, pages or None where nobody can open it)."""
    rng = random.Random(7)
    page = text_pdf("Letter")
    assert page is not None
    kinds: list[tuple[bytes, str, int | None]] = [
        (b"", "application/pdf", None),
        (b"A note.\nSecond line.", "text/plain", 1),
        (rb"{\rtf1 A letter\par}", "application/rtf", 1),
        (b"<html><body><p>Visit</p></body></html>", "text/html", 1),
        (page[0], "application/pdf", 1),
        (tiff(3), "image/tiff", 3),
        (tiff(2), "application/pdf", 2),
        (locked_pdf(), "application/pdf", None),
        (b"\x00\x99\x00", "application/octet-stream", None),
    ]
    return [rng.choice(kinds) for _ in range(number)]


def test_a_thousand_mixed_documents_pages_in_pages_out(tmp_path: Path) -> None:
    layout = shipped_layout("documents-desk")
    file = layout.files[0]
    given_documents = mixed(1000)
    rows = [
        dict.fromkeys([column.name for column in file.columns])
        | {"_id": f"r{n}", "_at": "$", "record_id": f"r{n}", "last_name": f"O'Neil-{n % 50}"}
        | {"first_name": "../x", "date_of_birth": "01/02/1950", "content_type": told}
        | {"data": base64.b64encode(raw).decode()}
        for n, (raw, told, _) in enumerate(given_documents)
    ]
    (tmp_path / "handed").mkdir()
    names = list(rows[0])
    table = pa.table({name: pa.array([r[name] for r in rows], pa.string()) for name in names})
    writer = ScanWriter(tmp_path, file, layout)
    writer.write(tmp_path / "handed", iter([table]))
    header, index = read_rows(tmp_path / "documents-001.csv")
    listed = [dict(zip(header, row, strict=True)) for row in index]
    assert [one["pages"] for one in listed if one["pages"] not in ("", "0")] == [
        str(pages) for _, _, pages in given_documents if pages
    ]
    assert writer.pages == sum(pages or 0 for _, _, pages in given_documents)
    for one, (_, _, pages) in zip(listed, given_documents, strict=True):
        assert one["state"].startswith("kept: ") is (pages is None)
        assert (tmp_path / one["file_name"]).is_file()
    assert len({one["file_name"].lower() for one in listed}) == 1000
    assert all(one["file_name"].startswith("documents/batch-001/ONeil-") for one in listed)
    assert not list(tmp_path.glob("x*"))


def test_conversion_is_the_same_every_time() -> None:
    raw = tiff(2, "RGB")
    first: Converted = converted(raw, "image/tiff")
    assert first == converted(raw, "image/tiff")


def index_of(folder: Path, rows: list[dict[str, str | None]]) -> list[dict[str, str]]:
    """The index that the shipped documents desk gets for these rows."""
    layout = shipped_layout("documents-desk")
    names = [*("_id", "_at"), *(column.name for column in layout.files[0].columns)]
    table = pa.table({name: pa.array([r.get(name) for r in rows], pa.string()) for name in names})
    (folder / "handed").mkdir()
    ScanWriter(folder, layout.files[0], layout).write(folder / "handed", iter([table]))
    header, index = read_rows(folder / "documents-001.csv")
    return [dict(zip(header, row, strict=True)) for row in index]


def page(identity: str, raw: bytes) -> dict[str, str | None]:
    row: dict[str, str | None] = {"_id": identity, "record_id": identity, "last_name": "Quill"}
    return row | {"content_type": "image/tiff", "data": base64.b64encode(raw).decode()}


def test_a_file_a_page_becomes_one_document(tmp_path: Path) -> None:
    raws = [tiff(1), tiff(1, "RGB"), tiff(2, "L")]
    rows = [page("r1", raw) for raw in raws] + [page("r2", tiff(1))]
    first, second = index_of(tmp_path, rows)
    assert (first["pages"], second["pages"]) == ("4", "1")
    assert pdf_pages((tmp_path / first["file_name"]).read_bytes()) == (4, None)
    kept = [(tmp_path / name).read_bytes() for name in first["original_name"].split("; ")]
    assert kept == raws
    assert first["original_sha256"].count("; ") == 2


def test_pages_that_do_not_all_open_stay_documents_of_their_own(tmp_path: Path) -> None:
    rows = [page("r1", tiff(1)), page("r1", b"II*\x00broken"), page("r1", tiff(2))]
    found = index_of(tmp_path, rows)
    assert [one["pages"] for one in found] == ["1", "", "2"]
    assert found[1]["state"].startswith("kept: ")
