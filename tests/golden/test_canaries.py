"""A value planted in every column of every table is in the staged data and the evidence, and in
nothing that may leave the project: not in the report, not in a published document."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from benchmarks.one_project import map_export
from migrate.report.text import reconciliation_lines
from migrate.stages import gate, reconcile, rehearsals, report, status
from migrate.stages.progress import Silent
from migrate.store.workspace import Project, Run
from tests.golden.canaries import MARK, plant
from tests.golden.riverbend import FREEZE_DAY


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Run, list[str]]:
    folder = tmp_path_factory.mktemp("canaries")
    export, values = plant(folder)
    map_export(folder / "project", export, "riverbend-csv", FREEZE_DAY)
    project = Project.open(folder / "project")
    run = project.run(None)
    reconcile.run(project, run, Silent())
    report.run(project, run, Silent())
    return project, run, values


def found(folder: Path) -> set[str]:
    texts = (path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file())
    return {value for text in texts for value in re.findall(MARK + r"\w+", text, re.IGNORECASE)}


def test_the_planted_values_are_all_in_the_staged_tables(
    planted: tuple[Project, Run, list[str]],
) -> None:
    _, run, values = planted
    assert len(values) == len(set(values)) > 300
    staged: set[str] = set()
    for path in run.staged.glob("*.parquet"):
        for column in pq.read_table(path).columns:
            staged |= {cell for cell in column.to_pylist() if str(cell).startswith(MARK)}
    assert set(values) - staged == set()


def test_the_edition_to_be_mailed_holds_none(planted: tuple[Project, Run, list[str]]) -> None:
    run = planted[1]
    assert (run.report / "index.html").is_file()
    assert found(run.report) == set()
    assert not [path for path in run.report.rglob("*") if MARK.lower() in path.name.lower()]


def test_the_evidence_holds_some(planted: tuple[Project, Run, list[str]]) -> None:
    assert len(found(planted[1].file("evidence"))) > 10


def test_published_documents_hold_none(planted: tuple[Project, Run, list[str]]) -> None:
    project, run, _ = planted
    sheet = reconcile.read_sheet(run)
    rehearsed = rehearsals.rehearsed(run)
    assert sheet and rehearsed
    said = [
        orjson.dumps(sheet.document()).decode(),
        orjson.dumps(status.run(project, run).document()).decode(),
        orjson.dumps(rehearsed.line()).decode(),
        *reconciliation_lines(sheet.document()),
        *(str(finding) for finding in gate.findings(run)),
    ]
    assert [text for text in said if MARK.lower() in text.lower()] == []
