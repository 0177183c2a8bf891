"""Expectations (great-expectations) about the run's figures.

The library sees small tables of counts by table, column, type or code system, never a chart
value: its results carry the values it looked at. Suites declare expectations by fact table in
the setting ``expectations``::

    tables:
      - {type: expect_column_values_to_be_between, column: residual, max_value: 0}

An expectation that the library does not know is dropped by it without an error, so what was
loaded is held against what was declared. An empty fact table is "nothing examined", not a pass.
The library is slow to import (seconds): only when the check runs. It is told to send nothing
and keeps everything in memory.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrate.core.issues import Address, Issue
from migrate.core.ports import CheckCategory, Facts, Outcome, Part
from migrate.errors import AskedWrongly

from .query import Settings

_FATES = (
    "SELECT tbl, count(*) AS fated, count(*) FILTER (fate = 'mapped') AS mapped, "
    "count(*) FILTER (fate = 'merged') AS merged, count(*) FILTER (fate = 'excluded') AS "
    "excluded, count(*) FILTER (fate = 'rejected') AS held_back FROM run.fates GROUP BY tbl"
)
_TABLES = (
    "SELECT t.tbl, t.rows, t.rejected AS unreadable, t.rows + t.rejected AS records, "
    "coalesce(f.mapped, 0) AS mapped, coalesce(f.merged, 0) AS merged, coalesce(f.excluded, 0) "
    "AS excluded, coalesce(f.held_back, 0) AS held_back, t.rows - coalesce(f.fated, 0) AS "
    "residual, CASE WHEN t.rows + t.rejected >= 50 THEN (t.rejected + coalesce(f.held_back, 0)) "
    f"/ (t.rows + t.rejected) END AS loss_share FROM run.staged_tables AS t "
    f"LEFT JOIN ({_FATES}) AS f ON f.tbl = t.tbl ORDER BY t.tbl"
)
_COLUMNS = (
    "SELECT c.tbl, c.col, t.rows, c.filled, t.rows - c.filled AS empty, c.filled / "
    "greatest(t.rows, 1) AS filled_share, c.tbl || '.' || c.col AS name "
    "FROM run.staged_columns AS c JOIN run.staged_tables AS t ON t.tbl = c.tbl ORDER BY 1, 2"
)
_RESOURCES = (
    "SELECT r.type, count(*) AS resources, count(DISTINCT r.id) AS ids, count(r.patient) AS "
    "owned, count(DISTINCT r.patient) AS patients, count(*) - count(l.id) AS without_row FROM "
    "run.resources AS r LEFT JOIN (SELECT DISTINCT type, id FROM run.lineage) AS l "
    "ON l.type = r.type AND l.id = r.id GROUP BY r.type ORDER BY r.type"
)
_CODES = (
    "SELECT type, system, sum(n) AS codings, count(DISTINCT code) AS codes, "
    "sum(n) FILTER (code IS NULL) AS without_code FROM run.codes WHERE element = 'coding' "
    "GROUP BY type, system ORDER BY type, system"
)


@dataclass(frozen=True, slots=True)
class ExpectationsCheck:
    """The declared expectations, each one counted by what it looked at."""

    id: str = "completeness.expectations"
    category: CheckCategory = "completeness"
    code: str = "CHK025"
    defaults: Mapping[str, object] = field(default_factory=lambda: {"expectations": {}})

    def run(self, facts: Facts, settings: Settings) -> Outcome:
        """Judge the run. Raises AskedWrongly for an expectation that cannot be loaded."""
        declared = settings.get("expectations") or {}
        assert isinstance(declared, dict)
        parts: list[Part] = []
        for name, expectations in declared.items():
            rows = _fact_rows(facts, str(name))
            if rows:
                parts += _judge(str(name), rows, expectations)
        issues = tuple(
            Issue(
                self.code,
                "error",
                f"the expectation {part.name} does not hold for {part.failed} of {part.examined}",
                Address(table=part.name.split(".")[0]),
                part.failed,
            )
            for part in parts
            if part.failed
        )
        examined, failed = (sum(getattr(p, w) for p in parts) for w in ("examined", "failed"))
        return Outcome(examined, failed, issues, tuple(parts))


def _fact_rows(facts: Facts, name: str) -> list[dict[str, Any]]:
    """The rows of a fact table. Raises AskedWrongly for a name that is none."""
    queries = {"tables": _TABLES, "columns": _COLUMNS, "resources": _RESOURCES, "codes": _CODES}
    if name not in queries:
        raise AskedWrongly(
            "CHK090",
            f"there is no fact table '{name}' to have expectations about",
            try_=f"write one of {', '.join(queries)}",
        )
    rows: list[dict[str, Any]] = facts.sql(queries[name]).to_pylist()
    return rows


def _judge(
    name: str, rows: Sequence[Mapping[str, Any]], declared: Sequence[Mapping[str, Any]]
) -> list[Part]:
    """Each expectation's counts; what the library found stays here."""
    great = library()
    import pandas

    context = great.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe(name).get_batch(
        {"dataframe": pandas.DataFrame([dict(row) for row in rows])}
    )
    suite = loaded(great, name, declared)
    answer = batch.validate(suite, result_format={"result_format": "BASIC"})
    parts = []
    for wanted, result in zip(declared, answer.results, strict=True):
        label = ".".join(str(word) for word in (name, wanted.get("column"), wanted["type"]) if word)
        counted = "element_count" in result.result
        examined = int(result.result["element_count"]) if counted else 1
        failed = int(result.result.get("unexpected_count") or 0)
        parts.append(Part(label, examined, 0 if result.success else max(failed, 1)))
    return parts


def library() -> Any:
    """great-expectations, told to send nothing and to say nothing; slow to import."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    import great_expectations

    return great_expectations


def loaded(great: Any, name: str, declared: Sequence[Mapping[str, Any]]) -> Any:
    """The suite; raises AskedWrongly when the library did not take all of it, as written."""
    wanted = [
        {
            "type": str(entry.get("type")),
            "kwargs": {key: value for key, value in entry.items() if key != "type"},
        }
        for entry in declared
    ]
    try:
        suite = great.ExpectationSuite(name=name, expectations=wanted)
        taken = [entry.configuration.type for entry in suite.expectations]
    except Exception:  # the library's errors quote what it was given
        taken = []
    if taken != [entry["type"] for entry in wanted]:
        lost = [str(entry["type"]) for entry in wanted if entry["type"] not in taken]
        raise AskedWrongly(
            "CHK090",
            f"{len(lost) or len(wanted)} expectations about '{name}' cannot be loaded",
            details=tuple(lost),
            try_="correct the type or the arguments of the expectations in the suite",
        )
    return suite


CHECKS = (ExpectationsCheck(),)
