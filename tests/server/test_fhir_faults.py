"""A load over a FHIR server that goes wrong, in every way: 0 lost, 0 doubled.

Each fault happens at a request of a load, chosen by the fault's name; with
EHR_MIGRATE_FAULTS=all (``make faults``) at every request.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate import plugins
from migrate.errors import FailedForNow, MigrateError, NeedsPerson
from migrate.stages import load, resending, rollback
from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from migrate.targets.fhir import open_target
from migrate.targets.fhir.translate import inward, our_id
from tests.loads import (
    load_run,
    make_project,
    plan_and_sign,
    practice,
    verify_run,
    wanted,
    write_resources,
)
from tests.server.fhir_server import INNER as SERVER_INNER
from tests.server.fhir_server import Fault, Habits, State, serving
from tests.server.real import circle

EVERY = os.environ.get("EHR_MIGRATE_FAULTS") == "all"
OUTER = ("400", "404", "408", "409", "412", "413", "422", "429", "500", "502", "503", "504")
LOST = ("late", "timeout before", "timeout after", "reset before", "reset after", "500 after")
GARBLED = ("html", "truncated", "missing entry", "extra entry", "reordered", "duplicate response")
INNER = (*SERVER_INNER, "inner 429 after", "as batch", "lagging search")
PEOPLE = ("401", "403", "redirect")
REFUSALS = (*OUTER, *INNER)  # of one write alone it is the server's word, and loading goes on
GOOD = {"transactions": True}
PLAIN = {"transactions": False, "if_none_match": False, "if_match": False}
HAPI = {"if_none_match": False, "match_makes": True}
OWN_IDS = {"client_ids": False}
OWN_IDS_PLAIN = {"client_ids": False, "transactions": False, "if_match": False}
SERVERS = {
    "transactions": GOOD,
    "plain": PLAIN,
    "as hapi": HAPI,
    "own ids": OWN_IDS,
    "own ids, plain": OWN_IDS_PLAIN,
}


class Bench:
    """A planned and signed project for one server, copied for each case."""

    def __init__(self, folder: Path, base: str, state: State) -> None:
        self.folder, self.base, self.state = folder, base, state
        self.project = make_project(folder / "first", practice(3, 2))
        self.options = {"bundle": 5, "connections": 1, "timeout_s": 1}
        self.options |= {"remembered": str(folder / "server.json")}
        target = open_target(base, {"remembered": self.options["remembered"]})
        target.capabilities()
        target.close()
        self.cases = self.requests = 0

    def open(self, *_: object) -> object:
        return open_target(self.base, self.options, pause=lambda _: None)

    def held(self) -> dict[tuple[str, str], object]:
        """What the server holds, as we know it; a copy too many is a key too many."""
        held = self.state.held()
        if self.state.habits.client_ids:
            return dict(held)
        ours = {ref: our_id(one) for ref, one in held.items()}

        def name(ref: tuple[str, str]) -> str:
            return f"{ref[0]}/{ours.get(ref)}"

        found: dict[tuple[str, str], object] = {}
        for ref, one in held.items():
            ref_ours = (ref[0], f"{ours[ref]}")
            known = inward(one, name, ref_ours[1])
            known.pop("meta", None)
            found[ref if ref_ours in found else ref_ours] = known
        return found

    def case(self) -> Project:
        self.state.versions.clear()
        self.state.late.clear()
        for left in self.folder.glob("target-ids-*"):
            left.unlink()
        self.state.arm(None)
        self.cases += 1
        return Project.open(
            Path(shutil.copytree(self.project.folder, self.folder / f"case{self.cases}"))
        )


@pytest.fixture(scope="module", params=SERVERS.values(), ids=SERVERS)
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


def positions(bench: Bench, kind: str) -> list[int]:
    """The requests at which a fault happens."""
    every = range(1, bench.requests + 1)
    if EVERY:
        return list(every)
    return random.Random(f"{bench.state.habits}{kind}").sample(every, 1)


@pytest.mark.parametrize("kind", OUTER + LOST + GARBLED + INNER + PEOPLE)
def test_nothing_is_lost_or_doubled(bench: Bench, kind: str) -> None:
    for position in positions(bench, kind):
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
        assert bench.held() == expected, (kind, position)
        if kind != "late" or bench.state.habits.client_ids:  # a second copy is swept away again
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
    # one write, then what became of it is asked on each of four connections, five times
    assert bench.state.requests <= 1 + 5 * 4
    bench.state.arm(None)
    assert load_run(project, run).ready
    assert bench.state.written() == len(wanted(run))


@pytest.mark.parametrize(("wait", "later"), [("86400", 86_400), ("99999999999", 7 * 86_400)])
def test_an_absurd_pause_is_a_clean_stop(bench: Bench, wait: str, later: int) -> None:
    for position in positions(bench, f"pause {wait}"):
        project = bench.case()
        bench.state.arm(Fault(position, "429", wait))
        with pytest.raises(FailedForNow) as caught:
            load_run(project, project.run(None))
        assert (caught.value.code, caught.value.retry_after_s) == ("LOD023", later)
        bench.state.arm(None)
        assert load_run(project, project.run(None)).ready
        assert bench.state.written() == len(wanted(project.run(None)))


def test_a_slow_drip_is_cut_off(bench: Bench) -> None:
    for position in positions(bench, "slow drip")[:: 1 if EVERY else 2]:
        project = bench.case()
        run = project.run(None)
        bench.state.arm(Fault(position, "slow drip"))
        assert load_run(project, run).ready
        assert bench.state.written() == len(wanted(run))


@pytest.mark.parametrize("kind", ["dropped", "rounded"])
def test_what_the_server_makes_of_a_write_is_found_and_mended(bench: Bench, kind: str) -> None:
    times = 0
    for position in positions(bench, kind):
        project = bench.case()
        run = project.run(None)
        bench.state.arm(Fault(position, kind))
        assert load_run(project, run).ready
        bench.state.arm(None)
        expected = {ref: json.loads(line) for ref, line in wanted(run).items()}
        changed = {ref for ref, held in bench.held().items() if held != expected[ref]}
        found = verify_run(project, run)
        assert {(off.type, off.id) for off in found.listed} == changed, position
        assert {off.code for off in found.listed} <= {"LOD031"}
        times += len(changed)
        mended = resending.run(project, run, found, pause=lambda _: None)
        assert mended["updated"] == len(changed)
        assert bench.held() == expected and verify_run(project, run).ready
    assert times >= 6 or not EVERY  # each of the six results once


@pytest.mark.parametrize("kind", ["dropped", "rounded"])
def test_what_the_server_changed_is_a_finding(bench: Bench, kind: str) -> None:
    project = bench.case()
    run = project.run(None)
    load_run(project, run)
    (held,) = [
        bench.state.now(ref)
        for ref, one in bench.state.held().items()
        if ref[0] == "Observation" and "p0-o0" in (ref[1], our_id(one))
    ]
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


@pytest.mark.parametrize("at_once", [1, 3, 4])
def test_a_circle_is_undone_together(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """A visit and its diagnosis point at each other: neither can go before the other."""
    if not (bench.state.habits.transactions and bench.state.habits.client_ids):
        pytest.skip("such a server takes no circles (LOD024)")
    project = bench.case()
    write_resources(project.run(None), [*practice(3, 2), *circle()])
    run = plan_and_sign(project)
    assert load_run(project, run).ready
    monkeypatch.setattr(rollback, "_AT_ONCE", at_once)
    assert rollback.run(project, run, Silent(), pause=lambda _: None).ready
    assert bench.state.held() == {}


def test_what_cannot_go_is_found_and_the_others_go(bench: Bench) -> None:
    """Somebody's own note points at a visit: the visit stays, with what it needs."""
    project = bench.case()
    run = project.run(None)
    load_run(project, run)
    if not bench.state.habits.client_ids:
        pytest.skip("the note would have to know the server's ids")
    note = {"resourceType": "Basic", "id": "n1", "subject": {"reference": "Encounter/p0-e0"}}
    bench.state.versions["Basic", "n1"] = [{**note, "meta": {"versionId": "1"}}]
    with contextlib.suppress(FailedForNow):
        rollback.run(project, run, Silent(), pause=lambda _: None)
    held = set(bench.state.held())
    assert ("Encounter", "p0-e0") in held and ("Observation", "p2-o1") not in held
