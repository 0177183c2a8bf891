"""Every amount of the old system's ledger with what became of its row, and its sums by group.

``second.money_lines`` of a second path (guide, page 'second-path') says which amounts there are;
``run.money`` adds their value and their row's fate. Sums are exact decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from migrate.core.compile.sqltext import literal, quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from migrate.core.ports import Facts

MONEY_LINES = "second.money_lines"
# What stands where a date should may be anything, and the list by month may be mailed.
_MONTH = "CASE WHEN regexp_full_match(day, '[0-9]{4}-[0-9]{2}(-.*)?', 's') THEN left(day, 7) END"
# The groups of the money table, and the SQL of each over ``run.money``.
GROUPS = {
    "patient": "patient",
    "payer": "payer",
    "provider": "provider",
    "month": _MONTH,
    "aging": "bucket",
}
# What is open has an age and no month; what was booked has a month and no age.
_HAVING = {"aging": "bucket IS NOT NULL", "month": "bucket IS NULL"}


def _amount(cell: str) -> str:
    """SQL of a cell as an amount: ``$``, thousands commas, ``(12.00)`` for a negative."""
    plain = f"regexp_replace({cell}, '[$,()\\s]', '', 'g')"
    return (
        f"TRY_CAST({plain} AS DECIMAL(38, 4)) * "
        f"CASE WHEN starts_with(trim({cell}), '(') THEN -1 ELSE 1 END"
    )


def money_table(keys: Mapping[str, Sequence[str]]) -> str:
    """SQL of ``run.money``: the columns of ``second.money_lines``, ``value`` and ``fate``.

    ``keys`` are the key columns of the staged tables. A merged row with the key of one that was
    mapped stands in the export twice: its fate is ``combined``.
    """
    twins = [
        f"SELECT {literal(table)} AS tbl, _row AS row FROM (SELECT s._row, f.fate, row_number() "
        f"OVER (PARTITION BY {', '.join(f's.{quoted(column)}' for column in columns)} ORDER BY "
        f"(f.fate = 'mapped') DESC, (f.fate = 'merged') DESC, s._row) AS n FROM "
        f"staged.{quoted(table)} AS s JOIN run.fates AS f ON f.tbl = {literal(table)} AND "
        "f.row = s._row) WHERE fate = 'merged' AND n > 1"
        for table, columns in sorted(keys.items())
    ]
    none = "SELECT NULL::VARCHAR AS tbl, NULL::BIGINT AS row WHERE false"
    return (
        f"SELECT m.* REPLACE (m.amount::VARCHAR AS amount), {_amount('m.amount::VARCHAR')} AS "
        "value, CASE WHEN t.row IS NOT NULL THEN 'combined' ELSE f.fate END AS fate "
        f"FROM {MONEY_LINES} AS m LEFT JOIN run.fates AS f ON f.tbl = m.tbl AND f.row = m.row "
        f"LEFT JOIN ({' UNION ALL '.join([none, *twins])}) AS t ON t.tbl = m.tbl AND t.row = m.row "
        "WHERE coalesce(m.amount::VARCHAR, '') <> ''"
    )


def money_by(facts: Facts, group: str) -> pa.Table | None:
    """The ledger by ``group`` (one of GROUPS); None where the second path has no amounts.

    Columns: group, measure, lines, source, moved, left_behind, held_back, combined, unaccounted
    (decimals) and unread (cells that are no amount). ``group`` is '' where a line has none; it is
    a value of the export.
    """
    if not facts.has(MONEY_LINES):
        return None
    sums = ", ".join(
        f"coalesce(sum(value) FILTER ({test}), 0)::DECIMAL(38, 2) AS {name}"
        for name, test in (
            ("source", "true"),
            ("moved", "fate IN ('mapped', 'merged')"),
            ("left_behind", "fate = 'excluded'"),
            ("held_back", "fate = 'rejected'"),
            ("combined", "fate = 'combined'"),
            ("unaccounted", "fate IS NULL"),
        )
    )
    return facts.sql(
        f"SELECT coalesce({GROUPS[group]}, '') AS \"group\", measure, count(*) AS lines, {sums}, "
        "count(*) FILTER (value IS NULL) AS unread FROM run.money "
        f"WHERE {_HAVING.get(group, 'true')} GROUP BY ALL ORDER BY 1, 2"
    )
