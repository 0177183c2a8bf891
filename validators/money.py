"""Money: sums that the old system keeps twice and that should agree."""

from __future__ import annotations

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.ports import Facts

from .query import QueryCheck, Settings


def _sum(side: dict[str, object], name: str) -> str:
    """SQL of (key, amount, row, tbl) of one side of a pair."""
    table, key = str(side["table"]), quoted(str(side["key"]))
    plus, minus = side.get("plus", []), side.get("minus", [])
    assert isinstance(plus, list) and isinstance(minus, list)
    terms = [f"+ {_amount(column)}" for column in plus]
    terms += [f"- {_amount(column)}" for column in minus]
    return (
        f"SELECT {key} AS key, sum(0 {' '.join(terms)}) AS {name}, min(_row) AS row "
        f"FROM staged.{quoted(table)} ANTI JOIN (SELECT row AS _row FROM run.fates WHERE tbl = "
        f"{literal(table)} AND fate = 'rejected') USING (_row) WHERE {key} IS NOT NULL "
        f"GROUP BY {key}"
    )


def _amount(term: object) -> str:
    """SQL of one term: a column, or ``{column: amount, where: {type: CHARGE}}``."""
    column, where = (term["column"], term["where"]) if isinstance(term, dict) else (term, {})
    amount = f"TRY_CAST({quoted(str(column))} AS DECIMAL(38, 4))"
    tests = " AND ".join(
        f"{quoted(str(name))} = {literal(str(value))}" for name, value in where.items()
    )
    return f"coalesce(CASE WHEN {tests or 'true'} THEN {amount} END, 0)"


def _pairs(facts: Facts, settings: Settings) -> str | None:
    pairs = settings["pairs"]
    assert isinstance(pairs, dict)
    selects = []
    for name, pair in pairs.items():
        left, right = pair["left"], pair["right"]
        if facts.has(f"staged.{left['table']}") and facts.has(f"staged.{right['table']}"):
            selects.append(
                f"SELECT {literal(str(name))} AS part, {literal(str(left['table']))} AS tbl, "
                f"l.row, round(a, 2) <> round(b, 2) AS differs FROM ({_sum(left, 'a')}) AS l "
                f"JOIN ({_sum(right, 'b')}) AS r USING (key)"
            )
    return " UNION ALL ".join(selects) or None


def _compared(facts: Facts, settings: Settings) -> str | None:
    pairs = _pairs(facts, settings)
    return pairs and f"SELECT part, count(*) AS examined FROM ({pairs}) GROUP BY part"


def _different(facts: Facts, settings: Settings) -> str:
    return f"SELECT part, tbl, row FROM ({_pairs(facts, settings)}) WHERE differs"


CHECKS = (
    QueryCheck(
        "money.sums-agree",
        "money",
        "CHK050",
        "the old system says two different amounts for this",
        _compared,
        _different,
        {"pairs": {}},
    ),
)
