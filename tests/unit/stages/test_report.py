"""The report stage: its folder, its JSON, the edition after loading apart from the one before."""

import hashlib
from pathlib import Path

import orjson
import pytest

from migrate.core.reconcile.document import stored
from migrate.errors import AskedWrongly
from migrate.stages import reconcile, report
from migrate.stages.progress import Silent
from migrate.store.files import write_json
from tests.run_folder import read_json, write_misses, write_unreadable
from tests.small_project import small_project


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_page_json_and_lists(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    reconcile.run(project, run, Silent())
    page = report.run(project, run, Silent())
    assert page.path == run.report / "index.html"
    document = read_json(run.report / "report.json")
    sheet = read_json(run.file("reconciliation.json"))
    assert document["reconciliation"] == {
        name: sheet[name]
        for name in (
            "balanced_through",
            "tables",
            "resources",
            "patients",
            "money",
            "money_by",
            "controls",
        )
    }
    assert (document["edition"], document["ready"]) == ("before", False)
    assert (run.report / "lists/findings.csv").is_file()
    assert report.run(project, run, Silent()).skipped is True


def test_no_chart_value_is_on_the_page(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    reconcile.run(project, run, Silent())
    report.run(project, run, Silent())
    for path in run.report.rglob("*"):
        if path.is_file():
            assert b"Zzyzx" not in path.read_bytes(), path.name


def test_what_is_learnt_after_loading_leaves_the_signed_report_alone(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    done = reconcile.run(project, run, Silent())
    report.run(project, run, Silent())
    before = digests(run.report)
    write_json(run.file("reconciliation-after.json"), stored(done.sheet))
    page = report.run(project, run, Silent())
    assert page.path == run.folder / "report-after/index.html"
    assert digests(run.report) == before
    document = orjson.loads((run.folder / "report-after/report.json").read_bytes())
    assert document["edition"] == "after"


def test_same_run_same_bytes(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        project, run = small_project(tmp_path / name)
        reconcile.run(project, run, Silent())
        report.run(project, run, Silent())
        found.append(digests(run.report))
    assert found[0] == found[1]


def test_an_accepted_finding_makes_a_new_report(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    reconcile.run(project, run, Silent())
    report.run(project, run, Silent())
    line = "code,where,count,reason,by,role\nMAP010,visits,1,never registered,I. Hazelwood,lead\n"
    (project.folder / "accepted.csv").write_text(line)
    assert report.run(project, run, Silent()).skipped is False
    accepted = read_json(run.report / "report.json")["accepted"]
    assert isinstance(accepted, list) and accepted[0]["by"] == "I. Hazelwood"


def test_not_reconciled_yet(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    with pytest.raises(AskedWrongly, match="PRJ007"):
        report.run(project, run, Silent())


def test_the_evidence_names_rows_accounts_and_codes(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    write_unreadable(run.folder, "visits", [(9, "EXT011")])
    write_misses(run.folder, [("allergen", "=Zzyzx", "visits", "fate", "reject", 3)])
    reconcile.run(project, run, Silent())
    report.run(project, run, Silent())
    lists = run.file("evidence") / "lists"
    held = lists.joinpath("held-rows.csv").read_text().splitlines()
    assert held[1:] == [
        "visits,9,f,1,,EXT011,,extract",
        "visits,4,visits.csv,1,9,MAP010,,map",
    ]
    accounts = lists.joinpath("money-accounts.csv").read_text().splitlines()
    assert accounts[1:] == ["charges,USD,2,charges,2,1,voided in the old system,,5.05"]
    codes = lists.joinpath("codes-without-match.csv").read_text().splitlines()
    assert codes[1] == "allergen,'=Zzyzx,visits,fate,reject,3"
    for path in run.report.rglob("*"):
        assert path.is_dir() or b"Zzyzx" not in path.read_bytes()
