"""Rehearsals of one project: compared, in the status and in the report."""

from pathlib import Path

import pytest

from migrate.errors import AskedWrongly
from migrate.report.text import changes_lines
from migrate.stages import reconcile, rehearsals, report, status
from migrate.stages.progress import Silent
from migrate.store.manifest import write_manifest
from migrate.store.workspace import Project, Run
from tests import run_folder
from tests.run_folder import read_json
from tests.small_project import small_project


@pytest.fixture
def two(tmp_path: Path) -> tuple[Project, Run, Run]:
    """A project whose second run holds no row back."""
    project, first = small_project(tmp_path)
    reconcile.run(project, first, Silent())
    second = project.new_run("fedcba" * 10)
    fates = [f if f[2] != "rejected" else (*f[:2], "mapped", "", *f[4:]) for f in run_folder.FATES]
    manifest = run_folder.write_run(second.folder, fates=fates)
    write_manifest(second.staged / "manifest.json", manifest)
    inputs = {"input": manifest.input_digest, "profile": "2" * 64}
    second.finish("extract", inputs, [second.staged / "manifest.json"], {})
    outputs = [second.file("fates.parquet"), *second.fhir.glob("*.ndjson")]
    second.finish("map", inputs, outputs, {"resources": {}, "fates": {}})
    reconcile.run(project, second, Silent())
    return project, first, second


def test_what_was_fixed_is_said(two: tuple[Project, Run, Run]) -> None:
    _, first, second = two
    found = rehearsals.compare(first, second).document()
    fixed = [(f["code"], f["where"]) for f in found["fixed"]]  # type: ignore[attr-defined]
    assert ("MAP010", "visits") in fixed and found["new"] == []
    assert found["tables"] == [
        {"table": "visits", "extracted": [4, 4], "rejected": [1, 0], "excluded": [0, 0]}
    ]
    text = "\n".join(changes_lines(found))
    assert "Fixed (1)" in text and "MAP010" in text and "0 rows held back" in text


def test_the_report_compares_with_the_run_before(two: tuple[Project, Run, Run]) -> None:
    project, first, second = two
    report.run(project, second, Silent())
    document = read_json(second.report / "report.json")
    changed, history = document["changes"], document["history"]
    assert isinstance(changed, dict) and isinstance(history, list)
    assert changed["before"]["run"] == first.id
    assert [line["run"] for line in history] == [first.id, second.id]
    assert f"Since run {first.id}: 1 data problems fixed" in (
        second.report / "index.html"
    ).read_text("utf-8")
    report.run(project, first, Silent())
    assert read_json(first.report / "report.json")["changes"] is None


def test_the_status_lists_them(two: tuple[Project, Run, Run]) -> None:
    project, first, second = two
    held = [line["held_back"] for line in status.run(project, second).history]
    assert held == [1, 0]
    assert len(status.run(project, first).history) == 1


def test_asked_wrongly(two: tuple[Project, Run, Run]) -> None:
    _, first, second = two
    with pytest.raises(AskedWrongly, match="PRJ009"):
        rehearsals.compare(first, first)
    second.unfinish("reconcile")
    with pytest.raises(AskedWrongly, match="PRJ007"):
        rehearsals.compare(first, second)
