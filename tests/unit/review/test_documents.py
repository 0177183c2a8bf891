"""Reviews of exports that are documents: the document itself is shown, and items lead into it."""

from __future__ import annotations

import re

from migrate.stages.review.documents import point_at
from tests.review_documents import drawn_documents
from tests.review_project import serving, sheet_of
from tests.unit.review.test_serve import Browser


def test_the_documents_of_a_chart_are_shown_and_items_lead_into_them() -> None:
    run = drawn_documents()[1]
    with serving(sheet_of(run)) as server:
        browser = Browser(server)
        assert browser.ask("GET", "/chart/1/source")[0] == 403
        browser.enter()
        chart = browser.ask("GET", "/chart/1")[2]
        status, _, page = browser.ask("GET", "/chart/1/source")
        assert status == 200
        links = set(re.findall(r'href="/chart/1/source#(d\ds\d)"', chart))
        assert links and links <= set(re.findall(r'id="(d\ds\d)"', page))
        assert "Invented nut" in page and "Old problem" in page
        assert page.index("Old problem") < page.index("Invented nut")  # the newest first
        assert '<td colspan="2">Invented nut</td>' in page and "<del>penicillin</del>" in page
        for obeyed in ("<script", "onclick", "style=", "\u202e", 'href="javascript'):
            assert obeyed not in page
        for wrong in ("/chart/9/source", "/chart/1/other", "/chart/1/source/x"):
            assert browser.ask("GET", wrong)[0] == 404


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
