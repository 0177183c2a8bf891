"""Where other people work in the target, one chart goes first and a person gives their word."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from migrate.core.ports import Write
from migrate.errors import AskedWrongly, NeedsPerson, NotReady
from migrate.stages import canary, load, rollback, status
from migrate.stages.progress import Silent
from migrate.store.audit import damaged_lines
from migrate.store.workspace import Project
from migrate.targets.embedded import EmbeddedTarget
from tests.loads import held, load_run, make_project, plan_and_sign, verify_run, wanted

THEIRS = b'{"resourceType":"Patient","id":"theirs"}'


@pytest.fixture
def shared(tmp_path: Path) -> Project:
    """A planned and signed project whose target holds another practice's patient."""
    project = make_project(tmp_path / "work")
    target = EmbeddedTarget(project.folder / "target.db")
    target.apply([Write("put", "Patient", "theirs", THEIRS, None)])
    target.close()
    plan_and_sign(project)
    return project


def go(project: Project, **how: object) -> load.Loaded:
    return load.run(project, project.run(None), Silent(), pause=lambda _: None, **how)  # type: ignore[arg-type]


def test_nothing_is_loaded_in_bulk_before_a_canary_and_a_word(shared: Project) -> None:
    run = shared.run(None)
    with pytest.raises(NeedsPerson) as refused:
        go(shared)
    assert refused.value.code == "LOD070" and set(held(shared)) == {("Patient", "theirs")}
    with pytest.raises(NeedsPerson):
        go(shared, patient="p1")
    with pytest.raises(NotReady):
        canary.give_word(shared, run, "Ada Example")
    done = go(shared, canary=True)
    assert done.patient is not None and done.ready
    there = set(held(shared)) - {("Patient", "theirs")}
    assert {i for k, i in there if k == "Patient"} == {done.patient}
    assert ("Practitioner", "doc") in there and len(there) == 6
    with pytest.raises(NeedsPerson):
        go(shared)
    assert canary.give_word(shared, run, " Ada  Example ") == done.patient
    assert go(shared).ready
    assert held(shared) == wanted(run) | {("Patient", "theirs"): THEIRS}
    assert verify_run(shared, run).ready
    lines = [orjson.loads(x) for x in (shared.folder / "audit.jsonl").read_bytes().splitlines()]
    said = [(one["what"], one["who"]) for one in lines if "canary" in one["what"]]
    assert said == [("canary loaded", "ehr-migrate"), ("canary set nothing off", "Ada Example")]
    assert damaged_lines(shared.folder) == []


def test_a_chosen_canary_and_words_without_a_name(shared: Project) -> None:
    assert go(shared, canary=True, patient="p2").patient == "p2"
    with pytest.raises(AskedWrongly):
        canary.give_word(shared, shared.run(None), "  ")
    with pytest.raises(AskedWrongly) as refused:
        go(shared, canary=True, patient="nobody")
    assert refused.value.code == "LOD072"


def test_an_empty_target_needs_none_and_one_chart_can_go_alone(tmp_path: Path) -> None:
    project = make_project(tmp_path / "work")
    run = plan_and_sign(project)
    done = go(project, patient="p1")
    assert done.written.total() == 6
    assert run.manifest("load") is None
    state = {one.stage: one.state for one in status.run(project, run).stages}
    assert (state["sign"], state["load"]) == ("done", "not reached")
    assert go(project).ready and held(project) == wanted(run)


def test_status_says_what_verify_signoff_says_after_a_new_plan(tmp_path: Path) -> None:
    project = make_project(tmp_path / "work")
    run = plan_and_sign(project)
    load_run(project, run)
    assert verify_run(project, run).ready

    def states() -> tuple[str, ...]:
        found = {one.stage: one.state for one in status.run(project, run).stages}
        return found["sign"], found["load"], found["verify"]

    assert states() == ("done", "done", "done")
    (project.folder / "accepted.csv").write_text("code,where,count,reason,by,role\n")
    assert states() == ("stale", "done", "done")
    (project.folder / "accepted.csv").unlink()
    rollback.run(project, run, Silent(), pause=lambda _: None)
    plan_and_sign(project, run)
    assert states() == ("done", "not reached", "not reached")


def test_fifty_edits_by_somebody_else_survive_a_rollback(tmp_path: Path) -> None:
    from tests.loads import practice
    from tests.unit.test_rollback import edit

    project = make_project(tmp_path / "work", practice(30, 3))
    run = plan_and_sign(project)
    load_run(project, run)
    kinds = ("Observation", "Encounter", "Patient", "Organization")
    refs = sorted(ref for ref in held(project) if ref[0] in kinds)[::4][:50]
    assert len(refs) == 50
    theirs = {ref: edit(project, *ref) for ref in refs}
    rehearsed = rollback.run(project, run, Silent(), dry_run=True)
    done = rollback.run(project, run, Silent(), pause=lambda _: None)
    assert rehearsed.undone == done.undone and sorted(rehearsed.kept) == sorted(done.kept)
    now = held(project)
    assert {ref: now[ref] for ref in refs} == theirs
    edited = {(k, i) for k, i, why in done.kept if why == "edited since it was loaded"}
    assert edited == set(refs)
    assert now.keys() == {(k, i) for k, i, _ in done.kept}
