"""Open balances by account: the old system's aging report (``aging.csv``) and the export."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from migrate.core.reconcile.accounts import (
    AccountDifference,
    AgedTotal,
    aged_total,
    differing,
    read_aging,
)
from migrate.core.reconcile.amounts import read_amount
from migrate.core.reconcile.sheet import ZERO
from migrate.errors import AskedWrongly

if TYPE_CHECKING:
    from migrate.core.model import Manifest
    from migrate.core.profiles.ast import MoneyMeasure, Profile
    from migrate.store.ledger import Ledger
    from migrate.store.workspace import Project

AGING = "aging.csv"


@dataclass(frozen=True, slots=True)
class AgedAccounts:
    """The totals in counts, and the accounts that differ (chart values)."""

    totals: tuple[AgedTotal, ...]
    differences: tuple[AccountDifference, ...]


def aged_accounts(
    project: Project, ledger: Ledger, manifest: Manifest, profile: Profile
) -> AgedAccounts | None:
    """Compare; None when the project has no aging.csv. Raises AskedWrongly (REC018)."""
    path = project.folder / AGING
    if not path.is_file():
        return None
    old, mistakes = read_aging(path.read_text("utf-8", errors="replace"))
    named = {c.name: c.source_name for t in manifest.tables for c in t.columns}
    key = next((n for n, shown in named.items() if old.column.lower() in (n, shown.lower())), "")
    measures = {m.control.lower(): m for m in profile.money if m.control}
    columns = {t.name: {c.name for c in t.columns} for t in manifest.tables}
    totals, differences = [], []
    for name, accounts in old.totals.items():
        measure = measures.get(name.lower())
        if measure is None or key not in columns.get(measure.table, ()):
            mistakes.append(
                f"line 1, column {list(old.totals).index(name) + 2}: no money measure of a table "
                "with that column of accounts answers to this total"
            )
            continue
        export = _by_account(ledger, profile, measure, key)
        totals.append(aged_total(name, accounts, export))
        differences += differing(name, accounts, export)
    if mistakes:
        raise AskedWrongly(
            "REC018",
            f"{AGING} has {len(mistakes)} mistakes",
            details=tuple(f"{AGING}: {mistake}" for mistake in mistakes[:20]),
            try_=f"mend the lines in {AGING}, or move it away",
        )
    return AgedAccounts(tuple(totals), tuple(differences))


def _by_account(
    ledger: Ledger, profile: Profile, measure: MoneyMeasure, key: str
) -> dict[str, Decimal]:
    places = profile.table(measure.table).places(measure.column)
    found: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for account, cell, rows in ledger.amounts_by(measure.table, key, measure.column, measure.where):
        amount = read_amount(cell, places) if cell else None
        found[account] += (amount or ZERO) * rows * measure.sign
    return dict(found)
