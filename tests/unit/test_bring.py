"""Patients whom the profile leaves behind, and one of them brought later."""

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from migrate.errors import AskedWrongly
from migrate.stages import bring, dry_run, load, rollback, verify
from migrate.stages.leaving import merged_into
from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from tests.later import catch_up, deliver, make_project, practice, without_checks
from tests.loads import held

LEFT = """
leave_behind:
  - {when: "code = 'i'", because: "inactive: stays in the old system"}
  - {when: "code = '{d}'", because: "deceased: stays in the old system"}
"""


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    without_checks(monkeypatch)


def tables(**codes: str) -> dict[str, dict[str, str]]:
    found = practice()
    for key, code in {"P2": "i", "P3": "{d}", **codes}.items():
        found["patients"][key] = found["patients"][key][:-1] + code
    return found


def begun(folder: Path) -> Project:
    project = make_project(folder, tables())
    profile = project.folder / "mappings/profile.yml"
    text = profile.read_text().replace("exclude:\n  columns: {patients.code: of no use}\n", "")
    profile.write_text(text + LEFT)
    assert dry_run.run(project, Silent()).gate.ready
    deliver(project)
    return project


def patients(project: Project) -> int:
    return sum(kind == "Patient" for kind, _ in held(project))


def test_left_behind_brought_and_taken_back(tmp_path: Path) -> None:
    project = begun(tmp_path / "work")
    first, run = held(project), project.run(None)
    assert patients(project) == 2 and len(first) == 2 * (1 + 3 + 1 + 1)
    fates = pq.read_table(run.file("fates.parquet")).to_pylist()
    reasons = [one["reason"] for one in fates if one["fate"] == "excluded"]
    assert sorted({(one, reasons.count(one)) for one in reasons}) == [
        ("deceased: stays in the old system", 5),
        ("inactive: stays in the old system", 5),
    ]
    made = bring.run(project, run, "patients.csv:2", "Ada Example", Silent())
    plan = made.whole.planned.plan
    assert (plan.total("create"), plan.total("leave")) == (6, 12) and plan.patients["create"] == 1
    here = deliver(project)
    assert here.id != run.id and held(project).keys() - first.keys() >= {("Patient", made.patient)}
    assert verify.run(project, here, Silent()).ready and patients(project) == 3
    assert bring.run(project, here, made.patient, "Ada Example", Silent()).whole.run.id == here.id
    assert load.run(project, here, Silent()).written.total() == 0
    rollback.run(project, here, Silent(), pause=lambda _: None)
    assert held(project) == first
    audit = (project.folder / "audit.jsonl").read_bytes().splitlines()
    assert sum(orjson.loads(line).get("what") == "patient brought" for line in audit) == 1


def test_who_was_loaded_stays_loaded(tmp_path: Path) -> None:
    project = begun(tmp_path / "work")
    plan = catch_up(project, tables(P1="i", P2="x")).whole.planned.plan
    assert plan.total("gone") == 0 and plan.patients["create"] == 1
    again = catch_up(project, tables(P1="i", P2="x")).whole.planned.plan
    assert again.steps_digest == plan.steps_digest


@pytest.mark.parametrize("who", ["patients.csv:1", "patients.csv:99", "visits.csv:4", "Patient/x"])
def test_nobody_else_can_be_brought(tmp_path: Path, who: str) -> None:
    project = begun(tmp_path / "work")
    with pytest.raises(AskedWrongly) as refused:
        bring.run(project, project.run(None), who, "Ada Example", Silent())
    assert refused.value.code == "LOD075" and not (project.folder / "brought.json").exists()


def test_merged_records_go_with_the_survivor_and_circles_nowhere() -> None:
    old = {"A": "B", "B": "C", "D": "E", "X": "Y", "Y": "X"}
    assert merged_into(["C"], old) == ["A", "B"]
    assert merged_into(["E", "X"], old) == ["D"]
