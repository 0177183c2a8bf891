"""The gate: closed by findings that name tables, rows and codes; opened by a list of names."""

from pathlib import Path

import pytest

from migrate.core.gate import Finding
from migrate.errors import AskedWrongly
from migrate.stages import gate, reconcile, validate
from migrate.stages.progress import Silent
from tests.run_folder import FATES, write_misses
from tests.small_project import small_project

HEADER = "code,where,count,reason,by,role\n"
LISTED = "MAP010,visits,1,patient was never registered,I. Hazelwood,lead\n"
SAFETY = Finding("CHK101", "subject-mismatch", 1, "safety", "1 row sits in another chart")


@pytest.fixture(autouse=True)
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the checks found, in place of the stage that runs them."""
    found: list[Finding] = []
    monkeypatch.setattr(validate, "findings", lambda _run: tuple(found))
    return found


def test_a_run_not_reconciled_is_not_ready(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    assert [f.code for f in gate.evaluate(project, run).blocked_by] == ["REC001"]


def test_the_gate_names_tables_rows_and_codes(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    reconcile.run(project, run, Silent())
    (finding,) = gate.evaluate(project, run).blocked_by
    assert (finding.code, finding.where, finding.count) == ("MAP010", "visits", 1)
    assert "visits (row 4)" in finding.message


def test_a_code_without_a_match_names_its_crosswalk(tmp_path: Path) -> None:
    fates = (*FATES[:3], ("visits", 1, "rejected", "MAP012", "", "visit", "rA"), *FATES[4:])
    project, run = small_project(tmp_path, fates=fates)
    write_misses(run.folder, [("visit-status", "ZZ", "visits", "fate", "reject", 1)])
    reconcile.run(project, run, Silent())
    messages = [f.message for f in gate.evaluate(project, run).blocked_by if f.code == "MAP012"]
    assert [message.split("; ")[1] for message in messages] == ["crosswalks: visit-status"]
    assert "ZZ" not in messages[0]


def test_codes_kept_as_text_warn_and_close_nothing(tmp_path: Path) -> None:
    project, run = small_project(tmp_path, files={"accepted.csv": HEADER + LISTED})
    write_misses(run.folder, [("drug", "ZZ", "visits", "fate", "keep-text", 4)])
    reconcile.run(project, run, Silent())
    assert gate.evaluate(project, run).ready
    warnings = [f for f in gate.findings(run) if f.severity == "warning"]
    assert ("MAP021", "drug", 4) in [(f.code, f.where, f.count) for f in warnings]


def test_a_listed_finding_opens_the_gate(tmp_path: Path) -> None:
    project, run = small_project(tmp_path, files={"accepted.csv": HEADER + LISTED})
    reconcile.run(project, run, Silent())
    verdict = gate.evaluate(project, run)
    assert verdict.ready and len(verdict.accepted) == 1


@pytest.mark.parametrize(("role", "ready"), [("lead", False), ("physician", True)])
def test_safety_needs_a_clinician(
    tmp_path: Path, checks: list[Finding], role: str, ready: bool
) -> None:
    checks.append(SAFETY)
    lines = "MAP010,visits,1,never registered,I. Hazelwood,lead\n"
    lines += f"CHK101,subject-mismatch,1,looked at,I. Hazelwood,{role}\n"
    project, run = small_project(tmp_path, files={"accepted.csv": HEADER + lines})
    reconcile.run(project, run, Silent())
    assert gate.evaluate(project, run).ready is ready


def test_an_entry_that_nothing_answers_to_is_named(tmp_path: Path) -> None:
    line = "MAP002,visits,1,no longer so,I. Hazelwood,lead\n"
    project, run = small_project(tmp_path, files={"accepted.csv": HEADER + line})
    reconcile.run(project, run, Silent())
    assert [entry.code for entry in gate.evaluate(project, run).unused] == ["MAP002"]


def test_a_list_that_cannot_be_read_tells_all_its_mistakes(tmp_path: Path) -> None:
    lines = "MAP010,visits,1,,I. Hazelwood,lead\nMAP010,visits,some,x,I. Hazelwood,lead\n"
    project, run = small_project(tmp_path, files={"accepted.csv": HEADER + lines})
    with pytest.raises(AskedWrongly) as raised:
        gate.evaluate(project, run)
    assert raised.value.details == (
        "line 2: 'reason' is empty",
        "line 3: 'count' is not a whole number",
    )
    (project.folder / "accepted.csv").write_text("code,where\n")
    with pytest.raises(AskedWrongly, match="REC020"):
        gate.evaluate(project, run)
