"""The gate of a run: everything that speaks against going on, and what of it is accepted."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from migrate.core.gate import AcceptedFinding, Finding, Gate, judge
from migrate.core.issues import catalogue
from migrate.core.reconcile.findings import findings_of
from migrate.errors import AskedWrongly
from migrate.stages import desk
from migrate.stages.reconcile import read_sheet
from migrate.store.sides import misses, notes

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.store.workspace import Project, Run

ACCEPTED = "accepted.csv"
COLUMNS = ("code", "where", "count", "reason", "by", "role")
TEXT_ONLY = "MAP021"
UNMAPPED = "MAP012"


def evaluate(project: Project, run: Run) -> Gate:
    """Hold the run's findings against the project's accepted list.

    Raises AskedWrongly (REC020) when the list cannot be read.
    """
    found = (*findings(run), *desk.findings(project, run))
    return judge(found, accepted_findings(project.folder / ACCEPTED))


def findings(run: Run) -> tuple[Finding, ...]:
    """Everything that the finished stages have found, warnings too, in a fixed order.

    A run that was not reconciled or validated since its last mapping is itself a finding:
    nothing says yet that it may go on.
    """
    from migrate.stages import validate

    found = [*_sheet(run), *_notes(run), *validate.findings(run)]
    return tuple(sorted(found, key=lambda f: (f.severity, f.code, f.where)))


def accepted_findings(path: Path) -> tuple[AcceptedFinding, ...]:
    """``accepted.csv``: code, where, count, reason, by, role. () when there is no such file."""
    if not path.is_file():
        return ()
    wrong: list[str] = []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
        reader = csv.DictReader(handle)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        wrong += [f"line 1: no column '{name}'" for name in missing]
        lines = [] if missing else list(_accepted(reader, wrong))
    if wrong:
        raise AskedWrongly(
            "REC020",
            f"{ACCEPTED} has {len(wrong)} mistakes",
            details=tuple(wrong),
            try_=f"mend the lines in {ACCEPTED}",
        )
    return tuple(lines)


def _accepted(reader: csv.DictReader[str], wrong: list[str]) -> Iterator[AcceptedFinding]:
    for line in reader:
        cells = {name: (line[name] or "").strip() for name in COLUMNS}
        if not any(cells.values()) or cells["code"].startswith("#"):
            continue
        empty = [name for name in COLUMNS if not cells[name]]
        wrong += [f"line {reader.line_num}: '{name}' is empty" for name in empty]
        if not cells["count"].isascii() or not cells["count"].isdigit():
            wrong.append(f"line {reader.line_num}: 'count' is not a whole number")
            continue
        count = int(cells.pop("count"))
        yield AcceptedFinding(count=count, **cells)


def _sheet(run: Run) -> Iterator[Finding]:
    sheet = read_sheet(run)
    if sheet is None:
        title = catalogue()["REC001"].title
        yield Finding("REC001", "run", 1, "error", f"{title}: ehr-migrate reconcile")
        return
    lacking: dict[str, set[str]] = defaultdict(set)
    for miss in misses(run.folder):
        if miss.outcome == "reject":
            lacking[miss.table].add(miss.crosswalk)
    for finding in findings_of(sheet):
        if finding.code == UNMAPPED and lacking[finding.where]:
            names = ", ".join(sorted(lacking[finding.where]))
            finding = replace(finding, message=f"{finding.message}; crosswalks: {names}")
        yield finding


def _notes(run: Run) -> Iterator[Finding]:
    """What the mapping noticed on the way: never closes the gate by itself."""
    for note in notes(run.folder):
        if note.code == TEXT_ONLY:
            continue
        known = catalogue().get(note.code)
        message = f"{known.title if known else note.code}: {note.rows:,} rows of {note.table}"
        yield Finding(note.code, f"{note.table}.{note.column}", note.rows, "warning", message)
    kept: dict[str, tuple[int, int]] = {}
    for miss in misses(run.folder):
        if miss.outcome == "keep-text":
            codes, rows = kept.get(miss.crosswalk, (0, 0))
            kept[miss.crosswalk] = (codes + 1, rows + miss.rows)
    for crosswalk, (codes, rows) in sorted(kept.items()):
        message = f"{codes:,} codes of crosswalk {crosswalk} kept as text only, {rows:,} rows"
        yield Finding(TEXT_ONLY, crosswalk, rows, "warning", message)
