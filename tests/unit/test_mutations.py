"""A sample of `make verify-faults`: what was changed in the target is named, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.mutations import KINDS, run_faults


def test_every_fault_is_named_and_nothing_else(tmp_path: Path) -> None:
    said: list[str] = []
    found = run_faults(tmp_path, (*KINDS[::12], *KINDS[-2:]), each=3, clean=1, say=said.append)
    assert said == []
    assert (found["made"], found["found"], found["false"], found["alarms"]) == (21, 21, 0, 0)


def test_there_are_sixty_kinds() -> None:
    assert len(set(KINDS)) == 60
