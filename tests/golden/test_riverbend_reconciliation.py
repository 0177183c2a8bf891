"""Riverbend ties out: every row, every cent, and the three totals that its export misses."""

from __future__ import annotations

import shutil

import pytest

from migrate.core.gate import judge
from migrate.core.reconcile.sheet import Reconciliation
from migrate.stages import gate, reconcile, report
from migrate.stages.progress import Silent
from migrate.store.workspace import Project, Run
from tests.golden.riverbend import RIVERBEND, lines_of, mapped_riverbend


@pytest.fixture(scope="module")
def riverbend() -> tuple[Project, Run, Reconciliation]:
    """The sample practice's project, reconciled against its controls."""
    folder = mapped_riverbend().run
    project = Project.open(folder.parent.parent)
    shutil.copy(RIVERBEND / "controls.csv", project.folder / "controls.csv")
    run = Run(folder.name, folder)
    return project, run, reconcile.run(project, run, Silent()).sheet


def test_every_row_is_accounted_for(riverbend: tuple[Project, Run, Reconciliation]) -> None:
    sheet = riverbend[2]
    assert [line for line in sheet.tables if line.residual] == []
    assert sheet.totals.extracted == sheet.totals.explained == sum(f.rows for f in sheet.fates)
    assert (sheet.balance.unbalanced, sheet.balance.astray) == (0, 0)
    assert sheet.balanced_through == "map"


def test_money_ties_out_to_the_cent(riverbend: tuple[Project, Run, Reconciliation]) -> None:
    document = riverbend[2].document()
    differences = {line["measure"]: line["map_difference"] for line in document["money"]}  # type: ignore[attr-defined]
    assert set(differences.values()) == {"0.00"}
    assert {"charges", "payments", "adjustments", "unapplied"} <= set(differences)


def test_money_by_group_adds_up_to_the_measures(
    riverbend: tuple[Project, Run, Reconciliation],
) -> None:
    sheet = riverbend[2]
    measures = {line.measure: line for line in sheet.money}
    same = {
        "charges": "charges",
        "payments": "applied",
        "unapplied payments": "unapplied",
        "adjustments": "adjustments",
        "balance": "balance",
        "credits": "credits",
    }
    told = {(line.by, line.measure): line for line in sheet.money_by}
    for by in ("patient", "payer", "provider", "month"):
        for name, measure in same.items():
            if (by, name) != ("month", "balance"):  # an open balance has an age and no month
                line = told[by, name]
                assert (line.source, line.moved) == (
                    measures[measure].source,
                    measures[measure].mapped,
                ), (by, name)
                assert (line.unaccounted, line.unread) == (0, 0)
    assert told["aging", "balance"].source == measures["balance"].source
    assert (told["payer", "charges"].groups, told["provider", "charges"].groups) == (4, 6)
    assert (told["patient", "charges"].partly, told["month", "payments"].partly) == (2, 0)


def test_money_of_named_groups_stays_in_the_run_folder(
    riverbend: tuple[Project, Run, Reconciliation],
) -> None:
    project, run, _ = riverbend
    lists = report.run(project, run, Silent()).path.parent / "lists"
    everywhere = {"patient", "payer", "provider", "month", "aging"}
    for folder, groups in (
        (run.file("reconciliation"), everywhere),
        (run.file("evidence") / "lists", everywhere),
        (lists, {"month", "aging"}),
    ):
        names = {path.stem.removeprefix("money-by-") for path in folder.glob("money-by-*.csv")}
        assert names == groups
    ages = [line["aging"] for line in lines_of(lists / "money-by-aging.csv")]
    assert ages == ["0-30", "31-60", "61-90", "91+"]


def test_three_totals_are_missed_and_no_other(
    riverbend: tuple[Project, Run, Reconciliation],
) -> None:
    sheet = riverbend[2]
    off = {line.name: int(line.difference or 0) for line in sheet.controls if line.difference}
    assert off == {"patients inactive": 3, "visits 2017": 6, "documents lab": 2}
    assert all(line.extracted is not None for line in sheet.controls)
    assert len(sheet.controls) == len(lines_of(RIVERBEND / "controls.csv"))
    assert sheet.completeness == "disproved"


def test_the_gate_names_what_closes_it(riverbend: tuple[Project, Run, Reconciliation]) -> None:
    blocked = {(f.code, f.where) for f in judge(gate.findings(riverbend[1]), ()).blocked_by}
    assert {("REC010", "visits 2017"), ("MAP002", "notes"), ("EXT011", "medications")} <= blocked


def test_the_report_shows_no_name_of_a_patient(
    riverbend: tuple[Project, Run, Reconciliation],
) -> None:
    project, run, _ = riverbend
    page = report.run(project, run, Silent()).path
    files = [path for path in page.parent.rglob("*") if path.is_file()]
    texts = [path.read_text("utf-8") for path in files if path.suffix != ".pdf"]
    pypdf = pytest.importorskip("pypdf", reason="the extra part 'documents' is not installed")
    for path in (path for path in files if path.suffix == ".pdf"):
        texts += [sheet.extract_text() for sheet in pypdf.PdfReader(path).pages]
    names = {line["LAST_NAME"] for line in lines_of(RIVERBEND / "export" / "patients.csv")}
    names = {name for name in names if len(name) > 5}
    assert len(names) > 30
    assert [name for name in names if any(name in text for text in texts)] == []
