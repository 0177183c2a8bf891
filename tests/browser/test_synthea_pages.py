"""Report and review of a whole synthetic practice (Synthea) in a real browser: ``make browser``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from migrate.report import words
from migrate.report.html import number
from migrate.stages import reconcile, report
from migrate.stages.progress import Silent
from migrate.stages.review import draw
from migrate.store.reviews import ReviewFolder
from migrate.store.workspace import Project, Run
from tests.browser.chromium import DESKTOP, PHONE, browsing, need_chromium
from tests.browser.test_report_page import rows, sound
from tests.corpus.synthea import mapped_synthea
from tests.review_project import serving, sheet_of

pytestmark = [pytest.mark.browser, pytest.mark.corpus, pytest.mark.slow]
WIDTHS = [("desktop", DESKTOP), ("phone", PHONE)]


@pytest.fixture(scope="module")
def synthea() -> tuple[Project, Run, dict[str, Any]]:
    """The practice reconciled, reported and with a sheet drawn."""
    if os.environ.get("EHR_MIGRATE_BROWSER") != "all":
        pytest.skip("minutes long: make browser")
    need_chromium()
    folder = mapped_synthea().run
    project, run = Project.open(folder.parent.parent), Run(folder.name, folder)
    document = reconcile.run(project, run, Silent()).sheet.document()
    report.run(project, run, Silent())
    draw.run(project, run, draw.Wish(at_most=0.2, seed="test", planted=2), Silent())
    return project, run, document


@pytest.mark.parametrize(("name", "size"), WIDTHS)
def test_both_editions_of_the_report(
    synthea: tuple[Project, Run, dict[str, Any]],
    tmp_path: Path,
    name: str,
    size: tuple[int, int],
) -> None:
    _, run, sheet = synthea
    with browsing(tmp_path, size, csp=False) as seen:
        for folder in (run.file("evidence"), run.report):
            seen.page.goto((folder / "index.html").as_uri())
            sound(seen)
            seen.picture(f"synthea-{folder.name}-{name}", whole=True)
        parts = ("extracted", "mapped", "merged", "excluded", "rejected", "residual")
        assert rows(seen, words.TEAM_TABLES)[:-1] == [
            [t["table"], *(number(t[part]) for part in parts)] for t in sheet["tables"]
        ]
        assert rows(seen, words.TEAM_RESOURCES) == [
            [r["type"], number(r["mapped"]), "–", "–"] for r in sheet["resources"]
        ]


@pytest.mark.parametrize(("name", "size"), WIDTHS)
def test_charts_are_judged_with_keys_alone(
    synthea: tuple[Project, Run, dict[str, Any]],
    tmp_path: Path,
    name: str,
    size: tuple[int, int],
) -> None:
    run = synthea[1]
    folder = ReviewFolder(run.folder)
    counts = {n: len((folder.chart(n) or {"items": ()})["items"]) for n in folder.parts()}
    largest, least = max(counts, key=lambda n: counts[n]), min(counts, key=lambda n: counts[n])
    with serving(sheet_of(run)) as server, browsing(tmp_path, size, csp=False) as seen:
        page, keys = seen.page, seen.page.keyboard
        page.set_default_timeout(120_000)
        page.goto(server.url)
        assert seen.serious_faults() == []
        seen.picture(f"synthea-review-overview-{name}", whole=True)
        page.goto(f"http://127.0.0.1:{server.server_port}/chart/{largest}")
        assert seen.sideways() <= 0
        seen.picture(f"synthea-review-largest-{name}")
        page.goto(f"http://127.0.0.1:{server.server_port}/chart/{least}")
        few = "[...document.querySelectorAll('article.item')].slice(4).forEach(e => e.remove())"
        keys.press("j")
        keys.press("r")
        page.wait_for_selector('article.item[data-verdict="right"]')
        page.evaluate(few)  # axe-core takes minutes over thousands of like cells
        assert seen.serious_faults() == []
        seen.picture(f"synthea-review-chart-{name}")
        assert seen.hosts <= {"127.0.0.1", ""} and seen.errors == []
    assert [v.verdict for v in folder.verdicts()] == ["right"]
    (folder.folder / "verdicts.jsonl").unlink()
