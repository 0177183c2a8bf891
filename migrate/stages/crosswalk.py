"""``crosswalk``: a crosswalk's coverage, and the worklist of codes that it lacks."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.engine.facts import open_facts
from migrate.errors import AskedWrongly
from migrate.stages.mapping import project_profile, staged_manifest
from migrate.store.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.store.workspace import Project, Run

COLUMNS = ("source", "system", "code", "display", "equivalence", "reviewer", "comment")


@dataclass(frozen=True, slots=True)
class Miss:
    """A local code without an entry: where it stands, how often, what became of its rows."""

    source: str
    table: str
    column: str
    outcome: str
    rows: int


@dataclass(frozen=True, slots=True)
class Worklist:
    """The misses of one crosswalk, most frequent first."""

    crosswalk: str
    entries: int
    misses: tuple[Miss, ...]

    def document(self) -> dict[str, object]:
        """The published form. Local codes are values of the export: keep it in the project."""
        return {
            "crosswalk": self.crosswalk,
            "entries": self.entries,
            "misses": [
                {
                    "source": miss.source,
                    "table": miss.table,
                    "column": miss.column,
                    "outcome": miss.outcome,
                    "rows": miss.rows,
                }
                for miss in self.misses
            ],
        }

    def csv_rows(self) -> list[tuple[str, ...]]:
        """Lines of a crosswalk file with the target still empty; one a local code."""
        rows: dict[str, int] = {}
        for miss in self.misses:
            rows[miss.source] = rows.get(miss.source, 0) + miss.rows
        return [(source, "", "", "", "", "", f"{many} rows") for source, many in rows.items()]


def run(project: Project, run: Run, name: str) -> Worklist:
    """What a crosswalk lacks. Raises AskedWrongly for a name that the profile does not use."""
    profile = project_profile(project, staged_manifest(run))
    known = {crosswalk.name: len(crosswalk.entries) for crosswalk in profile.crosswalks}
    if name not in known:
        raise AskedWrongly(
            "PRO022",
            f"the profile uses no crosswalk of the name '{name}'",
            try_=f"one of: {', '.join(sorted(known))}",
        )
    found = open_facts(run.folder).sql(
        "SELECT source, tbl, column, outcome, sum(rows)::BIGINT AS rows FROM run.misses"
        " WHERE crosswalk = ? GROUP BY ALL ORDER BY 5 DESC, 1, 2, 3",
        [name],
    )
    misses = tuple(
        Miss(row["source"], row["tbl"], row["column"], row["outcome"], row["rows"])
        for row in found.to_pylist()
    )
    return Worklist(name, known[name], misses)


def write_worklist(project: Project, worklist: Worklist) -> Path:
    """Write the missing codes beside the project's crosswalks, as a file to fill in.

    It is not a crosswalk yet: rename it to ``NAME.csv`` (or append its lines) when reviewed.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(worklist.csv_rows())
    path = project.folder / "mappings" / "crosswalks" / f"{worklist.crosswalk}.worklist.csv"
    write_atomically(path, text.getvalue().encode())
    return path
