"""Crosswalk coverage: how much of what a crosswalk was asked for it could answer.

By rows (how many charts are touched) and by distinct codes (how much work is left), for each column
that goes through a crosswalk. ``ehr-migrate crosswalk NAME --worklist`` lists the codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.issues import Address, Issue
from migrate.core.ports import CheckCategory, Facts, Outcome, Part

from .query import Settings

_ASKED = "SELECT DISTINCT crosswalk, tbl, col FROM run.crosswalked ORDER BY ALL"
_MISSED = (
    'SELECT tbl, "column" AS col, source, max(rows) AS n FROM run.misses '
    "GROUP BY tbl, col, crosswalk, source"
)


@dataclass(frozen=True, slots=True)
class CoverageCheck:
    """One thing a row of a column, or one a distinct code of it."""

    id: str
    code: str
    says: str
    by_rows: bool
    category: CheckCategory = "conformance"
    defaults: Mapping[str, object] = field(default_factory=dict)

    def run(self, facts: Facts, _: Settings) -> Outcome:
        """Judge the run."""
        if not facts.has("run.crosswalked"):
            return Outcome(0, 0)
        missed = {
            (row["tbl"], row["col"]): (int(row["rows"]), int(row["codes"]))
            for row in facts.sql(
                f"SELECT tbl, col, sum(n) AS rows, count(DISTINCT source) AS codes "
                f"FROM ({_MISSED}) GROUP BY tbl, col"
            ).to_pylist()
        }
        parts: list[Part] = []
        for table, column in sorted({(r["tbl"], r["col"]) for r in facts.sql(_ASKED).to_pylist()}):
            examined = self._examined(facts, table, column)
            rows, codes = missed.get((table, column), (0, 0))
            failed = min(rows if self.by_rows else codes, examined)
            if examined:
                parts.append(Part(f"{table}.{column}", examined, failed))
        issues = tuple(
            Issue(self.code, "warning", self.says, _address(part.name), rows=part.failed)
            for part in parts
            if part.failed
        )
        total = sum(part.examined for part in parts)
        return Outcome(total, sum(part.failed for part in parts), issues, tuple(parts))

    def _examined(self, facts: Facts, table: str, column: str) -> int:
        """Rows with a value that were not left out, or their distinct values. A crosswalk may be
        asked by several columns together (``code,value``)."""
        known = facts.sql("SELECT col FROM run.staged_columns WHERE tbl = ?", [table])
        names = [name for name in column.split(",") if name in known.column("col").to_pylist()]
        if not names or not facts.has(f"staged.{table}"):
            return 0
        cells = ", ".join(f"trim(t.{quoted(name)})" for name in names)
        cell = f"nullif(concat_ws(',', {cells}), '')"
        counted = f"count({cell})" if self.by_rows else f"count(DISTINCT {cell})"
        query = (
            f"SELECT {counted} AS n FROM staged.{quoted(table)} AS t SEMI JOIN (SELECT row AS _row "
            f"FROM run.fates WHERE tbl = {literal(table)} AND fate <> 'excluded') USING (_row)"
        )
        return int(facts.sql(query).column("n")[0].as_py())


def _address(name: str) -> Address:
    table, _, column = name.partition(".")
    return Address(table=table, column=column)


CHECKS = (
    CoverageCheck(
        "terminology.crosswalk-rows",
        "CHK057",
        "rows hold codes that the crosswalk does not have",
        by_rows=True,
    ),
    CoverageCheck(
        "terminology.crosswalk-codes",
        "CHK057",
        "codes of the column are not in the crosswalk",
        by_rows=False,
    ),
)
