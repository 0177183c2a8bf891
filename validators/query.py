"""The building block of most checks: two SQL texts, one that counts and one that points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate.core.issues import Address, Issue
from migrate.core.issues import code as issue_code
from migrate.core.ports import CheckCategory, Facts, Outcome, Part

if TYPE_CHECKING:
    import pyarrow as pa

ISSUES_SHOWN = 1000

Settings = Mapping[str, object]
Query = Callable[[Facts, Settings], str | None]


@dataclass(frozen=True, slots=True)
class QueryCheck:
    """A check by SQL.

    ``examined`` gives SQL of (part, examined): how many things there were to look at, by
    field. ``failing`` gives SQL of one line a failing thing: ``part`` and any of ``type, id,
    tbl, row, column, element``. Either may be None where the run has nothing to look at.
    """

    id: str
    category: CheckCategory
    code: str
    says: str
    examined: Query
    failing: Query
    defaults: Settings = field(default_factory=dict)

    def run(self, facts: Facts, settings: Settings) -> Outcome:
        """Judge the run."""
        options = {**self.defaults, **settings}
        counting = self.examined(facts, options)
        if counting is None:
            return Outcome(0, 0)
        counts = {str(row["part"]): int(row["examined"]) for row in facts.sql(counting).to_pylist()}
        pointing = self.failing(facts, options) if sum(counts.values()) else None
        return outcome(facts, self.code, self.says, counts, pointing)


def outcome(
    facts: Facts,
    code: str,
    says: str,
    counts: Mapping[str, int],
    failing: str | None,
    parameters: Sequence[object] = (),
) -> Outcome:
    """What failed, with its source row found through the lineage, in the order of addresses."""
    if failing is None:
        return _made(code, says, counts, None)
    places = facts.sql(
        f"""
        WITH failing AS (
            SELECT * FROM ({failing}) UNION ALL BY NAME
            SELECT NULL::VARCHAR AS part, NULL::VARCHAR AS type, NULL::VARCHAR AS id,
                   NULL::VARCHAR AS tbl, NULL::BIGINT AS row, NULL::VARCHAR AS "column",
                   NULL::VARCHAR AS element WHERE false),
        anchors AS (
            SELECT type, id, arg_min(tbl, row) AS tbl, min(row) AS row FROM run.lineage
            WHERE role = 'anchor' GROUP BY type, id)
        SELECT f.part, f.type, f.id, coalesce(f.tbl, a.tbl) AS tbl,
               coalesce(f.row, CASE WHEN f.tbl IS NULL THEN a.row END) AS row,
               f."column", f.element
        FROM failing AS f LEFT JOIN anchors AS a ON a.type = f.type AND a.id = f.id
        ORDER BY 4, 5, 2, 3, 6, 7, 1
        """,
        parameters,
    )
    return _made(code, says, counts, places)


def _made(code: str, says: str, counts: Mapping[str, int], places: pa.Table | None) -> Outcome:
    failed = dict.fromkeys(counts, 0)
    if places is not None:
        for entry in places.column("part").value_counts().to_pylist():
            name = str(entry["values"])
            failed[name] = failed.get(name, 0) + int(entry["counts"])
    parts = tuple(Part(name, counts.get(name, 0), failed[name]) for name in sorted(failed))
    shown = [] if places is None else places.slice(0, ISSUES_SHOWN).to_pylist()
    severity = issue_code(code).severity
    return Outcome(
        examined=sum(counts.values()),
        failed=sum(failed.values()),
        issues=tuple(Issue(code, severity, says, _address(place)) for place in shown),
        parts=parts,
        places=None if places is None else places.drop_columns(["part"]),
    )


def _address(place: Mapping[str, object]) -> Address:
    kind, name, row = place["type"], place["id"], place["row"]
    return Address(
        table=_text(place["tbl"]),
        row=row if isinstance(row, int) else None,
        column=_text(place["column"]),
        resource=f"{kind}/{name}" if kind and name else _text(kind),
        element=_text(place["element"]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
