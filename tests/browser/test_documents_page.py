"""The rendered source documents of a C-CDA review in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import DESKTOP, PHONE, browsing, need_chromium
from tests.review_documents import drawn_documents
from tests.review_project import serving

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("name", "size"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_a_key_opens_the_document_at_the_item(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    need_chromium()
    sheet = drawn_documents(tmp_path)
    with serving(sheet) as server, browsing(tmp_path, size, csp=False) as seen:
        page = seen.page
        page.goto(server.url)
        page.goto(f"http://127.0.0.1:{server.server_port}/chart/1")
        item = page.locator("article.item", has=page.locator("a.source")).first
        item.focus()
        with page.context.expect_page() as opened:
            page.keyboard.press("d")
        seen.picture(f"review-ccda-chart-{name}")
        document = opened.value
        document.wait_for_selector(".narrative:target")
        assert document.locator("main script, main img, main iframe").count() == 0
        seen.page = document
        assert seen.serious_faults() == [] and seen.sideways() <= 0
        seen.picture(f"review-ccda-document-{name}", whole=True)
        assert seen.hosts <= {"127.0.0.1", ""} and seen.errors == []
