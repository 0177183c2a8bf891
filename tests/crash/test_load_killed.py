"""kill -9 at random moments, of the delivering stages and of the whole way: the end is the same.

`make crash KILLS=50` makes many more.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from migrate.core.ports import Write
from migrate.targets.embedded import EmbeddedTarget
from tests.crash.chains import delivering, whole_way
from tests.crash.harness import Chain, Moment, check, run_killed, run_whole, state_of


def test_killed_anywhere_ends_the_same(tmp_path: Path) -> None:
    assert check(delivering(tmp_path), tmp_path, seed=20261124, kills=4, follow=1) == []


def test_killed_anywhere_on_the_whole_way_ends_the_same(tmp_path: Path) -> None:
    chain = whole_way(tmp_path, 8)
    short = Chain(chain.prepared, chain.commands[:7])  # the others are in the test above
    assert check(short, tmp_path, seed=20261125, kills=2, follow=1) == []


def test_the_harness_sees_a_kill_a_lost_and_a_doubled_write(tmp_path: Path) -> None:
    chain = delivering(tmp_path)
    whole = run_whole(Chain(chain.prepared, chain.commands[:1]), tmp_path)
    assert len(set(whole.states)) == 2
    moment = Moment(0, whole.steps[0] // 2)
    assert run_killed(chain, whole, tmp_path / "killed", [moment], follow=0) == []
    folder = whole.folders[1]
    target = EmbeddedTarget(folder / "target.db")
    write = Write("put", "Patient", "p0", b"{}", None)
    states = [state_of(folder)]
    for version in (None, "1"):
        target.apply([replace(write, if_version=version, content=f"{version}".encode())])
        states.append(state_of(folder))
    target.apply([Write("delete", "Patient", "p0", None, "2")])
    states.append(state_of(folder))
    target.close()
    assert len(set(states)) == 4
