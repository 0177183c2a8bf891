"""The runs of a project as rehearsals of one move: their history, and two of them compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrate.core.rehearsals import Rehearsal, changes, rehearsal
from migrate.errors import AskedWrongly
from migrate.stages import gate, validate
from migrate.stages.mapping import staged_manifest
from migrate.stages.reconcile import read_sheet
from migrate.store.sides import misses

if TYPE_CHECKING:
    from migrate.store.workspace import Project, Run


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs and what differs between them."""

    changes: dict[str, Any]

    def document(self) -> dict[str, object]:
        """The published form."""
        return dict(self.changes)


def compare(first: Run, second: Run) -> Compared:
    """Hold an earlier run against a later one. Raises AskedWrongly (PRJ007) when one of them is
    not reconciled, or (PRJ009) when both are the same."""
    if first.id == second.id:
        raise AskedWrongly("PRJ009", "these are one and the same run", try_="ehr-migrate status")
    pair = [rehearsed(run) for run in (first, second)]
    for run, found in zip((first, second), pair, strict=True):
        if found is None:
            raise AskedWrongly(
                "PRJ007",
                f"run {run.id} is not reconciled",
                try_=f"ehr-migrate reconcile --run {run.id}",
            )
    before, after = (one for one in pair if one is not None)
    return Compared(changes(before, after))


def rehearsed(run: Run) -> Rehearsal | None:
    """A run as its stages left it before loading; None when it was not reconciled.

    What people accepted is not taken off: the list is the project's and changes under old runs.
    """
    sheet = read_sheet(run)
    if sheet is None:
        return None
    checked = validate.last_validation(run, ())
    return rehearsal(
        run.id,
        staged_manifest(run).exported_at,
        sheet,
        gate.findings(run),
        sum(miss.rows for miss in misses(run.folder)),
        () if checked is None else checked.published(),
    )


def history(project: Project, last: Run) -> list[Rehearsal]:
    """All reconciled runs up to ``last``, oldest first."""
    runs = [run for run in project.runs() if run.id <= last.id]
    return [found for run in runs if (found := rehearsed(run)) is not None]
