"""What the sheet makes of itself: findings for the gate, each with tables, rows and codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from migrate.core.gate import Finding, FindingSeverity
from migrate.core.issues import catalogue
from migrate.core.reconcile.sheet import FateLine, MoneyLine, Reconciliation, money_text

CENTS = 100


def findings_of(sheet: Reconciliation) -> tuple[Finding, ...]:
    """All findings of a sheet, warnings among them.

    ``count`` is in rows, for money and amounts in cents (rounded up), so that an accepted list
    can say "at most so much".
    """
    return (
        *_rows(sheet),
        *_columns(sheet),
        *_patients(sheet),
        *_money(sheet),
        *_controls(sheet),
        *_loaded(sheet),
    )


def _severity(code: str) -> FindingSeverity:
    known = catalogue().get(code)
    return "error" if known is None or known.severity == "error" else "warning"


def _title(code: str) -> str:
    known = catalogue().get(code)
    return known.title if known else "no such code"


def _rows(sheet: Reconciliation) -> Iterator[Finding]:
    held: dict[tuple[str, str], list[FateLine]] = defaultdict(list)
    for line in sheet.fates:
        if line.fate == "rejected":
            held[line.code or "MAP015", line.table].append(line)
        elif line.fate == "unaccounted":
            held["MAP030", line.table].append(line)
        elif line.fate in ("doubled", "stray"):
            held["REC016", line.table].append(line)
    for (code, table), lines in sorted(held.items()):
        count = sum(line.rows for line in lines)
        message = f"{_title(code)}: {_many(count)} of {table}{_where(lines)}"
        yield Finding(code, table, count, "error", message)
    for table, declared, read in sheet.declared:
        message = f"{_title('REC012')}: {table} declares {declared:,} rows, {read:,} were read"
        yield Finding("REC012", table, abs(declared - read), "error", message)


def _many(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _where(lines: list[FateLine]) -> str:
    sample = sorted({row for line in lines for row in line.sample})[:5]
    if not sample:
        return ""
    more = ", …" if sum(line.rows for line in lines) > len(sample) else ""
    return f" (row{'s' if len(sample) > 1 else ''} {', '.join(map(str, sample))}{more})"


def _columns(sheet: Reconciliation) -> Iterator[Finding]:
    for table, column, filled in sheet.unclaimed:
        message = f"{_title('MAP031')}: {table}.{column} carries a value in {filled:,} rows"
        yield Finding("MAP031", f"{table}.{column}", filled, "warning", message)


def _patients(sheet: Reconciliation) -> Iterator[Finding]:
    if sheet.balance.unbalanced:
        count = sheet.balance.unbalanced
        message = f"{_title('REC017')}: {count:,} of {sheet.balance.patients:,} patients"
        yield Finding("REC017", sheet.patient_table, count, "error", message)
    if sheet.balance.astray:
        count = sheet.balance.astray
        message = f"{count:,} rows came out under another patient than their owner in the export"
        yield Finding("REC016", sheet.patient_table, count, "error", message)


def _money(sheet: Reconciliation) -> Iterator[Finding]:
    for line in sheet.money:
        if line.map_difference:
            yield Finding("REC011", line.measure, cents(line.map_difference), "error", _gap(line))
        if line.unread:
            message = f"{_title('REC015')}: {line.unread:,} cells of {line.table}"
            yield Finding("REC015", line.measure, line.unread, "error", message)


def _gap(line: MoneyLine) -> str:
    text = f"{line.measure} differ by {money_text(line.map_difference)} {line.currency}"
    if line.unplaced:
        text += f"; rows of {line.table} without a fate carry {money_text(line.unplaced)}"
    return text


def _controls(sheet: Reconciliation) -> Iterator[Finding]:
    for line in sheet.controls:
        if line.extracted is None:
            message = f"{_title('REC013')}: {line.name}"
            yield Finding("REC013", line.name, 1, "error", message)
        elif line.difference:
            shown = line.document()
            message = (
                f"{line.name}: the old report says {shown['old_report']}, the export holds "
                f"{shown['extracted']}"
            )
            units = CENTS if line.money else 1
            count = cents(line.difference) if line.money else _ceiling(line.difference, units)
            yield Finding("REC010", line.name, count, "error", message)


def _loaded(sheet: Reconciliation) -> Iterator[Finding]:
    if not sheet.reached_load:
        return
    for line in sheet.resources:
        missing = line.missing if line.missing is not None else line.mapped - line.later
        if missing:
            message = f"{_title('REC030')}: {missing:,} of {line.mapped:,} {line.type}"
            yield Finding("REC030", line.type, abs(missing), "error", message)


def cents(amount: Decimal) -> int:
    """An amount's size in cents, rounded up."""
    return _ceiling(amount, CENTS)


def _ceiling(amount: Decimal, units: int) -> int:
    return int((abs(amount) * units).to_integral_value(rounding=ROUND_CEILING))
