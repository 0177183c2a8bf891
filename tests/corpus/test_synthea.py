"""The Synthea profile over its whole corpus: every row, every column, every dollar."""

import csv
from collections import Counter
from decimal import Decimal

import pytest

from migrate.core.reconcile.coverage import column_fates
from migrate.core.reconcile.paths import amount_path, read_exactly
from migrate.stages import reconcile
from migrate.stages.progress import Silent
from migrate.store.workspace import Project, Run
from tests.corpus.synthea import GOLDEN, Mapped, mapped_synthea
from tests.corpus.us_core import PROFILED, claims_us_core

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def synthea() -> Mapped:
    return mapped_synthea()


def golden(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_export_is_the_whole_corpus(synthea: Mapped) -> None:
    assert len(synthea.manifest.tables) == 18
    assert sum(table.rows for table in synthea.manifest.tables) == 43_756
    assert sum(table.rejected for table in synthea.manifest.tables) == 0


def test_every_row_has_a_fate_and_none_is_rejected(synthea: Mapped) -> None:
    fates = dict(synthea.sql("SELECT fate, count(*) FROM {fates} GROUP BY 1"))
    assert sum(fates.values()) == 43_756  # type: ignore[arg-type]
    assert set(fates) == {"mapped", "merged", "excluded"}
    twice = synthea.sql("SELECT tbl, row FROM {fates} GROUP BY ALL HAVING count(*) > 1")
    assert twice == []


def test_every_exclusion_stands_in_the_committed_list(synthea: Mapped) -> None:
    rows = synthea.sql(
        "SELECT tbl, reason, count(*)::VARCHAR FROM {fates} WHERE fate = 'excluded' GROUP BY ALL"
    )
    columns = [
        (f"{fate.table}.{fate.column}", fate.reason, str(fate.filled))
        for fate in column_fates(synthea.profile, synthea.manifest.tables)
        if fate.fate == "excluded"
    ]
    committed = [(line["what"], line["reason"], line["count"]) for line in golden(EXCLUSIONS)]
    assert Counter(committed) == Counter([*rows, *columns])


EXCLUSIONS = "synthea_exclusions.csv"


def test_no_column_is_unclaimed(synthea: Mapped) -> None:
    fates = column_fates(synthea.profile, synthea.manifest.tables)
    assert [f"{f.table}.{f.column}" for f in fates if f.fate == "unclaimed"] == []


def test_us_core_is_claimed_or_the_exception_is_committed(synthea: Mapped) -> None:
    exceptions: Counter[tuple[str, str]] = Counter()
    rules = {
        (kind, key): rule
        for kind, key, rule in synthea.sql(
            "SELECT type, id, rule FROM {lineage} WHERE role = 'anchor'"
        )
    }
    for resource in synthea.resources(*PROFILED):
        if not claims_us_core(resource):
            kind = str(resource["resourceType"])
            exceptions[kind, str(rules[kind, resource["id"]])] += 1
    committed = {
        (line["type"], line["rule"]): int(line["count"])
        for line in golden("us_core_exceptions.csv")
        if line["profile"] == "synthea-csv"
    }
    assert dict(exceptions) == committed


MONEY = {
    "charges": "3541940.43",
    "payments": "3541940.43",
    "adjustments": "0.00",
    "transfers in": "785547.93",
    "transfers out": "785547.93",
    "transaction balances": "2211105.56",
    "claims outstanding from the first payer": "380.48",
    "claims outstanding from the second payer": "211.38",
    "claims outstanding from the patient": "253.66",
}


@pytest.mark.parametrize("name", MONEY)
def test_money_arrives_to_the_cent(synthea: Mapped, name: str) -> None:
    measure = next(m for m in synthea.profile.money if m.measure == name)
    total = Decimal(0)
    for side in measure.mapped:
        path = amount_path(side.path, side.where)
        lines = (synthea.run / "fhir" / f"{side.type}.ndjson").read_bytes().splitlines()
        total += sum((sum(path.amounts(read_exactly(line))) for line in lines), Decimal(0))
    assert total == Decimal(MONEY[name])


def test_shapes_that_a_rule_cannot_show(synthea: Mapped) -> None:
    pressures = [
        resource
        for resource in synthea.resources("Observation")
        if resource["code"]["coding"][0]["code"] == "85354-9"  # type: ignore[index]
    ]
    assert Counter(len(p["component"]) for p in pressures) == {2: 175}  # type: ignore[arg-type]
    studies = list(synthea.resources("ImagingStudy"))
    instances = sum(len(s["instance"]) for study in studies for s in study["series"])  # type: ignore[attr-defined]
    assert (len(studies), instances) == (78, 12_401)
    assert sum(1 for _ in synthea.resources("Provenance")) == 43


def test_the_sheet_ties_out(synthea: Mapped) -> None:
    project = Project.open(synthea.run.parent.parent)
    sheet = reconcile.run(project, Run(synthea.run.name, synthea.run), Silent()).sheet
    totals = sheet.totals
    assert (len(sheet.tables), totals.extracted, totals.rejected) == (18, 43_756, 0)
    assert [line.residual for line in sheet.tables] == [0] * 18
    money = {line["measure"]: line for line in sheet.document()["money"]}  # type: ignore[attr-defined]
    assert {line["map_difference"] for line in money.values()} == {"0.00"}
    assert {name: line["source"] for name, line in money.items()} == MONEY
    assert (sheet.balance.patients, sheet.balance.unbalanced, sheet.balance.astray) == (43, 0, 0)
    assert (sheet.balanced_through, sheet.completeness) == ("map", "not proven")
