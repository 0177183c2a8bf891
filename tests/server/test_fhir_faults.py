"""A load over a FHIR server that goes wrong: at every request, in every way, 0 lost, 0 doubled."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate import plugins
from migrate.errors import FailedForNow, MigrateError, NeedsPerson
from migrate.stages import load, rollback
from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from migrate.targets.fhir import open_target
from tests.loads import load_run, make_project, plan_and_sign, practice, verify_run, wanted
from tests.server.fhir_server import Fault, Habits, State, serving

OUTER = ("400", "404", "408", "409", "412", "413", "422", "429", "500", "502", "503", "504")
LOST = ("timeout before", "timeout after", "reset before", "reset after", "500 after")
GARBLED = ("html", "truncated", "missing entry", "extra entry", "reordered", "duplicate response")
INNER = ("inner 422", "inner 429", "inner 429 after", "as batch")
PEOPLE = ("401", "403", "redirect")
REFUSALS = (*OUTER, *INNER)  # of one write alone it is the server's word, and loading goes on
GOOD = {"transactions": True}
PLAIN = {"transactions": False, "if_none_match": False, "if_match": False}


class Bench:
    """A planned and signed project for one server, copied for each case."""

    def __init__(self, folder: Path, base: str, state: State) -> None:
        self.folder, self.base, self.state = folder, base, state
        self.project = make_project(folder / "first", practice(3, 2))
        self.options = {"bundle": 5, "connections": 1, "timeout_s": 1}
        remembered = {"remembered": str(folder / "server.json")}
        target = open_target(base, remembered)
        target.capabilities()
        target.close()
        self.options |= remembered
        self.cases = self.requests = 0

    def open(self, *_: object) -> object:
        return open_target(self.base, self.options, pause=lambda _: None)

    def case(self) -> Project:
        self.state.versions.clear()
        self.state.arm(None)
        self.cases += 1
        return Project.open(
            Path(shutil.copytree(self.project.folder, self.folder / f"case{self.cases}"))
        )


@pytest.fixture(scope="module", params=[GOOD, PLAIN], ids=["transactions", "plain"])
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    with serving(Habits(**request.param)) as (base, state), pytest.MonkeyPatch.context() as patch:
        made = Bench(tmp_path_factory.mktemp("bench"), base, state)
        patch.setattr(plugins, "open_target", made.open)
        plan_and_sign(made.project)
        case = made.case()
        load_run(case, case.run(None))
        made.requests = state.requests
        yield made


@pytest.mark.parametrize("kind", OUTER + LOST + GARBLED + INNER + PEOPLE)
def test_nothing_is_lost_or_doubled(bench: Bench, kind: str) -> None:
    for position in range(1, bench.requests + 1):
        project = bench.case()
        run = project.run(None)
        bench.state.arm(Fault(position, kind))
        try:
            result = load_run(project, run)
        except (FailedForNow, NeedsPerson) as error:
            assert isinstance(error, NeedsPerson) == (kind in PEOPLE)
            result = load_run(project, run)
        bench.state.arm(None)
        if not result.ready and kind in REFUSALS:
            result = load_run(project, run)
        assert result.ready, (kind, position)
        expected = {ref: json.loads(line) for ref, line in wanted(run).items()}
        assert bench.state.held() == expected, (kind, position)
        assert bench.state.written() == len(expected), (kind, position)
        assert verify_run(project, run).ready
        assert not load_run(project, run).written


@pytest.mark.parametrize("kind", ["503", "html", "timeout before"])
def test_it_stops_after_five_attempts_and_goes_on_later(bench: Bench, kind: str) -> None:
    project = bench.case()
    run = project.run(None)

    bench.state.arm(Fault(0, kind))
    with pytest.raises(FailedForNow) as caught:
        load_run(project, run)
    assert caught.value.code == "LOD023"
    assert bench.state.requests <= 6
    bench.state.arm(None)
    assert load_run(project, run).ready
    assert bench.state.written() == len(wanted(run))


@pytest.mark.parametrize(("wait", "later"), [("86400", 86_400), ("99999999999", 7 * 86_400)])
def test_an_absurd_pause_is_a_clean_stop(bench: Bench, wait: str, later: int) -> None:
    project = bench.case()
    bench.state.arm(Fault(2, "429", wait))
    with pytest.raises(FailedForNow) as caught:
        load_run(project, project.run(None))
    assert (caught.value.code, caught.value.retry_after_s) == ("LOD023", later)
    bench.state.arm(None)
    assert load_run(project, project.run(None)).ready


def test_a_slow_drip_is_cut_off(bench: Bench) -> None:
    project = bench.case()
    run = project.run(None)
    bench.state.arm(Fault(2, "slow drip"))
    assert load_run(project, run).ready
    assert bench.state.written() == len(wanted(run))


@pytest.mark.parametrize("kind", ["dropped", "rounded"])
def test_what_the_server_changed_is_a_finding(bench: Bench, kind: str) -> None:
    project = bench.case()
    run = project.run(None)
    load_run(project, run)
    held = bench.state.now(("Observation", "p0-o0"))
    assert held is not None
    if kind == "dropped":
        del held["valueQuantity"]["unit"]
    else:
        held["valueQuantity"]["value"] = 70.1
    found = verify_run(project, run)
    assert dict(found.findings) == {"LOD031": 1}


def test_a_lagging_search_is_said_and_doubles_nothing(bench: Bench) -> None:
    project = bench.case()
    run = project.run(None)
    bench.state.habits.lagging_search = True
    try:
        assert load_run(project, run).ready
        assert set(verify_run(project, run).findings) == {"LOD033"}
    finally:
        bench.state.habits.lagging_search = False
    assert bench.state.written() == len(wanted(run))
    assert verify_run(project, run).ready


def test_undone_to_the_last_and_loaded_again(bench: Bench) -> None:
    project = bench.case()
    run = project.run(None)
    load_run(project, run)
    undone = rollback.run(project, run, Silent(), pause=lambda _: None)
    assert undone.ready and bench.state.held() == {}
    assert load.run(project, run, Silent(), pause=lambda _: None).ready
    assert len(bench.state.held()) == len(wanted(run))


def test_no_address_carries_a_value_and_no_error_quotes_the_server(bench: Bench) -> None:
    project = bench.case()
    run = project.run(None)
    bench.state.arm(Fault(2, "422"))
    load_run(project, run)
    verify_run(project, run)
    assert bench.state.seen
    for _, path, _ in bench.state.seen:
        assert "Invented" not in path
    for kind in ("500", "403"):
        again = bench.case()
        bench.state.arm(Fault(1, kind))
        try:
            load_run(again, again.run(None))
        except MigrateError as error:
            assert "Invented" not in f"{error} {error.kept} {error.try_} {error.details}"
