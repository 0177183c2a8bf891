"""What only the evidence edition shows: the texts, codes and accounts behind the counts.

Everything here is a chart value. It goes to the run's ``evidence`` folder and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from migrate.core.reconcile.accounts import AccountDifference
from migrate.core.reconcile.sheet import money_text

SHOWN = 200
NAMES = ("kind", "standing", "text", "codes", "records", "patients")
ACCOUNTS = ("measure", "currency", "account", "table", "row", "rows", "why", "code", "amount")
HELD = ("table", "row", "file", "at", "patient", "code", "reason", "stage")
AGED = ("total", "account", "old_report", "export", "difference")
CODES = ("crosswalk", "source", "table", "column", "outcome", "rows")


@dataclass(frozen=True, slots=True)
class AccountLine:
    """Money of one account that did not move, for one reason. ``account`` is the patient's key
    in the old system, or '' where the table names no patient; ``row`` is the first row."""

    measure: str
    currency: str
    account: str
    table: str
    row: int
    rows: int
    why: str
    code: str
    amount: Decimal

    def cells(self) -> tuple[object, ...]:
        """The line as in ACCOUNTS."""
        return (
            self.measure,
            self.currency,
            self.account,
            self.table,
            self.row,
            self.rows,
            self.why,
            self.code,
            money_text(self.amount),
        )


def aged_cells(line: AccountDifference) -> tuple[object, ...]:
    """The line as in AGED; empty where the account is not in that one."""
    amounts = [None if one is None else money_text(one) for one in (line.old, line.export)]
    return (line.total, line.account, *amounts, money_text(line.difference))


@dataclass(slots=True)
class Evidence:
    """The first lines of each list, as many as a page shows, and how many there are in all."""

    names: dict[tuple[str, str], list[Mapping[str, Any]]] = field(default_factory=dict)
    named: dict[tuple[str, str], int] = field(default_factory=dict)
    accounts: list[Mapping[str, Any]] = field(default_factory=list)
    accounts_all: int = 0
    codes: list[Mapping[str, Any]] = field(default_factory=list)
    codes_all: int = 0
    held_all: int = 0
    aged: list[Mapping[str, Any]] = field(default_factory=list)
    aged_all: int = 0

    def keep_name(self, line: Sequence[Any]) -> None:
        """Take a line of NAMES, if there is room on the page."""
        key = (line[0], line[1])
        self.named[key] = self.named.get(key, 0) + 1
        kept = self.names.setdefault(key, [])
        if len(kept) < SHOWN:
            kept.append(dict(zip(NAMES, line, strict=True)))

    def keep_accounts(self, lines: Iterable[AccountLine]) -> None:
        """Take the accounts, largest amounts first."""
        ordered = sorted(lines, key=lambda line: (-abs(line.amount), line.cells()[:5]))
        self.accounts_all = len(ordered)
        self.accounts = [dict(zip(ACCOUNTS, line.cells(), strict=True)) for line in ordered[:SHOWN]]

    def keep_aged(self, lines: Sequence[AccountDifference]) -> None:
        """Take the accounts on which the old aging report and the export differ."""
        self.aged_all = len(lines)
        self.aged = [dict(zip(AGED, aged_cells(line), strict=True)) for line in lines[:SHOWN]]

    def keep_codes(self, lines: Sequence[Sequence[Any]]) -> None:
        """Take the codes without a match, in their order."""
        self.codes_all = len(lines)
        self.codes = [dict(zip(CODES, line, strict=True)) for line in lines[:SHOWN]]
