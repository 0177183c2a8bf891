"""The last export in one verb: recorded, within limits, resumable, verified."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from migrate.core.ports import Receipt, Write
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages import cutover, dry_run, sign
from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from migrate.targets.faulty import FaultyTarget
from tests.later import begin, practice, without_checks, write_export
from tests.loads import held, through, wanted

FROZEN = "2026-02-06T18:00:00-06:00"


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    without_checks(monkeypatch)


def last_export(project: Project, renamed: int) -> str:
    tables = practice()
    for n in range(1, renamed + 1):
        tables["patients"][f"P{n}"] = f"P{n},Renamed {n},x"
    return str(write_export(project.folder / "last", tables))


def audit(project: Project, what: str) -> list[dict[str, object]]:
    lines = (project.folder / "audit.jsonl").read_bytes().splitlines()
    return [one["facts"] for line in lines if (one := orjson.loads(line))["what"] == what]


def signed_with_limits(folder: Path, limits: int) -> Project:
    project = begin(folder)
    sign.run(project, project.run(None), "Ada Example", "clinical", limits=limits)
    return project


def test_within_the_limits_it_loads_verifies_and_says_when_it_froze(tmp_path: Path) -> None:
    project = signed_with_limits(tmp_path / "work", 1)
    export = last_export(project, 1)
    done = cutover.run(project, export, "2026-02-07T00:00:00Z", FROZEN, Silent())
    assert done.ready and held(project) == wanted(done.run)
    assert [one["frozen_at"] for one in audit(project, "cutover begins")] == [FROZEN]
    assert [one["run"] for one in audit(project, "cutover ends")] == [done.run.id]
    again = cutover.run(project, None, None, None, Silent())
    assert again.ready and again.loaded is not None and not again.loaded.written
    assert len(audit(project, "cutover begins")) == len(audit(project, "cutover ends")) == 1


def test_outside_the_limits_it_asks_and_goes_on_when_signed(tmp_path: Path) -> None:
    project = signed_with_limits(tmp_path / "work", 1)
    export = last_export(project, 2)
    with pytest.raises(NeedsPerson) as asked:
        cutover.run(project, export, "2026-02-07T00:00:00Z", FROZEN, Silent())
    assert asked.value.code == "LOD071" and asked.value.details == ("2 charts differ, 1 may",)
    sign.run(project, project.run(None), "Ada Example", "clinical")
    assert cutover.run(project, None, None, None, Silent()).ready


def test_interrupted_anywhere_it_goes_on(tmp_path: Path) -> None:
    project = signed_with_limits(tmp_path / "work", 4)
    export = last_export(project, 3)

    class Stopped(KeyboardInterrupt):
        """What a person's Ctrl-C or a kill does in the middle of a request."""

    class Dying(FaultyTarget):
        def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
            super().apply(writes)
            raise Stopped

    with pytest.raises(Stopped):
        dying = through(lambda target: Dying(target, max_bundle=1))
        cutover.run(project, export, None, FROZEN, Silent(), opening=dying)
    done = cutover.run(project, None, None, None, Silent())
    assert done.ready and held(project) == wanted(done.run)
    assert len(audit(project, "cutover begins")) == 1


def test_the_last_export_must_be_named_once(tmp_path: Path) -> None:
    project = begin(tmp_path / "work")
    with pytest.raises(AskedWrongly) as refused:
        cutover.run(project, None, None, None, Silent())
    assert refused.value.code == "LOD073"


def test_a_closed_gate_stops_it_before_loading(tmp_path: Path) -> None:
    project = signed_with_limits(tmp_path / "work", 9)
    tables = practice()
    tables["visits"]["V0"] = "V0,P0,2024-01-01"
    export = write_export(project.folder / "last", tables)
    before = held(project)
    done = cutover.run(project, str(export), None, FROZEN, Silent())
    assert not done.ready and done.loaded is None and not done.gate.ready
    assert held(project) == before
    os.utime(export)
    assert dry_run.run(project, Silent()).run.id == done.run.id
