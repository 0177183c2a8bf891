"""The checks find what was seeded, and the committed accepted list opens the gate, just so."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from tests.golden.riverbend import RIVERBEND, lines_of, mapped_riverbend

Finding = tuple[str, str, int]


def command(folder: Path, *words: str) -> str:
    """What ``ehr-migrate`` answers in a project."""
    arguments = [sys.executable, "-m", "migrate.cli.main", "-C", str(folder), *words]
    return subprocess.run(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ).stdout.decode()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the mapped project, judged, with the old system's totals."""
    folder = tmp_path_factory.mktemp("gate") / "project"
    shutil.copytree(mapped_riverbend().run.parent.parent, folder)
    folder.chmod(0o700)
    shutil.copy(RIVERBEND / "controls.csv", folder / "controls.csv")
    command(folder, "validate")
    return folder


def test_checks_point_at_the_seeded_rows_and_no_other(project: Path) -> None:
    seeded: dict[str, set[tuple[str, int]]] = {}
    for line in lines_of(RIVERBEND / "answer_key.csv"):
        if "." in line["expected_code"]:
            rows = seeded.setdefault(line["expected_code"], set())
            rows.add((line["table"], int(line["row"])))
    found = {
        path.stem: set(duckdb.sql(f"SELECT tbl, row FROM read_parquet('{path}')").fetchall())
        for path in project.glob("runs/*/findings/*.parquet")
    }
    assert found == seeded


def test_few_checks_looked_at_nothing(project: Path) -> None:
    (path,) = project.glob("runs/*/checks.json")
    document = json.loads(path.read_bytes())
    idle = {check["id"] for check in document["checks"] if check["verdict"] == "not-applicable"}
    assert idle == {"completeness.declared-rows", "safety.allergy-alerts", "source.drift"}


def blocked(project: Path, accepted: Sequence[dict[str, str]]) -> tuple[bool, set[Finding]]:
    """Whether the project is ready with this list, and what closes its gate."""
    with (project / "accepted.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["code", "where", "count", "reason", "by", "role"])
        writer.writeheader()
        writer.writerows(accepted)
    document = json.loads(command(project, "reconcile", "--json"))
    named = {(f["code"], f["where"], f["count"]) for f in document["blocked_by"]}
    return document["ready"], named


def test_the_accepted_list_is_exactly_what_closes_the_gate(project: Path) -> None:
    accepted = lines_of(RIVERBEND / "accepted.csv")
    listed = {(line["code"], line["where"], int(line["count"])) for line in accepted}
    assert blocked(project, accepted) == (True, set())
    assert blocked(project, []) == (False, listed)


def test_one_entry_less_closes_it(project: Path) -> None:
    accepted = lines_of(RIVERBEND / "accepted.csv")
    gone = accepted.pop(len(accepted) // 2)
    assert blocked(project, accepted) == (
        False,
        {(gone["code"], gone["where"], int(gone["count"]))},
    )


def test_the_list_says_that_it_is_a_demonstration() -> None:
    for line in lines_of(RIVERBEND / "accepted.csv"):
        assert line["reason"].startswith("demonstration only: ")
        assert line["by"].endswith("(fictional)")
