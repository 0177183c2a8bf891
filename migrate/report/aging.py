"""The open balance by age, held against the old system's own aging report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from migrate.core.reconcile.sheet import ZERO, ControlLine, MoneyLine, Reconciliation, money_text

# How old receivables reports name their buckets: "0-30", "91+", "over 120", "current".
_BUCKET = re.compile(
    r"(?:^|\s)(\d+\s*(?:-|–|to)\s*\d+|\d+\s*\+|over\s+\d+|current)(?:\s+days)?$", re.I
)
_FIRST_DAY = re.compile(r"\d+")


def aging(sheet: Reconciliation) -> dict[str, Any] | None:
    """Bucket by bucket: old report, export, moved, left behind, and whether the buckets add up
    to the old report's own total; None where no total of the old system is a bucket."""
    buckets = [line for line in sheet.controls if line.money and _BUCKET.search(line.name)]
    if not buckets:
        return None
    lines = [_bucket(line, sheet.money) for line in sorted(buckets, key=_age)]
    whole = _whole(buckets, sheet.controls)
    old = _sum(line.old_report for line in buckets)
    return {
        "buckets": lines,
        "sum_old": money_text(old),
        "sum_export": money_text(_sum(line.extracted or ZERO for line in buckets)),
        "total_name": whole.name if whole else None,
        "total_old": money_text(whole.old_report) if whole else None,
        "total_difference": money_text(whole.old_report - old) if whole else None,
        "as_of": buckets[0].as_of,
    }


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _age(line: ControlLine) -> tuple[int, str]:
    found = _BUCKET.search(line.name)
    days = _FIRST_DAY.search(found[1]) if found else None
    return (int(days[0]) if days else -1, line.name)


def _bucket(line: ControlLine, measures: Iterable[MoneyLine]) -> dict[str, Any]:
    measure = next((m for m in measures if m.control == line.name), None)
    return {
        "name": line.name,
        "old_report": money_text(line.old_report),
        "export": money_text(line.extracted),
        "moved": money_text(measure.mapped) if measure else None,
        "left_behind": money_text(measure.left_behind) if measure else None,
        "difference": money_text(line.difference),
    }


def _whole(buckets: Iterable[ControlLine], controls: Iterable[ControlLine]) -> ControlLine | None:
    """The old report's total of these buckets: the same words before, 'total' behind."""
    before = {_BUCKET.sub("", line.name).strip().lower() for line in buckets}
    if len(before) != 1:
        return None
    wanted = f"{before.pop()} total".strip()
    return next((line for line in controls if line.money and line.name.lower() == wanted), None)
