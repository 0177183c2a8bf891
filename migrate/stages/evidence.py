"""The evidence edition of the report: the same page with the texts, codes and accounts behind
the counts, and the lists of them. It holds chart values and stays in the run's folder."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING, Any

from migrate.core.reconcile.amounts import read_amount
from migrate.core.reconcile.sheet import ZERO
from migrate.report.evidence import (
    ACCOUNTS,
    AGED,
    CODES,
    HELD,
    NAMES,
    AccountLine,
    Evidence,
    aged_cells,
)
from migrate.report.html import report_page
from migrate.report.lists import safe_cell
from migrate.stages.moneytable import money_file
from migrate.store.alerting import alerting
from migrate.store.files import folder_replaced
from migrate.store.ledger import Ledger
from migrate.store.sides import misses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from migrate.core.model import Manifest
    from migrate.core.profiles.ast import MoneyMeasure, Profile
    from migrate.core.reconcile.accounts import AccountDifference
    from migrate.store.workspace import Run

FOLDER = "evidence"
PAGE = "index.html"


def write(
    run: Run,
    document: Mapping[str, Any],
    manifest: Manifest,
    profile: Profile,
    aged: Sequence[AccountDifference] = (),
) -> Path:
    """Write ``evidence/``: the page, and lists of every allergy and medication by what the new
    system can do with it, every account with money that did not move, every code without a
    match, every row held back with its place in the export; the money by patient, payer,
    provider, month and age; and ``aged``, the accounts on which the old aging report and the
    export differ. Lists are streamed."""
    evidence = Evidence()
    with folder_replaced(run.file(FOLDER)) as fresh:
        lists = fresh / "lists"
        lists.mkdir()
        with alerting(run.fhir, fresh) as view:
            _listed(lists / "alerting.csv", NAMES, _kept_names(view.names(), evidence))
        with Ledger(run.folder, manifest, profile) as ledger:
            accounts = list(_accounts(ledger, profile))
            evidence.keep_accounts(accounts)
            _listed(lists / "money-accounts.csv", ACCOUNTS, (line.cells() for line in accounts))
            evidence.held_all = _listed(lists / "held-rows.csv", HELD, ledger.held_rows())
        codes = [
            (m.crosswalk, m.source, m.table, m.column, m.outcome, m.rows)
            for m in misses(run.folder)
        ]
        evidence.keep_codes(codes)
        _listed(lists / "codes-without-match.csv", CODES, codes)
        evidence.keep_aged(aged)
        _listed(lists / "aging-accounts.csv", AGED, (aged_cells(one) for one in aged))
        for path in sorted(run.file("reconciliation").glob(money_file("*"))):
            shutil.copyfile(path, lists / path.name)
        (fresh / PAGE).write_text(report_page(document, evidence), "utf-8")
    return run.file(FOLDER)


def _listed(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """A CSV file of safe cells; how many lines."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\r\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow([safe_cell(value) for value in row])
            count += 1
    return count


def _kept_names(
    names: Iterable[tuple[object, ...]], evidence: Evidence
) -> Iterator[tuple[object, ...]]:
    for line in names:
        evidence.keep_name(line)
        yield line


def _accounts(ledger: Ledger, profile: Profile) -> Iterator[AccountLine]:
    for measure in (one for one in profile.money if one.mapped):
        yield from _accounts_of(ledger, profile, measure)


def _accounts_of(ledger: Ledger, profile: Profile, measure: MoneyMeasure) -> Iterator[AccountLine]:
    """Amounts that stayed behind, added up by account and reason; zero sums are left out."""
    places = profile.table(measure.table).places(measure.column)
    sums: dict[tuple[str, str, str], list[Any]] = {}
    for account, row, cell in ledger.amounts_left(measure.table, measure.column, measure.where):
        amount = read_amount(cell.cell, places) if cell.cell else None
        if amount is None:
            continue
        why = cell.reason or cell.fate or "unaccounted"
        line = sums.setdefault((account, why, cell.code), [row, 0, ZERO])
        line[0] = min(line[0], row)
        line[1] += cell.rows
        line[2] += amount * cell.rows * measure.sign
    for (account, why, code), (row, rows, amount) in sums.items():
        if amount:
            yield AccountLine(
                measure.measure,
                measure.currency,
                account,
                measure.table,
                row,
                rows,
                why,
                code,
                amount,
            )
