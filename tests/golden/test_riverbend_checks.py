"""The checks find the seeded defects of the sample practice, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from migrate.packs.validators import pack

from migrate.core.suites import SuiteText, choose
from migrate.engine.judging import open_judged
from migrate.stages.claims import profile_relations
from migrate.stages.progress import Silent
from migrate.stages.validate import carry_out
from tests.golden.riverbend import RIVERBEND, lines_of, mapped_riverbend

Addresses = dict[str, set[tuple[str, int]]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, object]], Path]:
    riverbend, folder = mapped_riverbend(), tmp_path_factory.mktemp("findings")
    checks = {check.id: check for check in pack().checks()}
    suites = pack().suites()
    names = [name for name in ("standard", "riverbend-csv") if name in suites]
    choices = choose([SuiteText(name, suites[name]) for name in names], checks)
    relations = profile_relations(riverbend.profile, riverbend.manifest)
    with open_judged(riverbend.run, relations) as facts:
        return carry_out(facts, choices, checks, folder, Silent()), folder


def test_every_finding_is_in_the_answer_key(
    judged: tuple[list[dict[str, object]], Path],
) -> None:
    entries, folder = judged
    found: Addresses = {}
    for entry in entries:
        if entry["failed"] or entry["verdict"] in ("warn", "fail"):
            path = folder / f"{entry['id']}.parquet"
            rows = pq.read_table(path).to_pylist() if path.exists() else []
            found[str(entry["id"])] = {(row["tbl"], row["row"]) for row in rows}
    expected: Addresses = defaultdict(set)
    for line in lines_of(RIVERBEND / "answer_key.csv"):
        if "." in line["expected_code"]:
            expected[line["expected_code"]].add((line["table"], int(line["row"])))
    assert found == dict(expected)


def test_no_check_looked_at_nothing_without_a_reason(
    judged: tuple[list[dict[str, object]], Path],
) -> None:
    idle = {str(entry["id"]) for entry in judged[0] if entry["verdict"] == "not-applicable"}
    assert idle == {"completeness.declared-rows", "money.sums-agree"}
