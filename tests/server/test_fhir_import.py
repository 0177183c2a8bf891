"""The server's ``$import`` behind the same plan, journal and verification."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migrate import plugins
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages import rollback
from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from migrate.targets.fhir import bulk, open_target
from migrate.targets.fhir.offer import offered
from migrate.targets.fhir.options import Offering
from tests.loads import load_run, make_project, plan_and_sign, practice, verify_run, wanted
from tests.server.fhir_server import Fault, Habits, State, serving

HERE = "http://127.0.0.1:0"
Pause = Callable[[float], None]


class Case:
    """A planned practice and a server with ``$import``."""

    def __init__(self, folder: Path, base: str, state: State) -> None:
        self.state, self.base = state, base
        self.pause: Pause = lambda _: None
        self.options = {"import_from": HERE, "remembered": str(folder / "target-abilities.json")}
        self.project = make_project(folder, practice(3, 2))

    def open(self, *_: object) -> object:
        return open_target(self.base, self.options, pause=lambda s: self.pause(s))

    def as_wanted(self, project: Project) -> bool:
        expected = {ref: json.loads(line) for ref, line in wanted(project.run(None)).items()}
        return self.state.held() == expected


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setattr(bulk, "WORTH", 2)
    with serving(Habits(imports=True)) as (base, state):
        made = Case(tmp_path / "project", base, state)
        monkeypatch.setattr(plugins, "open_target", made.open)
        plan_and_sign(made.project)
        yield made


def test_everything_goes_by_files_and_is_read_back(case: Case) -> None:
    run = case.project.run(None)
    result = load_run(case.project, run)
    assert result.ready and case.as_wanted(case.project)
    # a trial, then places and doctors, patients, visits, results: nothing points at what is later
    levels = [sorted({json.loads(line)["resourceType"] for line in lines})
              for lines in case.state.imports.fetched.values()]  # fmt: skip
    assert len(levels) >= 4 and levels[0] == ["Basic"] and levels[-1] == ["Observation"]
    assert not any(method == "PUT" for method, *_ in case.state.seen[-20:])
    assert verify_run(case.project, run).ready
    written = case.state.written()
    assert not load_run(case.project, run).written and case.state.written() == written
    assert rollback.run(case.project, run, Silent(), pause=lambda _: None).ready
    assert case.state.held() == {}


@pytest.mark.parametrize("wrong", ["fails", "partly", "nothing"])
def test_what_does_not_arrive_goes_in_bundles(case: Case, wrong: str) -> None:
    case.state.imports.wrong = wrong
    run = case.project.run(None)
    result = load_run(case.project, run)
    assert result.ready and result.written.total() == len(wanted(run))
    assert case.as_wanted(case.project) and verify_run(case.project, run).ready


def test_one_refused_resource_is_named_and_the_others_come(case: Case) -> None:
    case.state.habits.poisoned = ("Observation", "p1-o1")
    result = load_run(case.project, case.project.run(None))
    assert [(one.id, one.code) for one in result.not_written] == [("p1-o1", "LOD021")]
    assert len(case.state.held()) == len(wanted(case.project.run(None))) - 1


def test_what_somebody_put_there_since_the_plan_is_not_written_over(case: Case) -> None:
    theirs = {"resourceType": "Encounter", "id": "p0-e0", "status": "planned"}
    case.state.versions["Encounter", "p0-e0"] = [{**theirs, "meta": {"versionId": "1"}}]
    result = load_run(case.project, case.project.run(None))
    assert ("p0-e0", "LOD020") in {(one.id, one.code) for one in result.not_written}
    assert case.state.held()["Encounter", "p0-e0"] == theirs


def test_the_next_command_waits_for_an_import_that_was_cut_off(case: Case) -> None:
    """Ctrl-C while the server works at it: what comes later is found, and nothing is doubled."""
    case.state.imports.wrong = "slow"
    waits = []

    def cut(_: float) -> None:
        waits.append(1)
        if len(case.state.imports.jobs) == 2 and case.state.imports.looks[1] == 2:
            raise KeyboardInterrupt

    case.pause = cut
    with pytest.raises(KeyboardInterrupt):
        load_run(case.project, case.project.run(None))
    assert 2 not in case.state.imports.ended and waits
    case.pause = lambda _: None
    run = case.project.run(None)
    result = load_run(case.project, run)
    assert result.ready and result.settled > 0 and case.as_wanted(case.project)
    assert case.state.imports.ended[2] == 200
    made = {ref: len(found) for ref, found in case.state.versions.items() if ref[0] != "Basic"}
    assert made == dict.fromkeys(wanted(run), 1)
    assert verify_run(case.project, run).ready


@pytest.mark.parametrize("kind", ["503", "timeout after", "timeout before", "429"])
@pytest.mark.parametrize("at", [3, 5, 7])
def test_requests_that_fail_lose_and_double_nothing(case: Case, kind: str, at: int) -> None:
    target = case.open()
    target.capabilities()  # type: ignore[attr-defined]
    case.state.arm(Fault(at, kind))
    run = case.project.run(None)
    result = load_run(case.project, run)
    assert result.ready and case.as_wanted(case.project) and verify_run(case.project, run).ready


@pytest.mark.parametrize(
    ("habits", "wrong", "code"),
    [
        ({"imports": False}, "", "LOD074"),
        ({"client_ids": False}, "", "LOD074"),
        ({}, "other ids", "LOD074"),
        ({}, "elsewhere", "LOD063"),
    ],
)
def test_a_server_without_such_an_import_is_refused(
    case: Case, habits: dict[str, bool], wrong: str, code: str
) -> None:
    for name, value in habits.items():
        setattr(case.state.habits, name, value)
    case.state.imports.wrong = wrong
    with pytest.raises(NeedsPerson) as caught:
        load_run(case.project, case.project.run(None))
    assert caught.value.code == code
    assert {kind for kind, _ in case.state.held()} <= {"Basic"}
    if "client_ids" not in habits:
        del case.options["import_from"]
        assert load_run(case.project, case.project.run(None)).ready


def test_files_lie_under_addresses_nobody_can_guess_and_not_for_long() -> None:
    at = Offering("127.0.0.1", 0, "", "")
    with offered(at, {"Patient": [b'{"a":1}', b'{"b":"\xc3\xa9"}']}) as ((kind, url),):
        assert kind == "Patient" and len(url.rpartition("/")[2]) >= 43
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b'{"a":1}\n{"b":"\xc3\xa9"}\n'
        for guess in (url[:-1], url.rpartition("/")[0] + "/", url + "/.."):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(guess)
            assert caught.value.code == 404
            caught.value.close()
    with pytest.raises(OSError):
        urllib.request.urlopen(url)


@pytest.mark.parametrize(
    "options",
    [
        {"import_from": "http://ehr.example:80"},
        {"import_from": "https://ehr.example:8443"},
        {"import_from": "ftp://127.0.0.1"},
        {"import_from": "http://127.0.0.1:99999999"},
        {"import_from": "http://127.0.0.1/charts"},
        {"import_from": True},
    ],
)
def test_addresses_of_our_own_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(AskedWrongly) as caught:
        open_target("http://127.0.0.1:9/fhir", options)
    assert caught.value.code == "LOD060"


def test_a_machine_that_cannot_be_listened_at_is_said(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    at = Offering("127.0.0.1", 0, missing, missing)
    with pytest.raises(NeedsPerson) as caught, offered(at, {}):
        pass
    assert caught.value.code == "LOD074"
