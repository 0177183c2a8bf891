"""The same run gives the same findings in the same order, whatever the machine is set to."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from migrate.engine.judging import open_judged

from .seeded import CHECKS, Seeded, clean, places


def damaged() -> Seeded:
    """The small run with something wrong for many checks, several times over."""
    run = clean()
    for n in range(40):
        when = f"2021-01-{n % 28 + 1:02}T23:30:00-06:00"
        run.add(
            "more",
            f"p{n % 2 + 1}",
            "Observation",
            f"x{n}",
            {**run.resource("Observation", "w0-p1"), "id": f"x{n}", "effectiveDateTime": when},
        )
        if n % 3 == 0:
            run.resource("Observation", f"x{n}")["valueQuantity"]["value"] = 6100
        if n % 4 == 0:
            run.resource("Observation", f"x{n}")["effectiveDateTime"] = "1970-01-01"
        if n % 5 == 0:
            run.resource("Observation", f"x{n}")["subject"] = {"reference": "Patient/gone"}
    run.resource("Patient", "p2")["identifier"][0]["value"] = "M-p1"
    return run


def found(folder: Path, threads: int) -> dict[str, list[str]]:
    with open_judged(folder, threads=threads) as facts:
        return {
            name: places(check.run(facts, check.defaults))
            for name, check in sorted(CHECKS.items())
            if name != "completeness.expectations"
        }


def test_findings_do_not_depend_on_threads_or_time_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = damaged().write(tmp_path / "run")
    first = found(run, 1)
    assert sum(bool(lines) for lines in first.values()) >= 5
    for zone, threads in (("Pacific/Auckland", 4), ("America/Los_Angeles", 2)):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert found(run, threads) == first
    monkeypatch.undo()
    time.tzset()
