"""Exact money: cells read as ``Decimal``, summed by fate, never through a float."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from migrate.core.reconcile.sheet import ZERO, Left

_PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
PRECISION = 60
COMBINED = "combined"
STAYED = ("excluded", "rejected", COMBINED)


@dataclass(frozen=True, slots=True)
class AmountCount:
    """So many rows with this very cell text and this fate (None: no fate).

    Besides the mapping's fates there is ``combined``: an equal row with the same key was mapped
    already, so this amount stands in the export twice.
    """

    cell: str | None
    rows: int
    fate: str | None = None
    code: str = ""
    reason: str = ""


@dataclass(slots=True)
class Tally:
    """Amounts added up: ``total`` over all, ``left`` by reason, ``unplaced`` what rows without a
    fate carry; ``unread`` counts cells that are no amount in rows that went on."""

    total: Decimal = ZERO
    unplaced: Decimal = ZERO
    unread: int = 0
    left: tuple[Left, ...] = field(default=())


def read_amount(cell: str, places: int | None = None) -> Decimal | None:
    """A cell as an amount: plain decimals, ``$``, thousands commas, ``(12.00)`` for a negative.

    ``places`` is the column's declared normal form, applied half even. None: not an amount.

    >>> read_amount("$1,234.50"), read_amount("(12.00)"), read_amount("1e5")
    (Decimal('1234.50'), Decimal('-12.00'), None)
    """
    text = cell.strip()
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].strip()
    text = text.replace("$", "", 1).strip()
    if _GROUPED.match(text):
        text = text.replace(",", "")
    if not text.isascii() or not _PLAIN.match(text):
        return None
    with localcontext() as context:
        context.prec = PRECISION
        amount = -Decimal(text) if negative else Decimal(text)
        if places is None:
            return amount
        return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def tally(counts: Iterable[AmountCount], places: int | None = None, sign: int = 1) -> Tally:
    """Add up what rows carry, in all and by the reason for which they stayed behind."""
    result = Tally()
    rows: dict[tuple[str, str, str], int] = defaultdict(int)
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
    with localcontext() as context:
        context.prec = PRECISION
        for count in counts:
            if count.cell is None or not count.cell.strip():
                continue
            amount = read_amount(count.cell, places)
            if amount is None:
                result.unread += 0 if count.fate in STAYED else count.rows
                continue
            amount *= count.rows * sign
            result.total += amount
            if count.fate is None:
                result.unplaced += amount
            elif count.fate in STAYED:
                reason = (count.fate, count.code, count.reason)
                rows[reason] += count.rows
                sums[reason] += amount
    result.left = tuple(
        Left(*reason, rows[reason], sums[reason])
        for reason in sorted(sums, key=lambda reason: (-abs(sums[reason]), reason))
    )
    return result
