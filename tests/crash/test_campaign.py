"""A seeded sample of the campaign of `make crash`, over a small practice."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.stages import load
from migrate.store.workspace import Project
from tests.crash.campaign import (
    Case,
    Kill,
    Phase,
    case_of,
    end,
    phases,
    run_case,
)
from tests.crash.course import Record, chains, single_kills
from tests.crash.served import deadly_server

SEED = 20261125


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Phase]:
    return phases(tmp_path_factory.mktemp("campaign"), 3, bundle=6)


@pytest.mark.parametrize("name", ["load", "rollback", "delta", "undo-delta"])
def test_killed_at_requests_and_commits(
    prepared: dict[str, Phase], tmp_path: Path, name: str
) -> None:
    phase = prepared[name]
    wanted, events = end(phase, tmp_path / "end")
    cases = random.Random(SEED).sample(single_kills(name, events), 4)
    cases += chains(name, events, SEED, 1)
    total = 0
    for case in cases:
        killed, wrong = run_case(phase, case, tmp_path / "case", wanted)
        assert wrong == "", case.line()
        total += killed
    assert total >= 4


def test_killed_on_the_way_to_a_fhir_server(tmp_path: Path) -> None:
    with deadly_server() as server:
        phase = phases(tmp_path, 2, server, 10)["served-delta"]
        wanted, events = end(phase, tmp_path / "end")
        for point in ("before", "after", "late"):
            case = Case(phase.name, (Kill(len(events), point),))
            assert run_case(phase, case, tmp_path / "case", wanted) == (1, ""), case.line()


def test_a_lost_and_a_doubled_write_are_seen(prepared: dict[str, Phase], tmp_path: Path) -> None:
    phase = prepared["load"]
    wanted, _ = end(phase, tmp_path / "end")

    def twice(project: Project, opening: load.Opening) -> object:
        done = phase.act(project, opening)
        with opening(project) as target:
            target.inner._db.execute("UPDATE resources SET version = 7 WHERE id = 'p1'")  # type: ignore[attr-defined]
            target.inner._db.execute("DELETE FROM resources WHERE id = 'p2'")  # type: ignore[attr-defined]
        return done

    case = Case("load", (Kill(2, "after"),))
    killed, wrong = run_case(replace(phase, act=twice), case, tmp_path / "case", wanted)
    assert (killed, wrong) == (1, "lost 1, more 0, not the same 1")


def test_a_case_is_its_line() -> None:
    case = Case("load", (Kill(3, "late"), Kill(1, "before")))
    assert case_of(case.line().split()) == case


def test_a_case_that_was_run_is_not_run_again(tmp_path: Path) -> None:
    case = Case("load", (Kill(3, "late"),))
    Record(1, 3, tmp_path).add("load", 1, "lost 1,\nmore 0", case)
    again = Record(1, 3, tmp_path)
    assert (again.done, again.kills["load"]) == ({"load 3:late"}, 1)
    assert "CASE='load 3:late'" in again.lines()[-1]
