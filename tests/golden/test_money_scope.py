"""The practice's money scope: what it leaves out is accounted for, and everything else moves."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from migrate.core.profiles.moneyscope import MONEY_TYPES, scoped
from migrate.core.profiles.usage import column_usage, excluded_column, excluded_table
from migrate.engine.run import run_mapping
from migrate.errors import AskedWrongly
from tests.golden.riverbend import mapped_riverbend

LEDGER = {"adjustments", "charges", "claim_lines", "claims", "payment_lines", "payments", "remits"}


@pytest.mark.parametrize(
    ("scope", "types", "tables"),
    [
        ("none", set(), LEDGER | {"accounts"}),
        ("balance-forward", {"Account", "Invoice"}, LEDGER),
    ],
)
def test_rules_and_tables_of_a_scope(scope: str, types: set[str], tables: set[str]) -> None:
    profile = mapped_riverbend().profile
    left = scoped(profile, scope)
    assert {rule.type for rule in left.rules} & MONEY_TYPES == types
    gone = {name for name, _ in left.excluded_tables} - {n for n, _ in profile.excluded_tables}
    assert gone == tables
    assert left.digest not in (profile.digest, "")
    assert scoped(profile, "full") is profile


def test_what_stays_behind_is_said(tmp_path: Path) -> None:
    clean = mapped_riverbend()
    left = scoped(clean.profile, "balance-forward")
    run_mapping(
        left,
        clean.manifest.tables,
        clean.run / "staged",
        tmp_path,
        id_key=b"k" * 32,
        context={"exported": clean.manifest.exported_at, "system": "x", "name": "x", "tool": "x"},
    )
    made = {path.stem for path in (tmp_path / "fhir").glob("*.ndjson")}
    assert "Invoice" in made
    assert not made & (MONEY_TYPES - {"Account", "Invoice"})
    assert len((tmp_path / "fhir" / "Invoice.ndjson").read_bytes().splitlines()) == 150
    fates = pq.read_table(tmp_path / "fates.parquet")
    ledger = fates.filter(pc.is_in(fates["tbl"], value_set=pa.array(sorted(LEDGER))))
    assert set(ledger["fate"].to_pylist()) == {"excluded"}
    assert set(ledger["reason"].to_pylist()) == {"only balances move (scope: balance-forward)"}
    assert fates.num_rows == sum(table.rows for table in clean.manifest.tables)
    used = column_usage(left)
    unclaimed = [
        f"{table.name}.{column.name}"
        for table in clean.manifest.tables
        for column in table.columns
        if column.filled
        and excluded_table(left, table.name) is None
        and column.name not in used.get(table.name, {})
        and excluded_column(left, table.name, column.name) is None
    ]
    assert unclaimed == []


def test_open_items_are_refused() -> None:
    with pytest.raises(AskedWrongly, match="PRO028"):
        scoped(mapped_riverbend().profile, "open-items")
