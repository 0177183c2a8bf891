"""Undoing loads: created goes, updated gets its content back, what people edited stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from migrate.core.ports import Receipt, Write
from migrate.core.references import references
from migrate.errors import AskedWrongly
from migrate.stages import plan, rollback
from migrate.stages.progress import Silent
from migrate.stages.rollback import Scope
from migrate.store.workspace import Project, Run
from migrate.targets.embedded import EmbeddedTarget
from migrate.targets.faulty import FaultyTarget
from tests.loads import (
    add_run,
    held,
    load_run,
    make_project,
    open_gate,
    plan_and_sign,
    practice,
    through,
    verify_run,
    wanted,
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "work")
    load_run(project, plan_and_sign(project))
    return project


def undo(project: Project, run: Run, **options: object) -> rollback.RolledBack:
    return rollback.run(project, run, Silent(), pause=lambda _: None, **options)  # type: ignore[arg-type]


def edit(project: Project, kind: str, identity: str) -> bytes:
    target = EmbeddedTarget(project.folder / "target.db")
    now = next(iter(target.read([(kind, identity)])))
    content = (now.content or b"").replace(b"{", b'{"language":"en",', 1)
    target.apply([Write("put", kind, identity, content, now.version)])
    target.close()
    return content


def test_a_dry_run_counts_and_changes_nothing(project: Project) -> None:
    run = project.run(None)
    found = undo(project, run, dry_run=True)
    assert found.undone.total() == len(wanted(run)) and found.ready
    assert held(project) == wanted(run)


def test_what_was_created_goes_and_a_reload_works(project: Project) -> None:
    run = project.run(None)
    assert undo(project, run).ready
    assert held(project) == {}
    assert run.manifest("load") is None
    assert undo(project, run).undone.total() == 0
    assert load_run(project, run).written.total() == len(wanted(run))
    assert verify_run(project, run).ready


def test_a_new_plan_after_a_rollback_needs_no_new_signature(project: Project) -> None:
    run = project.run(None)
    undo(project, run)
    made = plan.run(project, run, Silent(), judge=open_gate)
    assert made.plan.reasons == {"new again": len(wanted(run))}
    assert load_run(project, run).ready
    assert held(project) == wanted(run)


def test_updates_get_their_content_back(project: Project) -> None:
    first = project.run(None)
    changed = practice(4)
    for one in changed:
        one["language"] = "en"
    second = plan_and_sign(project, add_run(project, changed))
    assert load_run(project, second).ready
    done = undo(project, second)
    assert done.ready and {outcome for outcome, _ in done.undone} == {"restored", "deleted"}
    assert held(project) == wanted(first)
    assert load_run(project, second).ready, "a reload after a rollback, without a new plan"
    assert held(project) == wanted(second)
    plan.run(project, second, Silent(), judge=open_gate)
    assert not load_run(project, second).written


@dataclass(slots=True)
class Watchful(FaultyTarget):
    """A target that, like a strict server, lets no reference lead nowhere at any moment."""

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        return [self.one(write) for write in writes]

    def one(self, write: Write) -> Receipt:
        receipt = self.inner.apply([write])[0]
        rows = self.inner._db.execute(  # type: ignore[attr-defined]
            "SELECT type, id, content FROM resources WHERE content IS NOT NULL"
        ).fetchall()
        there = {(kind, identity) for kind, identity, _ in rows}
        for _, _, content in rows:
            assert there.issuperset(references(content))
        return receipt


def test_references_resolve_at_every_moment(project: Project) -> None:
    watched = through(lambda target: Watchful(target, max_bundle=4))
    first = project.run(None)
    changed = practice(4)
    changed.append({"resourceType": "Practitioner", "id": "new", "name": [{"family": "New"}]})
    for one in changed:
        if one["resourceType"] == "Patient":
            one["generalPractitioner"] = [{"reference": "Practitioner/new"}]
    second = plan_and_sign(project, add_run(project, changed))
    assert load_run(project, second, watched).ready
    assert undo(project, second, opening=watched).ready
    assert held(project) == wanted(first)
    assert undo(project, first, opening=watched).ready
    assert held(project) == {}


def test_what_somebody_edited_stays_with_what_it_points_at(project: Project) -> None:
    run = project.run(None)
    theirs = edit(project, "Observation", "p1-o0")
    done = undo(project, run)
    assert not done.ready
    kept = {(kind, identity) for kind, identity, _ in done.kept}
    assert kept == {
        ("Observation", "p1-o0"),
        ("Encounter", "p1-e0"),
        ("Patient", "p1"),
        ("Practitioner", "doc"),
    }
    assert held(project).keys() == kept
    assert held(project)["Observation", "p1-o0"] == theirs


def test_an_older_run_is_not_pulled_from_under_a_later_one(project: Project) -> None:
    first = project.run(None)
    changed = practice()
    for one in changed:
        one["language"] = "en"
    second = plan_and_sign(project, add_run(project, changed))
    assert load_run(project, second).ready
    done = undo(project, first)
    assert done.undone.total() == 0
    assert {why for _, _, why in done.kept} == {"changed by a later run: roll that back first"}
    assert undo(project, second).ready and undo(project, first).ready
    assert held(project) == {}
    assert load_run(project, first).ready
    assert load_run(project, second).ready, "nobody else touched it, so the old plan still holds"
    assert held(project) == wanted(second)


def test_one_patients_chart(project: Project) -> None:
    run = project.run(None)
    done = undo(project, run, scope=Scope(patient="p1"))
    assert done.undone.total() == 5
    assert not any(identity.startswith("p1") for _, identity in held(project))
    assert ("Practitioner", "doc") in held(project)
    assert load_run(project, run).written.total() == 5


def test_one_type(project: Project) -> None:
    run = project.run(None)
    undo(project, run, scope=Scope(type="Observation"))
    assert {kind for kind, _ in held(project)} == {
        "Encounter",
        "Organization",
        "Patient",
        "Practitioner",
    }
    kept = undo(project, run, scope=Scope(type="Organization")).kept
    assert kept == []
    done = undo(project, run, scope=Scope(type="Patient"))
    assert len(done.kept) == 3, "visits still point at them"


def test_nothing_to_undo_before_a_load(tmp_path: Path) -> None:
    project = make_project(tmp_path / "other")
    with pytest.raises(AskedWrongly):
        undo(project, project.run(None))
