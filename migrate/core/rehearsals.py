"""Runs held against each other: what was fixed, what is new, how far there is to go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from migrate.core.gate import Finding
from migrate.core.reconcile.sheet import Reconciliation, money_text

Key = tuple[str, str]
MEASURES = (
    "rows",
    "patients",
    "records",
    "held_back",
    "unaccounted",
    "codes_unmatched",
    "money_off",
    "findings",
    "safety",
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One run in a line. ``findings`` are those that close the gate unless somebody accepts
    them; ``codes_unmatched`` counts rows with a code that no crosswalk has."""

    run: str
    exported_at: str
    sheet: Reconciliation
    findings: tuple[Finding, ...]
    codes_unmatched: int
    failed: Mapping[str, int]

    def line(self) -> dict[str, Any]:
        """The run as counts: a line of the history."""
        totals = self.sheet.totals
        numbers = (
            totals.extracted,
            self.sheet.patients()["mapped"],
            sum(line.mapped for line in self.sheet.resources),
            totals.rejected,
            sum(abs(line.residual) for line in self.sheet.tables),
            self.codes_unmatched,
            sum(1 for line in self.sheet.money if line.map_difference),
            len(self.findings),
            sum(1 for finding in self.findings if finding.severity == "safety"),
        )
        return {
            "run": self.run,
            "exported_at": self.exported_at,
            **dict(zip(MEASURES, numbers, strict=True)),
        }


def rehearsal(
    run: str,
    exported_at: str,
    sheet: Reconciliation,
    findings: Iterable[Finding],
    codes_unmatched: int,
    checks: Iterable[Mapping[str, Any]],
) -> Rehearsal:
    """A run's line out of what its stages left. Warnings are not counted."""
    closing = tuple(f for f in findings if f.severity != "warning" and f.count)
    failed = {check["id"]: check["failed"] for check in checks if check["examined"]}
    return Rehearsal(run, exported_at, sheet, closing, codes_unmatched, failed)


def changes(before: Rehearsal, after: Rehearsal) -> dict[str, Any]:
    """What differs between two runs, as plain JSON values.

    Findings are the same when code and place are; ``fewer`` and ``more`` are findings that stand
    in both with another count. ``to_go`` counts what is left in the later one.
    """
    old, new = _by_key(before.findings), _by_key(after.findings)
    both = sorted(old.keys() & new.keys())
    return {
        "before": before.line(),
        "after": after.line(),
        "fixed": [asdict(old[key]) for key in sorted(old.keys() - new.keys())],
        "new": [asdict(new[key]) for key in sorted(new.keys() - old.keys())],
        "fewer": [_moved(old[k], new[k]) for k in both if new[k].count < old[k].count],
        "more": [_moved(old[k], new[k]) for k in both if new[k].count > old[k].count],
        "unchanged": sum(1 for k in both if new[k].count == old[k].count),
        "tables": _tables(before.sheet, after.sheet),
        "money": _money(before.sheet, after.sheet),
        "checks": _checks(before.failed, after.failed),
        "to_go": {
            "findings": len(new),
            "safety": sum(1 for finding in new.values() if finding.severity == "safety"),
            "held_back": after.sheet.totals.rejected,
        },
    }


def _by_key(findings: Sequence[Finding]) -> dict[Key, Finding]:
    return {(finding.code, finding.where): finding for finding in findings}


def _moved(old: Finding, new: Finding) -> dict[str, Any]:
    return {**asdict(new), "before": old.count}


def _tables(before: Reconciliation, after: Reconciliation) -> list[dict[str, Any]]:
    """Tables whose rows or held back rows are not what they were; None: not in that export."""
    old = {line.table: line for line in before.tables}
    new = {line.table: line for line in after.tables}
    lines = []
    for table in sorted(old.keys() | new.keys()):
        pair = [
            (line.extracted, line.rejected, line.excluded) if line else (None, None, None)
            for line in (old.get(table), new.get(table))
        ]
        if pair[0] != pair[1]:
            lines.append(
                {
                    "table": table,
                    "extracted": [pair[0][0], pair[1][0]],
                    "rejected": [pair[0][1], pair[1][1]],
                    "excluded": [pair[0][2], pair[1][2]],
                }
            )
    return lines


def _money(before: Reconciliation, after: Reconciliation) -> list[dict[str, Any]]:
    old = {line.measure: money_text(line.map_difference) for line in before.money}
    new = {line.measure: money_text(line.map_difference) for line in after.money}
    return [
        {"measure": name, "difference": [old.get(name), new.get(name)]}
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _checks(old: Mapping[str, int], new: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"id": name, "failed": [old.get(name), new.get(name)]}
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
