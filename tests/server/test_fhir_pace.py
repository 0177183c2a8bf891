"""How much goes at a time: whole charts where the server takes them, less where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from migrate import plugins
from migrate.stages import batching, load
from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from migrate.targets.fhir import open_target
from migrate.targets.fhir.lookup import looked, searches, to_confirm
from migrate.targets.fhir.reader import Pace
from tests.loads import (
    load_run,
    make_project,
    open_gate,
    plan_and_sign,
    practice,
    verify_run,
    wanted,
    write_resources,
)
from tests.server.fhir_server import Fault, Habits, State, serving


@contextmanager
def planned(folder: Path, habits: Habits, encounters: int) -> Iterator[tuple[Project, State]]:
    """A planned practice of two charts for a server with these habits; bundles of five."""
    before = plugins.open_target
    options = {"bundle": 5, "connections": 2, "remembered": str(folder / "abilities.json")}
    with serving(habits) as (base, state):
        plugins.open_target = lambda *_: open_target(base, options, pause=lambda _: None)
        try:
            project = make_project(folder / "project", practice(2, encounters))
            plan_and_sign(project)
            target = open_target(base, options)
            target.capabilities()
            target.close()
            state.most_at_a_time = 0
            yield project, state
        finally:
            plugins.open_target = before


def test_a_chart_is_written_whole_where_the_server_takes_it(tmp_path: Path) -> None:
    with planned(tmp_path, Habits(), 20) as (project, state):
        assert load_run(project, project.run(None)).ready
        assert state.most_at_a_time == 41  # a patient, 20 visits, 20 results


@pytest.mark.parametrize("transactions", [True, False])
def test_labels_that_a_later_run_takes_away_go(tmp_path: Path, transactions: bool) -> None:
    """HAPI keeps tags and security labels on a PUT without them, unless it is told otherwise."""
    habits = Habits(sticky_labels=True, transactions=transactions)
    with planned(tmp_path, habits, 1) as (project, _):
        run = project.run(None)
        labelled = [
            one | {"meta": {"security": [{"system": "urn:x", "code": "R"}]}}
            if one["resourceType"] == "Observation"
            else one
            for one in practice(2, 1)
        ]
        write_resources(run, labelled)
        plan_and_sign(project, run)
        assert load_run(project, run).ready and verify_run(project, run).ready
        write_resources(run, practice(2, 1))
        plan_and_sign(project, run)
        assert load_run(project, run).written.total() == 2
        assert verify_run(project, run).ready


class Counting(Silent):
    """Remembers each step of the progress."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def advance(self, steps: int = 1) -> None:
        self.steps.append(steps)


def test_the_progress_moves_inside_a_long_call(tmp_path: Path) -> None:
    """All seventeen go in one call, in bundles of five; a lost answer is not counted twice."""
    for fault in (None, Fault(2, "reset after"), Fault(2, "inner 429 after")):
        folder = tmp_path / str(fault and fault.kind)
        with planned(folder, Habits(transactions=False), 3) as (project, state):
            progress, run = Counting(), project.run(None)
            state.arm(fault)
            result = load.run(project, run, progress, judge=open_gate, pause=lambda _: None)
            assert result.ready and sum(progress.steps) == len(wanted(run))
            assert len(progress.steps) > 3


def test_a_server_that_takes_less_gets_less(tmp_path: Path) -> None:
    with planned(tmp_path, Habits(), 20) as (project, state):
        state.habits.most_entries = 7
        run = project.run(None)
        assert load_run(project, run).ready
        assert len(state.held()) == len(wanted(run))
        assert state.most_at_a_time <= 7


def test_one_poisoned_resource_is_found_and_the_others_are_written(tmp_path: Path) -> None:
    with planned(tmp_path, Habits(poisoned=("Observation", "p1-o7")), 20) as (project, state):
        run = project.run(None)
        result = load_run(project, run)
        assert [(one.type, one.id, one.code) for one in result.not_written] == [
            ("Observation", "p1-o7", "LOD021")
        ]
        assert len(state.held()) == len(wanted(run)) - 1


def test_a_server_that_always_says_later_is_left_in_peace(tmp_path: Path) -> None:
    with planned(tmp_path, Habits(), 3) as (project, state):
        state.arm(Fault(0, "inner 429 after"))
        run = project.run(None)
        assert load_run(project, run).ready
        assert len(state.held()) == len(wanted(run))


def test_searches_are_by_type_and_their_misses_are_looked_at() -> None:
    refs = [("Patient", "a"), ("Observation", "b"), ("Patient", "c")]
    assert searches(refs) == [("Patient", ["a", "c"]), ("Observation", ["b"])]
    patient = {"resourceType": "Patient", "id": "c", "meta": {"versionId": "2"}}
    bundle = {"type": "searchset", "entry": [{"resource": patient}]}
    answers: list[dict[str, object]] = [{"resource": bundle}, {"resource": {"type": "searchset"}}]
    said = looked(refs, answers)
    assert said.sure and said.absent == [("Patient", "a"), ("Observation", "b")]
    assert said.found["Patient", "c"].version == "2"
    assert not looked(refs, answers[:1]).sure
    assert not looked(refs, [answers[0], answers[0]]).sure
    more = {**bundle, "link": [{"relation": "next"}]}
    assert not looked(refs, [{"resource": more}, answers[1]]).sure


@pytest.mark.parametrize("missing", [1, 20, 21, 500])
def test_some_of_what_is_missing_is_confirmed(missing: int) -> None:
    absent = [("Patient" if n else "Account", str(n)) for n in range(missing)]
    asked = to_confirm(absent)
    assert set(asked) <= set(absent) and len(asked) == len(set(asked))
    assert {kind for kind, _ in asked} == {kind for kind, _ in absent}
    assert len(asked) == missing if missing <= 20 else 10 <= len(asked) <= 22
    assert to_confirm([]) == []


def test_the_quicker_way_of_reading_is_kept() -> None:
    pace = Pace()
    assert pace.quicker(500) == "search"
    pace.took("search", 500, 2.0)
    assert pace.quicker(500) == "batch"
    pace.took("batch", 500, 1.0)
    assert (pace.quicker(500), pace.quicker(3)) == ("batch", "search")
    for _ in range(5):
        pace.took("batch", 500, 9.0)
    assert pace.quicker(500) == "search"


def test_large_documents_go_in_smaller_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with planned(tmp_path, Habits(), 20) as (project, state):
        monkeypatch.setattr(batching, "MOST_BYTES", 1000)
        run = project.run(None)
        assert load_run(project, run).ready
        assert len(state.held()) == len(wanted(run))
        assert state.most_at_a_time <= 8
