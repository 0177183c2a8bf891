"""``delta``: a later export of the same practice becomes a run, held against the one before.

Everything up to the plan is done anew for it, and nothing is written to a target: the plan says
what a load would create, update, retire or delete. The difference is by key and content, never by
time stamps. The same export again finds everything done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.errors import AskedWrongly
from migrate.stages import dry_run
from migrate.stages.init import export_instant, export_location
from migrate.stages.mapping import project_profile, staged_manifest
from migrate.stages.source import source_digest
from migrate.store.differences import resource_differences, table_differences
from migrate.store.exports import Export, against_of
from migrate.store.files import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate.stages.dry_run import DryRun
    from migrate.stages.progress import Progress
    from migrate.store.differences import Difference
    from migrate.store.workspace import Project, Run

DELTA_FILE = "delta.json"


@dataclass(frozen=True, slots=True)
class Delta:
    """A later export's run, the run that it was held against, and what lies between."""

    whole: DryRun
    against: str | None
    tables: tuple[Difference, ...]
    resources: tuple[Difference, ...]

    def difference(self) -> dict[str, object]:
        """against, tables, resources: new, changed, gone, same of each."""
        return {
            "against": self.against,
            "tables": [one.document("table") for one in self.tables],
            "resources": [one.document("type") for one in self.resources],
        }

    def document(self) -> dict[str, object]:
        """The document of a dry run, and ``delta``."""
        return self.whole.document() | {"delta": self.difference()}

    def rows(self) -> list[tuple[str, int, int, int, int]]:
        """What changed, resources first; what is all the same is left out."""
        return [
            (one.name, one.new, one.changed, one.gone, one.same)
            for one in (*self.resources, *self.tables)
            if one.new or one.changed or one.gone
        ]


def run(
    project: Project,
    location: str,
    exported_at: str | None,
    progress: Progress,
    *,
    workers: int = 1,
) -> Delta:
    """Make the later export's run up to its plan, and compare.

    ``exported_at`` None: as the newest run says if that is of this very export, else the time of
    its newest file. Raises AskedWrongly (PRJ007 there is nothing yet to be later than), and what
    the stages raise.
    """
    export = later_export(project, location, exported_at)
    whole = dry_run.run(project, progress, workers=workers, export=export)
    here = whole.run
    before = next((one for one in project.runs() if one.id == against_of(here)), None)
    progress.start("comparing with the export before")
    tables = () if before is None else tuple(table_differences(before, here, _keys(project, here)))
    resources = () if before is None else tuple(resource_differences(before, here))
    progress.done()
    made = Delta(whole, None if before is None else before.id, tables, resources)
    write_json(here.file(DELTA_FILE), made.difference())
    return made


def later_export(project: Project, location: str, exported_at: str | None) -> Export:
    """The export at a place, as one that is later than the project's newest mapped run."""
    place = export_location(location)
    newest = next((one for one in reversed(project.runs()) if one.manifest("map")), None)
    if newest is None:
        raise AskedWrongly(
            "PRJ007",
            "there is no run yet that an export could be later than",
            try_="ehr-migrate dry-run",
        )
    extracted = newest.manifest("extract")
    if extracted is not None and extracted.inputs.get("input") == source_digest(place):
        known = staged_manifest(newest).exported_at
        if exported_at in (None, known):
            return Export(place, known, against_of(newest))
    return Export(place, export_instant(exported_at, place), newest.id)


def _keys(project: Project, run: Run) -> dict[str, Sequence[str]]:
    profile = project_profile(project, staged_manifest(run))
    return {table.name: table.key for table in profile.tables}
