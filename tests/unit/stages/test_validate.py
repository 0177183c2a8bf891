"""The validate stage: what it writes, when it skips, what it tells the gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from migrate.core.ports import Check, CheckCategory, Facts, Outcome
from migrate.errors import AskedWrongly
from migrate.stages import validate
from migrate.stages.progress import Silent
from migrate.store.workspace import Project, Run
from tests.run_folder import read_json
from tests.small_project import small_project


def judge(project: Project, run: Run) -> dict[str, dict[str, Any]]:
    document = validate.run(project, run, Silent()).document()
    checks = document["checks"]
    assert isinstance(checks, list)
    return {check["id"]: check for check in checks}


def with_gates(project: Project, gates: Mapping[str, object]) -> Project:
    from dataclasses import replace

    return replace(project, settings=replace(project.settings, gates=gates))


def test_what_is_written(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    checks = judge(project, run)
    lineage = checks["conformance.lineage"]
    assert lineage == {
        "id": "conformance.lineage",
        "category": "conformance",
        "severity": "error",
        "examined": 4,
        "failed": 4,
        "threshold": {"failed": 0},
        "verdict": "fail",
        "waived_by": None,
        "code": "CHK010",
    }
    assert checks["plausibility.range"]["verdict"] == "not-applicable"
    # patients.patient_id and two others are keys; patients.code is excluded with its reason.
    assert checks["completeness.columns"]["examined"] == 11
    written = read_json(run.file("checks.json"))["checks"]
    assert isinstance(written, list)
    (entry,) = (entry for entry in written if entry["id"] == "conformance.lineage")
    assert entry["issues"][0]["resource"] == "ChargeItem/rC"
    places = pq.read_table(run.file("findings/conformance.lineage.parquet"))
    assert places.column("id").to_pylist() == ["rC", "rD", "rA", "rB"]


def test_findings_for_the_gate(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    (missing,) = validate.findings(run)
    assert (missing.code, missing.severity) == ("CHK092", "error")
    validate.run(project, run, Silent())
    found = {(finding.code, finding.where, finding.count) for finding in validate.findings(run)}
    assert ("CHK010", "conformance.lineage", 4) in found
    assert all(finding.where != "plausibility.range" for finding in validate.findings(run))


def test_it_is_skipped_until_something_changes(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    assert not validate.run(project, run, Silent()).skipped
    assert validate.run(project, run, Silent()).skipped
    (project.folder / "own.yml").write_text("checks:\n  conformance.lineage: {threshold: 4}\n")
    changed = with_gates(project, {"suites": ["standard", "own.yml"]})
    again = validate.run(changed, run, Silent())
    assert not again.skipped
    assert judge(changed, run)["conformance.lineage"]["verdict"] == "pass"


def test_an_accepted_finding_names_who_waived_it(tmp_path: Path) -> None:
    line = "CHK010,conformance.lineage,4,known,B. Iller,billing\n"
    files = {"accepted.csv": "code,where,count,reason,by,role\n" + line}
    project, run = small_project(tmp_path, files=files)
    assert judge(project, run)["conformance.lineage"]["waived_by"] == "B. Iller (billing)"


def test_the_standard_suite_cannot_be_left_out(tmp_path: Path) -> None:
    project, run = small_project(tmp_path, files={"own.yml": "suite: own\nchecks: {}\n"})
    assert "safety.lists" in judge(with_gates(project, {"suites": ["own.yml"]}), run)


def test_a_check_that_is_off_stays_on_the_sheet_with_the_name_that_signed(tmp_path: Path) -> None:
    why = "{off: true, because: no such lists here, by: Dr X, role: clinical}"
    own = f"checks:\n  safety.lists: {why}\n  conformance.lineage: {{off: true}}\n"
    project, run = small_project(tmp_path, files={"own.yml": own})
    checks = judge(with_gates(project, {"suites": ["own.yml"]}), run)
    assert checks["safety.lists"]["waived_by"] == "Dr X (clinical): no such lists here"
    assert checks["conformance.lineage"]["verdict"] == "not-applicable"
    assert checks["conformance.lineage"]["examined"] == 0


@pytest.mark.parametrize("gates", [{"suites": ["standart"]}, {"suites": "standard"}])
def test_an_unknown_suite_is_asked_wrongly(gates: Mapping[str, object], tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    with pytest.raises(AskedWrongly) as caught:
        validate.run(with_gates(project, gates), run, Silent())
    assert caught.value.code == "CHK090"


def test_a_run_that_is_not_mapped(tmp_path: Path) -> None:
    project, run = small_project(tmp_path)
    run.unfinish("map")
    with pytest.raises(AskedWrongly) as caught:
        validate.run(project, run, Silent())
    assert caught.value.code == "PRJ007"


@dataclass(frozen=True)
class Broken:
    id: str = "safety.broken"
    category: CheckCategory = "safety"
    code: str = "CHK900"
    defaults: Mapping[str, object] = field(default_factory=dict)

    def run(self, facts: Facts, settings: Mapping[str, object]) -> Outcome:
        raise ValueError(f"Zzyzx A {facts is None} {settings}")


class BrokenPack:
    name = "broken"

    def checks(self) -> Iterable[Check]:
        return [Broken()]

    def suites(self) -> Mapping[str, str]:
        return {"broken": "checks:\n  safety.broken: {severity: warning}\n"}


def test_a_check_that_breaks_is_a_finding_and_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from migrate import plugins

    found = [*plugins.packs(), BrokenPack()]
    monkeypatch.setattr(plugins, "packs", lambda: found)
    project, run = small_project(tmp_path)
    checks = judge(with_gates(project, {"suites": ["broken"]}), run)
    broken = checks["safety.broken"]
    assert (broken["verdict"], broken["severity"], broken["code"]) == ("fail", "error", "CHK091")
    assert b"Zzyzx" not in run.file("checks.json").read_bytes()
    assert ("CHK091", "safety.broken", 1) in {
        (finding.code, finding.where, finding.count) for finding in validate.findings(run)
    }
