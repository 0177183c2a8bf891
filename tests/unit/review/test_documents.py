"""Reviews of exports that are documents: the document itself is shown, and items lead into it."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from migrate.engine.facts import open_facts
from migrate.stages.review.documents import documents_of, point_at
from tests.review_documents import drawn_documents
from tests.review_project import serving
from tests.unit.review.test_serve import Browser


def test_the_documents_of_a_chart_are_shown_and_items_lead_into_them(tmp_path: Path) -> None:
    with serving(drawn_documents(tmp_path)) as server:
        browser = Browser(server)
        assert browser.ask("GET", "/chart/1/source")[0] == 403
        browser.enter()
        chart = browser.ask("GET", "/chart/1")[2]
        status, _, page = browser.ask("GET", "/chart/1/source")
        assert status == 200
        assert re.findall(r'href="/chart/1/source#(d\ds\d)"', chart) == ["d2s1"]
        assert re.findall(r'id="(d\ds\d)"', page) == ["d1s1", "d2s1"]
        assert '<td colspan="2">Invented nut</td>' in page and "<del>penicillin</del>" in page
        assert "3 more sections" in page
        for obeyed in ("<script", "onclick", "style=", "\u202e", 'href="javascript'):
            assert obeyed not in page
        for wrong in ("/chart/9/source", "/chart/1/other", "/chart/1/source/x"):
            assert browser.ask("GET", wrong)[0] == 404


def test_documents_are_found_by_patient_the_newest_first(tmp_path: Path) -> None:
    (tmp_path / "staged").mkdir()
    with duckdb.connect() as db:
        for name, select in (
            ("staged/documents", "SELECT * FROM (VALUES ('k1', 'Old', 'x', '2019', 1, 'a', '/'), "
             "('k2', NULL, 'New', '2020', 2, 'b', '/')) t(key, title, code_text, time, _row, "
             "_file, _at)"),
            ("staged/sections", "SELECT * FROM (VALUES ('k1', 'One', 'x', '<text>1</text>', 1, "
             "'a', '/s[1]'), ('k2', 'Two', 'x', '<text>2</text>', 2, 'b', '/s[1]'), "
             "('k2', 'None', 'x', NULL, 3, 'b', '/s[2]'), ('k2', 'Other', 'x', '<text/>', 4, "
             "'b', '/s[3]')) t(document, title, code_text, markup, _row, _file, _at)"),
            ("fates", "SELECT 'sections' AS tbl, n AS row, 'mapped' AS fate, '' AS code, "
             "'' AS reason, '' AS rule, CASE WHEN n < 4 THEN 'p1' ELSE 'p2' END AS patient "
             "FROM range(1, 5) t(n)"),
        ):  # fmt: skip
            db.execute(f"COPY ({select}) TO '{tmp_path / name}.parquet' (FORMAT parquet)")
    with open_facts(tmp_path) as facts:
        found = documents_of(facts, ["p1"])
    assert set(found) == {"p1"}
    assert [(d["title"], [s["title"] for s in d["sections"]]) for d in found["p1"]] == [
        ("New", ["Two"]),
        ("Old", ["One"]),
    ]


def test_a_row_points_at_the_innermost_section_of_its_own_file() -> None:
    sections = [{"at": "/D/s[1]"}, {"at": "/D/s[1]/c[1]/s[1]"}]
    rows = [
        {"file": "a.xml", "at": "/D/s[1]/c[1]/s[1]/e[4]"},
        {"file": "a.xml", "at": "/D/s[1]/e[2]"},
        {"file": "b.xml", "at": "/D/s[1]/e[2]"},
        {"file": "a.xml", "at": "/D/s[11]/e[2]"},
        {"file": None, "at": None},
    ]
    point_at([{"rows": rows}], [{"file": "a.xml", "sections": sections}])
    assert [row["source"] for row in rows] == ["d1s2", "d1s1", "", "", ""]
