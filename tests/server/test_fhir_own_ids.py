"""Servers that give ids themselves: what comes late and twice, and what is not to be believed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate import plugins
from migrate.errors import NeedsPerson
from migrate.stages import rollback
from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from migrate.targets.fhir import open_target
from migrate.targets.fhir.translate import MARK, our_id
from migrate.testing.target_contract import patient, put
from tests.loads import load_run, make_project, plan_and_sign, practice, verify_run, wanted
from tests.server.fhir_server import Fault, Habits, State, serving


@pytest.fixture
def server() -> Iterator[tuple[str, State]]:
    with serving(Habits(client_ids=False)) as found:
        yield found


@pytest.fixture
def project(server: tuple[str, State], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder = tmp_path / "project"
    made = make_project(folder, practice(3, 2))
    options = {"bundle": 5, "timeout_s": 1, "remembered": str(folder / "target-abilities.json")}
    monkeypatch.setattr(
        plugins, "open_target", lambda *_: open_target(server[0], options, pause=lambda _: None)
    )
    plan_and_sign(made)
    return made


def load_requests(state: State, project: Project) -> int:
    """How many requests a load of a copy takes; nothing is left of it."""
    run = project.run(None)
    state.arm(None)
    load_run(project, run)
    asked = state.requests
    rollback.run(project, run, Silent(), pause=lambda _: None)
    return asked


def test_second_copies_of_late_writes_are_swept(
    server: tuple[str, State], project: Project
) -> None:
    """A bundle is answered by nobody, and carried out later, after it was sent again."""
    state, run = server[1], project.run(None)
    swept = 0
    for position in range(1, load_requests(state, project) // 2, 3):
        state.arm(Fault(position, "late"))
        result = load_run(project, run)
        state.arm(None)
        assert result.ready
        swept += load_run(project, run).doubles_removed + result.doubles_removed
        assert sorted(ref[0] for ref in state.held()) == sorted(ref[0] for ref in wanted(run))
        assert verify_run(project, run).ready
        assert rollback.run(project, run, Silent(), pause=lambda _: None).ready
        assert state.held() == {}
    assert swept > 0


def test_a_second_copy_that_somebody_edited_stays_and_is_said(
    server: tuple[str, State], project: Project
) -> None:
    state, run = server[1], project.run(None)
    load_run(project, run)
    ref, held = next(one for one in state.held().items() if one[0][0] == "Observation")
    state.versions[ref[0], "9999"] = [
        {**held, "id": "9999", "status": "amended", "meta": {"versionId": "1"}}
    ]
    result = load_run(project, run)
    assert [(one.code, one.id) for one in result.not_written] == [("LOD036", our_id(held))]
    assert set(verify_run(project, run).findings) == {"LOD033", "LOD036"}
    assert (ref[0], "9999") in state.held()


def test_a_second_run_changes_nothing_without_the_map_too(
    server: tuple[str, State], project: Project
) -> None:
    """The map of ids is a cache: the server's own identifiers are the truth."""
    state, run = server[1], project.run(None)
    load_run(project, run)
    written = state.written()
    for path in project.folder.glob("target-ids-*"):
        path.write_bytes(b"") if path.suffix == ".db" else path.unlink()
    assert verify_run(project, run).ready
    plan_and_sign(project, run)
    assert not load_run(project, run).written
    assert state.written() == written


def test_a_server_that_learns_to_keep_ids_doubles_nothing(
    server: tuple[str, State], project: Project
) -> None:
    state, run = server[1], project.run(None)
    load_run(project, run)
    state.habits.client_ids = True
    (project.folder / "target-abilities.json").unlink()
    held = state.held()
    plan_and_sign(project, run)
    assert not load_run(project, run).written
    assert verify_run(project, run).ready
    assert state.held() == held


def test_references_lead_to_the_ids_of_the_server(
    server: tuple[str, State], project: Project
) -> None:
    load_run(project, project.run(None))
    held = server[1].held()
    ids = {(kind, identity) for kind, identity in held}
    for one in held.values():
        assert [mark["system"] for mark in one["identifier"]] == [MARK]
        for name in ("subject", "encounter"):
            if name in one:
                kind, _, identity = one[name]["reference"].partition("/")
                assert (kind, identity) in ids


def test_a_load_that_cannot_be_proved_is_refused() -> None:
    with serving(Habits(client_ids=False, conditional_create=False)) as (base, state):
        target = open_target(base, {}, pause=lambda _: None)
        with pytest.raises(NeedsPerson) as caught:
            put(target, patient("r1"), None)
        assert caught.value.code == "LOD062"
        assert state.held() == {}
        target.close()
