"""Riverbend's findings: the checks find what was seeded, and the accepted list opens the gate."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.corpus.synthea import Mapped
from tests.golden.riverbend import RIVERBEND, lines_of, mapped_riverbend

LEFT_OUT = {"patients inactive": "3", "visits 2017": "6", "documents lab": "2"}


def command(folder: Path, *words: str) -> tuple[int, str]:
    """What ``ehr-migrate`` answers in a project."""
    arguments = [sys.executable, "-m", "migrate.cli.main", "-C", str(folder), *words]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def judged() -> Mapped:
    """The mapped run, judged, with the old system's totals and the accepted findings."""
    mapped = mapped_riverbend()
    folder = mapped.run.parent.parent
    for name in ("controls.csv", "accepted.csv"):
        (folder / name).write_bytes((RIVERBEND / name).read_bytes())
    assert command(folder, "validate")[0] in (0, 10)
    return mapped


def reconciled(mapped: Mapped) -> dict[str, object]:
    document = json.loads(command(mapped.run.parent.parent, "reconcile", "--json")[1])
    assert isinstance(document, dict)
    return document


def test_checks_point_at_the_seeded_rows_and_no_other(judged: Mapped) -> None:
    seeded: dict[str, set[tuple[str, int]]] = {}
    for line in lines_of(RIVERBEND / "answer_key.csv"):
        if "." in line["expected_code"]:
            rows = seeded.setdefault(line["expected_code"], set())
            rows.add((line["table"], int(line["row"])))
    files = {path.stem: path for path in (judged.run / "findings").glob("*.parquet")}
    found = {
        name: set(duckdb.sql(f"SELECT tbl, row FROM read_parquet('{path}')").fetchall())
        for name, path in files.items()
    }
    assert found == seeded


def test_few_checks_looked_at_nothing(judged: Mapped) -> None:
    document = json.loads((judged.run / "checks.json").read_bytes())
    idle = {check["id"] for check in document["checks"] if check["verdict"] == "not-applicable"}
    assert idle == {"completeness.declared-rows", "money.sums-agree"}


def test_accepted_list_opens_the_gate_and_every_entry_is_needed(judged: Mapped) -> None:
    document = reconciled(judged)
    assert document["blocked_by"] == []
    assert document["ready"] is True
    accepted = judged.run.parent.parent / "accepted.csv"
    lines = lines_of(RIVERBEND / "accepted.csv")
    assert all(line["reason"].startswith("demonstration only: ") for line in lines)
    try:
        with accepted.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(lines[0]))
            writer.writeheader()
        blocked = reconciled(judged)["blocked_by"]
    finally:
        accepted.write_bytes((RIVERBEND / "accepted.csv").read_bytes())
    assert isinstance(blocked, list)
    named = {(line["code"], line["where"], int(line["count"])) for line in lines}
    assert {(f["code"], f["where"], f["count"]) for f in blocked} == named


def test_totals_of_the_old_system_tell_what_the_export_left_out(judged: Mapped) -> None:
    controls = reconciled(judged)["controls"]
    assert isinstance(controls, list)
    differing = {
        line["name"]: str(line["difference"]).removesuffix(".00").lstrip("-")
        for line in controls
        if line["difference"] is None or float(line["difference"]) != 0
    }
    assert differing == LEFT_OUT
    assert len(controls) == len(lines_of(RIVERBEND / "controls.csv"))


def test_every_dollar_ties_out(judged: Mapped) -> None:
    money = reconciled(judged)["money"]
    assert isinstance(money, list)
    assert len(money) == len(judged.profile.money)
    assert {line["map_difference"] for line in money} == {"0.00"}
