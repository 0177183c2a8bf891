"""Whose charts stay behind by [scope], and how one is brought later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from migrate.errors import AskedWrongly
from migrate.stages import plan
from migrate.stages.progress import Silent
from migrate.store.landed import landed
from migrate.store.plans import read_plan, steps_of
from migrate.store.settings import ScopeRules, read_settings
from migrate.store.workspace import Project
from tests.loads import (
    SETTINGS,
    held,
    load_run,
    make_project,
    open_gate,
    plan_and_sign,
    practice,
    verify_run,
    wanted,
)

RULE = '[scope]\nleave_behind = ["inactive", "deceased"]\n'


def project_with(
    folder: Path,
    rule: str,
    given: Sequence[dict[str, object]] = (),
    **changes: dict[str, object],
) -> Project:
    """Three charts; ``changes`` are put into resources by their id (``p1_o0`` for ``p1-o0``)."""
    resources = [*given] or practice()
    for one in resources:
        one.update(changes.get(str(one["id"]).replace("-", "_"), {}))
    project = make_project(folder, resources)
    (project.folder / "migration.toml").write_text(SETTINGS + rule)
    return Project.open(project.folder)


def behind(project: Project) -> set[str | None]:
    """The patients whose charts the newest plan leaves behind."""
    return {step.patient for step in steps_of(project.run(None)) if step.action == "later"}


def test_a_chart_stays_behind_and_comes_when_it_is_asked_for(tmp_path: Path) -> None:
    project = project_with(tmp_path / "w", RULE, p1={"active": False}, p2={"deceasedBoolean": True})
    run = plan_and_sign(project)
    assert behind(project) == {"p1", "p2"}
    assert load_run(project, run).ready and verify_run(project, run).ready
    assert {ref for ref in wanted(run) if ref not in held(project)} == {
        ref for ref in wanted(run) if ref[1][:2] in ("p1", "p2")
    }
    arrived = landed(run, project.runs())
    assert arrived is not None and sum(map(len, arrived.later.values())) == 10
    plan.run(project, run, Silent(), judge=open_gate, patient="p1")
    assert behind(project) == {"p2"}
    plan_and_sign(project, run)
    assert load_run(project, run).written.total() == 5
    assert verify_run(project, run).ready
    assert {ref[1][:2] for ref in wanted(run).keys() - held(project).keys()} == {"p2"}
    assert b'"patient brought"' in (project.folder / "audit.jsonl").read_bytes()


def test_a_patient_is_found_by_an_identifier_but_never_guessed(tmp_path: Path) -> None:
    same = {"active": False, "identifier": [{"value": "00123"}]}
    project = project_with(
        tmp_path / "w", RULE, p1=same, p2={**same, "identifier": [{"value": "7"}]}
    )
    run = project.run(None)
    plan.run(project, run, Silent(), judge=open_gate, patient="00123")
    assert behind(project) == {"p2"}
    with pytest.raises(AskedWrongly) as refused:
        plan.run(project, run, Silent(), judge=open_gate, patient="123")
    assert refused.value.code == "LOD072" and "123" not in str(refused.value)


def test_whom_somebodys_record_points_at_is_not_left_behind(tmp_path: Path) -> None:
    link = {"link": [{"other": {"reference": "Patient/p1"}, "type": "replaces"}]}
    project = project_with(tmp_path / "w", RULE, p1={"active": False}, p2=link)
    run = plan_and_sign(project)
    assert behind(project) == set()
    assert load_run(project, run).ready and held(project) == wanted(run)


def test_a_payment_for_several_charts_goes_with_the_wanted_one(tmp_path: Path) -> None:
    def payment(name: str, *visits: str) -> dict[str, object]:
        lines = [{"request": {"reference": f"Encounter/{visit}"}} for visit in visits]
        return {"resourceType": "PaymentReconciliation", "id": name, "detail": lines}

    more = [payment("own", "p1-e0", "p1-e1"), payment("both", "p1-e0", "p2-e0")]
    for resources, left in ((more[:1], {"p1"}), (more, set())):
        folder = tmp_path / str(len(resources))
        project = project_with(folder, RULE, [*practice(), *resources], p1={"active": False})
        run = plan_and_sign(project)
        assert behind(project) - {None} == left
        assert load_run(project, run).ready and verify_run(project, run).ready
        assert (("PaymentReconciliation", "own") in held(project)) == (not left)


def test_not_seen_since_a_day(tmp_path: Path) -> None:
    visits: dict[str, dict[str, object]] = {
        "p0_e1": {"period": {"start": "2024-05-01T09:00:00Z"}},
        "p1_e0": {"period": {"start": "2019-12-31"}},
    }
    project = project_with(tmp_path / "w", "[scope]\nnot_seen_since = 2020-01-01\n", **visits)
    plan.run(project, project.run(None), Silent(), judge=open_gate)
    assert behind(project) == {"p1", "p2"}
    counts = read_plan(project.run(None)).counts["later"]
    assert counts == {"Encounter": 4, "Observation": 4, "Patient": 2}


def test_what_is_there_already_is_kept_up_whatever_the_scope(tmp_path: Path) -> None:
    project = project_with(tmp_path / "w", "", p1={"active": False})
    run = plan_and_sign(project)
    load_run(project, run)
    (project.folder / "migration.toml").write_text(SETTINGS + RULE)
    plan.run(Project.open(project.folder), run, Silent(), judge=open_gate)
    assert behind(project) == set()


@pytest.mark.parametrize(
    "rule",
    ['leave_behind = "inactive"', 'leave_behind = ["old"]', 'not_seen_since = "2020"', "seen = 1"],
)
def test_a_wrong_rule_is_told(tmp_path: Path, rule: str) -> None:
    (tmp_path / "migration.toml").write_text(f"{SETTINGS}[scope]\n{rule}\n")
    with pytest.raises(AskedWrongly) as refused:
        read_settings(tmp_path / "migration.toml")
    assert refused.value.code == "PRJ006"


def test_rules_are_read(tmp_path: Path) -> None:
    (tmp_path / "migration.toml").write_text(SETTINGS + RULE + 'not_seen_since = "2021-02-03"\n')
    rules = read_settings(tmp_path / "migration.toml").scope
    assert rules == ScopeRules(frozenset({"inactive", "deceased"}), "2021-02-03")
