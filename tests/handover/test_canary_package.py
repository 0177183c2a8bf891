"""One chart goes to the desk first; the package after a person's word has all but that chart."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import NeedsPerson
from migrate.stages import canary, load, package, returned
from migrate.stages.loaded import Loaded
from migrate.store.workspace import Project
from tests.handover.desks import QUIET, desk_project
from tests.handover.packages import read_rows
from tests.loads import plan_and_sign


def go(project: Project, **how: object) -> Loaded:
    run = project.run(None)
    return load.run(project, run, QUIET, pause=lambda _: None, **how)  # type: ignore[arg-type]


def rows_of(packed: package.Packed, name: str) -> list[list[str]]:
    return read_rows(packed.folder / f"{name}.csv")[1]


def test_the_flood_waits_for_the_canary_and_a_word(tmp_path: Path) -> None:
    project = desk_project(tmp_path / "work")
    run = plan_and_sign(project)
    with pytest.raises(NeedsPerson) as refused:
        go(project)
    assert refused.value.code == "LOD070"
    done = go(project, canary=True)
    assert done.patient is not None
    first = package.run(project, run, QUIET, canary=done.patient)
    assert first.folder.name.endswith("-canary")
    assert [row[0] for row in rows_of(first, "people")] == [done.patient]
    assert {row[1] for row in rows_of(first, "weights")} == {done.patient}
    letter = (first.folder / "COVER-LETTER.txt").read_text()
    assert "1 patient." in letter and "It is one chart" in letter
    assert returned.run(project, run, str(export_of(first, tmp_path / "a")), QUIET).ready
    with pytest.raises(NeedsPerson):
        go(project)
    canary.give_word(project, run, "Ada Example")
    assert go(project).ready
    rest = package.run(project, run, QUIET)
    mine = {row[0] for row in rows_of(rest, "people")}
    assert done.patient not in mine and len(mine) == 2
    assert {row[1] for row in rows_of(rest, "weights")} == mine
    assert "the chart that you imported first" in (rest.folder / "COVER-LETTER.txt").read_text()
    assert_losses_add_up(first, rest)
    both = export_of(rest, tmp_path / "b")
    for name in ("people", "weights"):
        whole = (both / f"{name}.csv").read_bytes()
        more = (first.folder / f"{name}.csv").read_bytes().partition(b"\r\n")[2]
        (both / f"{name}.csv").write_bytes(whole + more)
    found = returned.run(project, run, str(both), QUIET)
    assert found.ready and sum(one.handed for one in found.files) == 3 + 6
    half = returned.run(project, run, str(export_of(rest, tmp_path / "c")), QUIET)
    assert half.findings() == {"HND030": 3}
    assert package.run(project, run, QUIET).skipped


def export_of(packed: package.Packed, folder: Path) -> Path:
    folder.mkdir()
    for name in ("people", "weights"):
        (folder / f"{name}.csv").write_bytes((packed.folder / f"{name}.csv").read_bytes())
    return folder


def assert_losses_add_up(first: package.Packed, rest: package.Packed) -> None:
    """The charts are alike, so of the facts that a chart loses a third went first."""

    def facts(packed: package.Packed, kind: str) -> int:
        rows = rows_of(packed, "not-in-this-package")
        return sum(int(row[1]) for row in rows if row[0] == kind)

    assert facts(first, "Observation") * 2 == facts(rest, "Observation") > 0
    assert facts(first, "Practitioner") == 0 < facts(rest, "Practitioner")


def test_a_desk_whose_system_nobody_uses_needs_no_canary(tmp_path: Path) -> None:
    project = desk_project(tmp_path / "work", more="live = false\n")
    run = plan_and_sign(project)
    assert go(project).ready
    packed = package.run(project, run, QUIET)
    assert len(rows_of(packed, "people")) == 3
    assert rows_of(packed, "open-balances") == []
    kinds = {row[0]: row[1:] for row in rows_of(packed, "open-work-kinds")}
    wanted = {"unsigned notes", "orders", "results", "refills", "referrals", "recalls"}
    wanted |= {"inbox items", "appointments", "unapplied payments", "payment plans"}
    assert wanted | {"accounts in collection", "tasks", "alerts"} == set(kinds)
    assert kinds["payment plans"] == ["0", "no such records came from the old export"]
