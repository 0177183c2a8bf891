"""A load over a target that fails: at every call, in every way, nothing is lost or doubled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from migrate.core.ports import Target
from migrate.errors import FailedForNow, NeedsPerson
from migrate.stages import load, rollback
from migrate.stages.progress import Silent
from migrate.store.journal import Journal
from migrate.store.workspace import Project
from migrate.targets.embedded import EmbeddedTarget
from migrate.targets.faulty import Fault, FaultyTarget
from tests.loads import (
    add_run,
    held,
    load_run,
    make_project,
    plan_and_sign,
    practice,
    through,
    verify_run,
    wanted,
)

BUNDLE = 5
CALLS = 5  # 17 resources in bundles of whole units
HARMLESS = (
    "before",
    "after",
    "partial",
    "unknown before",
    "unknown after",
    "conflict",
    "missing receipt",
    "reordered",
)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed") / "work"
    plan_and_sign(make_project(folder))
    return folder


@pytest.fixture
def project(signed: Path, tmp_path: Path) -> Project:
    return Project.open(Path(shutil.copytree(signed, tmp_path / "work")))


def faulty(*script: Fault) -> load.Opening:
    return through(lambda target: FaultyTarget(target, script, BUNDLE))


def versions(project: Project) -> set[str]:
    """The version numbers of all resources that the target ever held."""
    target = EmbeddedTarget(project.folder / "target.db")
    found = {
        one.version or ""
        for kind, identity in held(project)
        for one in target.versions(kind, identity)
    }
    target.close()
    return found


@pytest.mark.parametrize("kind", HARMLESS)
def test_one_fault_at_any_call_is_survived(project: Project, signed: Path, kind: str) -> None:
    run = project.run(None)
    for call in range(1, CALLS + 1):
        for name in ("target.db", "target.db-wal", "target.db-shm"):
            (project.folder / name).unlink(missing_ok=True)
            if (signed / name).exists():
                shutil.copy2(signed / name, project.folder / name)
        for path in run.folder.glob("journal.db*"):
            path.unlink()
        fault = Fault(call, kind, 2)  # type: ignore[arg-type]
        loaded = load_run(project, run, faulty(fault))
        assert loaded.ready, (kind, call)
        assert held(project) == wanted(run)
        assert versions(project) == {"1"}, "something was written twice"


@pytest.mark.parametrize("kind", ["before", "unknown after", "read fails"])
def test_a_dead_target_is_given_up_after_five_attempts_and_resumed(
    project: Project, kind: str
) -> None:
    run = project.run(None)
    start = 1 if kind == "read fails" else 3
    script = [Fault(call, kind) for call in range(start, 100)]  # type: ignore[arg-type]
    if kind == "read fails":
        script.append(Fault(2, "after"))
    if kind == "unknown after":
        assert load_run(project, run, faulty(*script)).ready
        return
    with pytest.raises(FailedForNow) as stop:
        load_run(project, run, faulty(*script))
    assert stop.value.code == "LOD023" and stop.value.retry_after_s
    assert 0 < len(held(project)) < len(wanted(run))
    assert load_run(project, run).ready
    assert held(project) == wanted(run)
    assert versions(project) == {"1"}


def test_answers_that_never_came_are_looked_up(project: Project) -> None:
    run = project.run(None)

    class Dies(Exception):
        """Stands for a kill: nothing of ours catches it."""

    class Deadly(FaultyTarget):
        def apply(self, writes):  # type: ignore[no-untyped-def]
            receipts = self.inner.apply(writes)
            if len(held(project)) > 8:
                raise Dies
            return receipts

    def wrap(target: Target) -> Target:
        return Deadly(target, (), BUNDLE)

    with pytest.raises(Dies):
        load_run(project, run, through(wrap))
    target = EmbeddedTarget(project.folder / "target.db")
    journal = Journal(run.journal, target.identity())
    still_open = len(journal.open_entries())
    journal.close()
    target.close()
    assert still_open > 0
    again = load_run(project, run)
    assert again.ready and again.settled == still_open
    assert held(project) == wanted(run) and versions(project) == {"1"}


def test_a_new_export_after_a_killed_load_knows_what_was_written(project: Project) -> None:
    class Dies(FaultyTarget):
        def apply(self, writes):  # type: ignore[no-untyped-def]
            self.inner.apply(writes)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_run(project, project.run(None), through(lambda target: Dies(target, (), 100)))
    changed = practice()
    for one in changed:
        one["language"] = "en"
    run = plan_and_sign(project, add_run(project, changed))
    assert load_run(project, run).ready
    assert held(project) == wanted(run)


def test_a_refused_resource_holds_back_what_points_at_it(project: Project) -> None:
    run = project.run(None)
    loaded = load_run(project, run, faulty(Fault(2, "refuse", 0)))
    assert not loaded.ready
    codes = [(one.type, one.id, one.code) for one in loaded.not_written]
    assert codes[0] == ("Patient", "p0", "LOD021")
    assert {one[2] for one in codes[1:]} <= {"LOD022"}
    assert load_run(project, run).ready, "a mended target takes the rest"
    assert held(project) == wanted(run)


def test_a_receipt_that_lies_is_found_by_verify(project: Project) -> None:
    run = project.run(None)
    assert load_run(project, run, faulty(Fault(3, "lost", 1))).ready
    found = verify_run(project, run)
    assert found.findings["LOD030"] == 1 and not found.ready


def test_a_target_without_read_back_is_never_called_verified(project: Project) -> None:
    run = project.run(None)
    load_run(project, run)

    class Mute(FaultyTarget):
        def capabilities(self):  # type: ignore[no-untyped-def]
            from dataclasses import replace

            return replace(self.inner.capabilities(), read_back=False, delete=False)

    found = verify_run(project, run, through(lambda target: Mute(target)))
    assert not found.ready and found.findings == {"LOD034": 1}
    assert found.document()["read_back"] is None
    with pytest.raises(NeedsPerson, match="cannot delete"):
        rollback.run(project, run, Silent(), opening=through(lambda target: Mute(target)))


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_rollback_survives_faults_too(project: Project, kind: str) -> None:
    run = project.run(None)
    load_run(project, run)
    fault = Fault(1, kind, 2)  # type: ignore[arg-type]
    done = rollback.run(project, run, Silent(), opening=faulty(fault), pause=lambda _: None)
    assert done.ready and held(project) == {}
    assert load_run(project, run).ready
    assert held(project) == wanted(run)
