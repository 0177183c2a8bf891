"""The review in a real browser: keys alone, both widths, nothing leaves, hostile names inert."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from migrate.store.reviews import ReviewFolder
from migrate.store.workspace import Run
from tests.browser.chromium import DESKTOP, PHONE, Seen, browsing, need_chromium
from tests.review_project import fresh_copy, serving, sheet_of

pytestmark = pytest.mark.browser
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>=HYPERLINK(1)\u202egnp.exe"
LONG = "x" * 100_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    need_chromium()
    return fresh_copy(tmp_path_factory.mktemp("browser") / "project")[1]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screenshots")


@pytest.fixture(autouse=True)
def _no_verdicts(run: Run) -> Iterator[None]:
    yield
    (ReviewFolder(run.folder).folder / "verdicts.jsonl").unlink(missing_ok=True)


def focused(seen: Seen) -> str:
    return str(seen.page.evaluate("document.activeElement.id"))


def wait_saved(seen: Seen, item: str, verdict: str) -> None:
    seen.page.wait_for_selector(f'#{item}[data-verdict="{verdict}"]', timeout=20_000)


@pytest.mark.parametrize(("name", "size"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_a_chart_is_judged_with_keys_alone(
    run: Run, pictures: Path, name: str, size: tuple[int, int]
) -> None:
    with serving(sheet_of(run)) as server, browsing(pictures, size) as seen:
        page, keys = seen.page, seen.page.keyboard
        page.goto(server.url)
        seen.picture(f"review-overview-{name}", whole=True)
        assert "token" not in page.url
        for _ in range(40):
            keys.press("Tab")
            if page.evaluate("document.activeElement.className") == "go":
                break
        keys.press("Enter")
        page.wait_for_selector("article.item")
        keys.press("j")
        assert focused(seen) == "i0"
        keys.press("j")
        assert focused(seen) == "i1"
        keys.press("k")
        keys.press("r")
        wait_saved(seen, "i0", "right")
        page.wait_for_selector("#i1:focus", timeout=20_000)
        keys.press("n")
        keys.type("jk: r or w?")
        keys.press("Escape")
        assert focused(seen) == "i1"
        keys.press("w")
        page.wait_for_selector("#i1:not([aria-busy])")
        keys.press("?")
        assert page.evaluate("document.getElementById('help').open")
        seen.picture(f"review-keys-{name}")
        keys.press("r")
        keys.press("Escape")
        assert not page.evaluate("document.getElementById('help').open")
        seen.picture(f"review-chart-{name}")
        keys.press("]")
        page.wait_for_url("**/chart/2")
        keys.press("[")
        page.wait_for_url("**/chart/1")
        keys.press("o")
        page.wait_for_url(f"http://127.0.0.1:{server.server_port}/")
        assert seen.sideways() <= 0
        assert seen.hosts <= {"127.0.0.1", ""} and seen.errors == []
    given = list(ReviewFolder(run.folder).verdicts())
    assert [(v.verdict, v.note) for v in given] == [("right", ""), ("wrong", "jk: r or w?")]


def shortest_chart(run: Run) -> int:
    """The chart with the fewest items."""
    counts: dict[int, int] = {}
    for one in ReviewFolder(run.folder).items():
        counts[one.chart] = counts.get(one.chart, 0) + 1
    return min(counts, key=lambda number: (counts[number], number))


@pytest.mark.parametrize(("name", "size"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_nobody_is_shut_out(run: Run, pictures: Path, name: str, size: tuple[int, int]) -> None:
    with serving(sheet_of(run)) as server, browsing(pictures, size, csp=False) as seen:
        seen.page.goto(server.url)
        assert seen.serious_faults() == []
        number = shortest_chart(run)
        seen.page.goto(f"http://127.0.0.1:{server.server_port}/chart/{number}")
        assert seen.sideways() <= 0
        few = "[...document.querySelectorAll('article.item')].slice(4).forEach(e => e.remove())"
        seen.page.evaluate(few)  # axe-core takes minutes over thousands of like cells
        assert seen.serious_faults() == []
        seen.page.locator("#help-button").click()
        assert seen.serious_faults() == []
        seen.picture(f"review-help-{name}")


def test_a_noticed_difference_is_told_and_judged_again(run: Run, pictures: Path) -> None:
    sheet = sheet_of(run)
    planted = next(one for one in ReviewFolder(run.folder).items() if one.planted)
    body = ReviewFolder(run.folder).chart(planted.chart) or {}
    place = next(n for n, item in enumerate(body["items"]) if item["id"] == planted.item)
    item = body["items"][place]
    line = item["planted"]["line"]
    with serving(sheet) as server, browsing(pictures, DESKTOP) as seen:
        seen.page.goto(server.url)
        seen.page.goto(f"http://127.0.0.1:{server.server_port}/chart/{planted.chart}#i{place}")
        row = seen.page.locator(f"#i{place} .new tbody tr").nth(line).locator("td").first
        assert item["planted"]["value"] in row.inner_text()
        seen.page.keyboard.press("w")
        seen.page.wait_for_selector(f"#i{place} p.note", timeout=20_000)
        assert item["elements"][line]["value"] in row.inner_text()
        seen.picture("review-planted")
        seen.page.wait_for_selector(f"#i{place}:focus", timeout=20_000)
        seen.page.keyboard.press("r")
        wait_saved(seen, f"i{place}", "right")
    assert [(v.verdict, v.planted) for v in ReviewFolder(run.folder).verdicts()] == [
        ("wrong", True),
        ("right", False),
    ]


def test_the_rest_of_a_section_is_right_in_one_key(run: Run, pictures: Path) -> None:
    with serving(sheet_of(run)) as server, browsing(pictures, DESKTOP) as seen:
        seen.page.goto(server.url)
        seen.page.goto(f"http://127.0.0.1:{server.server_port}/chart/{shortest_chart(run)}")
        many = seen.page.locator("main > section").last.locator("article.item").count()
        last = seen.page.locator("article.item").last
        last.focus()
        seen.page.keyboard.press("Shift+R")
        name = last.get_attribute("id")
        wait_saved(seen, str(name), "right")
    assert len(list(ReviewFolder(run.folder).verdicts())) == many


def test_a_verdict_that_was_not_saved_does_not_look_saved(run: Run, pictures: Path) -> None:
    with serving(sheet_of(run)) as server, browsing(pictures, DESKTOP) as seen:
        seen.page.goto(server.url)
        seen.page.goto(f"http://127.0.0.1:{server.server_port}/chart/1")
        seen.page.context.set_offline(True)
        seen.page.keyboard.press("j")
        seen.page.keyboard.press("r")
        seen.page.get_by_text("NOT SAVED").wait_for(timeout=20_000)
        assert seen.page.locator("input:checked").count() == 0


def test_hostile_names_are_inert(run: Run, pictures: Path) -> None:
    import sqlite3

    folder = ReviewFolder(run.folder)
    body = folder.chart(1) or {}
    body["name"] = HOSTILE
    item = body["items"][0]
    item["heading"] = HOSTILE
    for cell in item["rows"][0]["cells"][:2]:
        cell["value"] = HOSTILE
    item["elements"][0]["value"] = LONG
    with closing(sqlite3.connect(folder.folder / "charts.db")) as db:
        held = db.execute("SELECT body FROM charts WHERE number = 1").fetchone()
        packed = zlib.compress(orjson.dumps(body))
        db.execute("UPDATE charts SET body = ? WHERE number = 1", [packed])
        db.commit()
        try:
            with serving(sheet_of(run)) as server, browsing(pictures, PHONE) as seen:
                seen.page.goto(server.url)
                seen.page.goto(f"http://127.0.0.1:{server.server_port}/chart/1")
                assert seen.page.locator("main img, main script").count() == 0
                assert "<script>alert(1)</script>" in seen.page.locator("h1").inner_text()
                assert "\u202e" not in seen.page.content()
                assert seen.sideways() <= 0
                assert seen.errors == [] and seen.hosts <= {"127.0.0.1", ""}
                seen.picture("review-hostile")
        finally:
            db.execute("UPDATE charts SET body = ? WHERE number = 1", list(held))
            db.commit()
