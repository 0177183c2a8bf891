"""The archive: every row on a page, inert whatever it says, and any changed byte is found."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.errors import AskedWrongly
from migrate.report.archive import ROW_MARK, shown
from migrate.stages import archive
from migrate.stages.progress import Silent
from tests import run_folder
from tests.cli.run import ehr_migrate
from tests.run_folder import Cells, read_json, write_unreadable
from tests.small_project import small_project

HOSTILE = "<script>alert(1)</script><tr data-row>\u202e\"'&=HYPERLINK(1)\x1b[2J"
LONG = "<b>" + "x" * 100_000
TABLES: dict[str, tuple[Sequence[str], Cells]] = {
    "patients": (run_folder.PATIENTS, [("1", HOSTILE, None), ("2", LONG, "x"), ("3", "Zz", "")]),
    "visits": (
        run_folder.VISITS,
        [("10", "1", HOSTILE, None), ("11", "", "2024", None), ("12", "77", "2024-03-02", "y")],
    ),
    "charges": (run_folder.CHARGES, [(str(n), None, "1.00", None) for n in range(1203)]),
}


class Texts(HTMLParser):
    """Tags and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert not any(name.startswith("on") or name in ("src", "style") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def made(tmp_path: Path) -> Path:
    project, run = small_project(tmp_path, tables=TABLES)
    write_unreadable(run.folder, "visits", [(9, "EXT011"), (10, "EXT014")])
    done = archive.run(project, run, tmp_path / "archive", Silent())
    assert (done.patients, done.rows, done.unreadable) == (4, 1209, 2)
    return done.folder


def pages(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*.html")
    }


def test_every_row_stands_on_one_page(made: Path) -> None:
    counts = [len(ROW_MARK.findall(text.encode())) for text in pages(made).values()]
    assert sum(counts) == 1209 + 2
    facts = read_json(made / "archive.json")
    tables = facts["tables"]
    assert isinstance(tables, list)
    assert [(t["table"], t["staged"], t["written"]) for t in tables] == [
        (name, len(TABLES[name][1]), len(TABLES[name][1])) for name in TABLES
    ]


def test_names_are_inert_and_whole(made: Path) -> None:
    all_pages = pages(made)
    for text in all_pages.values():
        parsed = Texts(text)
        assert not parsed.tags & {"script", "img"}
        assert not re.search("[\x00-\x08\x1b\u202e]", text)
    chart = next(t for n, t in all_pages.items() if n.startswith("charts/") and "alert(1)" in t)
    assert "<script" not in chart and "U+202E" in chart and "U+001B" in chart
    assert any("x" * 100_000 in text for text in all_pages.values())
    index = next(t for n, t in all_pages.items() if n.startswith("people/"))
    assert len(index) < 20_000


def test_every_link_leads_to_a_file_of_the_archive(made: Path) -> None:
    reached = {"index.html"}
    for name, text in pages(made).items():
        for link in Texts(text).links:
            target = (made / name).parent / link
            assert target.resolve().is_relative_to(made) and target.is_file(), (name, link)
            reached.add(target.resolve().relative_to(made).as_posix())
    assert reached == set(pages(made))


def test_a_key_without_a_patient_has_a_chart_and_no_key_a_table_page(made: Path) -> None:
    texts = pages(made)
    assert any("Chart 77" in text for name, text in texts.items() if name.startswith("charts/"))
    assert sorted(name.split("-")[0] for name in texts if name.startswith("tables/")) == [
        "tables/0001",
        "tables/0002",
        "tables/0002",
        "tables/0002",
    ]


def test_a_check_finds_what_was_changed(made: Path) -> None:
    assert archive.check(made).whole
    for line in (made / "MANIFEST.sha256").read_text().splitlines():
        digest, path = line.split("  ", 1)
        assert hashlib.sha256((made / path).read_bytes()).hexdigest() == digest
    victim = made / "charts/0000/0000001.html"
    old = victim.read_bytes()
    victim.write_bytes(old.replace(b"alert(1)", b"alert(2)"))
    assert archive.check(made).changed == ("charts/0000/0000001.html",)
    victim.write_bytes(old)
    (made / "people/000001.html").unlink()
    (made / "charts/extra.html").write_text("x")
    found = archive.check(made)
    assert (found.missing, found.added) == (("people/000001.html",), ("charts/extra.html",))
    assert not found.whole


def test_rows_taken_out_of_pages_and_list_alike_are_missed(made: Path) -> None:
    path = made / "charts/0000/0000001.html"
    path.write_bytes(ROW_MARK.sub(b"<tr>", path.read_bytes()))
    seals = made / "MANIFEST.sha256"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    name = "  charts/0000/0000001.html"
    lines = [
        digest + name if line.endswith(name) else line for line in seals.read_text().split("\n")
    ]
    seals.write_text("\n".join(lines))
    found = archive.check(made)
    assert not found.changed and not found.whole and found.rows < found.rows_promised


def test_nothing_else_is_overwritten(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/letter.txt").write_text("keep")
    with pytest.raises(AskedWrongly, match="PRJ012"):
        archive.run(project, run, tmp_path / "full", Silent())
    assert (tmp_path / "full/letter.txt").read_text() == "keep"
    with pytest.raises(AskedWrongly, match="PRJ012"):
        archive.check(tmp_path / "full")


def test_same_run_same_bytes(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    first = archive.run(project, run, tmp_path / "a", Silent())
    second = archive.run(project, run, tmp_path / "b", Silent())
    assert first.digest == second.digest
    assert archive.run(project, run, tmp_path / "a", Silent()).digest == first.digest


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_a_text_comes_back_from_its_page(text: str) -> None:
    page = shown(text)
    assert Texts(page).tags <= {"span"}
    marks = re.sub(r'<span class="u">U\+([0-9A-F]+)</span>', lambda m: chr(int(m[1], 16)), page)
    assert html.unescape(marks) == text.replace("\r\n", "\n")


def test_the_command(made: Path) -> None:
    done = ehr_migrate("archive", "--check", str(made))
    assert done.code == 0 and "whole: " in done.out
    (made / "index.html").write_text("x")
    broken = ehr_migrate("archive", "--check", str(made), "--json")
    assert broken.code == 10 and '"changed": [\n    "index.html"' in broken.out
