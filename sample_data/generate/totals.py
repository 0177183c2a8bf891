"""The old system's own totals, as someone typed them from its reports on freeze day.

Three of them are larger than what the export holds, because this (fictional) vendor's export
left rows out: a few inactive charts, visits of 2017 that were never locked, lab scans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from sample_data.generate.world import FREEZE, Row, World, parse_us

LEFT_OUT = {"patients inactive": 3, "visits 2017": 6, "documents lab": 2}
PATIENT_STATES = {"A": "active", "I": "inactive", "D": "deceased", "M": "merged"}
AGING = {"0-30": "AGE_0_30", "31-60": "AGE_31_60", "61-90": "AGE_61_90", "91+": "AGE_91_UP"}


def controls(world: World) -> list[list[str]]:
    """Lines of ``controls.csv``: name, value, as_of, note; the header first."""
    lines = [["name", "value", "as_of", "note"]]
    for name, value in [*_counts(world), *_amounts(world)]:
        if isinstance(value, int):
            value += LEFT_OUT.get(name, 0)
        lines.append([name, str(value), FREEZE.isoformat(), _report(name)])
    return lines


def _report(name: str) -> str:
    if name.startswith(("A/R", "total", "unapplied", "credits")):
        return "A/R summary report"
    return {
        "patients": "Patient list by status",
        "visits": "Visit statistics",
        "appointments": "Schedule totals",
        "documents": "Scanned document index",
        "notes": "Chart completion report",
    }[name.split()[0]]


def _distinct(rows: Iterable[Row], key: str) -> list[Row]:
    return list({row[key]: row for row in rows}.values())


def _counts(world: World) -> list[tuple[str, int]]:
    states = Counter(row["STATUS"] for row in _distinct(world.rows("patients"), "PAT_ID"))
    lines = [(f"patients {word}", states[code]) for code, word in PATIENT_STATES.items()]
    years = Counter(row["START_DTTM"][:4] for row in world.rows("encounters"))
    lines += [(f"visits {year}", years[year]) for year in sorted(years)]
    ahead = sum(
        parse_us(row["APPT_DT"]) >= FREEZE and row["STATUS"] == "BK"
        for row in world.rows("appointments")
    )
    lines.append(("appointments future", ahead))
    categories = Counter(row["CATEGORY"] for row in world.rows("documents"))
    words = {"LAB": "lab", "RAD": "radiology", "CON": "consult", "OLD": "old records"}
    lines += [(f"documents {word}", categories[code]) for code, word in words.items()]
    signed = Counter(row["STATUS"] for row in world.rows("notes"))
    lines += [("notes signed", signed["S"]), ("notes unsigned", signed["U"])]
    return lines


def _sum(rows: Iterable[Row], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal("0.00"))


def _amounts(world: World) -> list[tuple[str, Decimal]]:
    lines = []
    for name in ("charges", "payments", "adjustments"):
        live = [row for row in world.rows(name) if row["VOIDED"] == "N"]
        lines.append((f"total {name}", _sum(live, "AMOUNT")))
    live = [row for row in world.rows("payments") if row["VOIDED"] == "N"]
    lines.append(("unapplied payments", _sum(live, "UNAPPLIED")))
    accounts = world.rows("accounts")
    lines.append(("credits", _sum(accounts, "CREDIT")))
    lines.append(("A/R total", _sum(accounts, "BALANCE")))
    lines += [(f"A/R {name}", _sum(accounts, column)) for name, column in AGING.items()]
    return lines
