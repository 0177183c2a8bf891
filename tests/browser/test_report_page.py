"""The report in a real browser: both widths, keys alone, nothing leaves, numbers are the JSON's."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from migrate.report import words
from migrate.report.html import grouped_or_dash, number
from migrate.stages import archive, reconcile, report
from migrate.stages.progress import Silent
from migrate.store.workspace import Project, Run
from tests.browser.chromium import DESKTOP, PHONE, Seen, browsing, need_chromium
from tests.golden.riverbend import RIVERBEND, mapped_riverbend

pytestmark = pytest.mark.browser
_ROWS = """label => [...document.querySelectorAll(`[aria-label="${label}"] tbody tr`)].map(
    row => [...row.children].map(cell => cell.textContent.trim()))"""


@pytest.fixture(scope="module")
def riverbend() -> tuple[Project, Run, dict[str, Any]]:
    """The sample practice with its report, and ``reconcile --json``'s document."""
    need_chromium()
    folder = mapped_riverbend().run
    project, run = Project.open(folder.parent.parent), Run(folder.name, folder)
    shutil.copy(RIVERBEND / "controls.csv", project.folder / "controls.csv")
    document = reconcile.run(project, run, Silent()).sheet.document()
    report.run(project, run, Silent())
    return project, run, document


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screenshots")


def rows(seen: Seen, label: str) -> list[list[str]]:
    """The cells of a table, by the label of the region it stands in."""
    found: list[list[str]] = seen.page.evaluate(_ROWS, label)
    return found


def sound(seen: Seen) -> None:
    """No serious fault, nothing wider than the window, no request away, no complaint."""
    assert seen.serious_faults() == []
    assert seen.sideways() == 0
    assert seen.hosts == {""} and seen.errors == []


@pytest.mark.parametrize(("name", "size"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_both_editions_can_be_read(
    riverbend: tuple[Project, Run, dict[str, Any]],
    pictures: Path,
    name: str,
    size: tuple[int, int],
) -> None:
    run = riverbend[1]
    with browsing(pictures, size, csp=False) as seen:
        for folder in (run.report, run.file("evidence")):
            seen.page.goto((folder / "index.html").as_uri())
            sound(seen)
            for part, _ in words.SECTIONS:
                seen.page.evaluate("part => document.getElementById(part).scrollIntoView()", part)
                seen.picture(f"{folder.name}-{part}-{name}")


def test_numbers_are_those_of_reconcile_and_keys_suffice(
    riverbend: tuple[Project, Run, dict[str, Any]], pictures: Path
) -> None:
    run, sheet = riverbend[1], riverbend[2]
    with browsing(pictures, DESKTOP) as seen:
        page = seen.page
        page.goto((run.report / "index.html").as_uri())
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == words.SKIP
        page.keyboard.press("Enter")
        assert page.url.endswith("#verdict")
        names = ("extracted", "mapped", "merged", "excluded", "rejected", "residual")
        shown = rows(seen, words.TEAM_TABLES)
        assert shown[:-1] == [
            [t["table"], *(number(t[name]) for name in names)] for t in sheet["tables"]
        ]
        sums = [number(sum(t[name] for t in sheet["tables"])) for name in names]
        assert shown[-1] == [words.TEXT_TOTAL, *sums]
        assert rows(seen, words.TEAM_RESOURCES) == [
            [r["type"], number(r["mapped"]), "–", "–"] for r in sheet["resources"]
        ]
        cells = ("source", "mapped", "left_behind", "map_difference")
        money = [line for line in rows(seen, words.TITLES["money"]) if line[1]]
        assert money == [
            [f"{m['measure']} ({m['currency']})", *(grouped_or_dash(m[c]) for c in cells)]
            for m in sheet["money"]
        ]
        totals = {
            c["name"]: [grouped_or_dash(c[name]) for name in ("old_report", "extracted")]
            for c in sheet["controls"]
        }
        for old in rows(seen, words.CONTROLS_LABEL):
            name = next(n for n in totals if old[0].startswith(n) and old[1:3] == totals[n])
            del totals[name]
        assert totals == {}
        tile = page.locator(".tiles b").first.text_content()
        assert tile == number(sheet["patients"]["mapped"])


def test_an_archived_chart_can_be_read(
    riverbend: tuple[Project, Run, dict[str, Any]], pictures: Path, tmp_path: Path
) -> None:
    project, run, _ = riverbend
    made = archive.run(project, run, tmp_path / "archive", Silent())
    assert archive.check(made.folder).whole
    with browsing(pictures, PHONE, csp=False) as seen:
        for name in ("index", "people/000001", "charts/0000/0000005", "tables/0001-000001"):
            found = made.folder / f"{name}.html"
            if not found.is_file():
                found = next((made.folder / "tables").glob("*.html"))
            seen.page.goto(found.as_uri())
            sound(seen)
            seen.picture(f"archive-{name.replace('/', '-')}-phone")
