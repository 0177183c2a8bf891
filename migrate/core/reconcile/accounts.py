"""The old system's aging report account by account, held against the export's accounts.

``aging.csv`` has a column that names the accounts (a column of the export's account table) and one
for each total of ``controls.csv`` that the report splits by account::

    acct_no,A/R 0-30,A/R 31-60
    A1001,110.00,0.00
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from migrate.core.reconcile.amounts import read_amount
from migrate.core.reconcile.sheet import ZERO

Amounts = Mapping[str, Decimal]


@dataclass(slots=True)
class OldAging:
    """What aging.csv says: the accounts' column, and total → account → amount."""

    column: str = ""
    totals: dict[str, dict[str, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountDifference:
    """An account on which report and export differ; None: the account is not in that one. The
    account is a chart value."""

    total: str
    account: str
    old: Decimal | None
    export: Decimal | None

    @property
    def difference(self) -> Decimal:
        """Old report less export."""
        return (self.old or ZERO) - (self.export or ZERO)


@dataclass(frozen=True, slots=True)
class AgedTotal:
    """One total by account, without the accounts: how many were compared and how many differ,
    what the report's accounts add up to, and the sum of the named differences."""

    total: str
    accounts: int
    differ: int
    old: Decimal
    named: Decimal


def read_aging(text: str) -> tuple[OldAging, list[str]]:
    """The file's content, and its mistakes by line (no mistake quotes a value of a line)."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    lines = csv.reader(plain.split("\n"))
    header = [name.strip() for name in next(lines, [])]
    found, mistakes = OldAging(header[0] if header else ""), []
    if len(header) < 2 or len(set(header)) < len(header) or not all(header):
        return found, ["line 1: needs a column of accounts and columns of totals, each once"]
    found.totals = {name: {} for name in header[1:]}
    for number, cells in enumerate(lines, 2):
        if not any(cell.strip() for cell in cells):
            continue
        amounts = [read_amount(cell) if cell.strip() else ZERO for cell in cells[1:]]
        account = cells[0].strip()
        if len(cells) != len(header) or not account or None in amounts:
            mistakes.append(f"line {number}: not an account with an amount for each total")
        elif account in found.totals[header[1]]:
            mistakes.append(f"line {number}: an account that an earlier line has already")
        else:
            for name, amount in zip(header[1:], amounts, strict=True):
                found.totals[name][account] = amount or ZERO
    return found, mistakes


def differing(total: str, old: Amounts, export: Amounts) -> list[AccountDifference]:
    """The accounts that differ, largest differences first."""
    found = [
        AccountDifference(total, account, old.get(account), export.get(account))
        for account in old.keys() | export.keys()
    ]
    return sorted(
        (one for one in found if one.difference),
        key=lambda one: (-abs(one.difference), one.account),
    )


def aged_total(total: str, old: Amounts, export: Amounts) -> AgedTotal:
    """The same in counts."""
    differ = differing(total, old, export)
    return AgedTotal(
        total,
        len(old.keys() | export.keys()),
        len(differ),
        _sum(old.values()),
        _sum(one.difference for one in differ),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
