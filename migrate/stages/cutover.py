"""``cutover``: the last export, loaded and verified, as one verb that goes on after a kill.

The freeze is the moment from which nobody writes into the old system. It is recorded with the
first call (``cutover.json``, audit trail); later calls go on with the same export. Every part is a
stage that does nothing twice, so going on means running it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from migrate.errors import AskedWrongly
from migrate.stages import delta, load, reconcile, report, verify
from migrate.stages.init import export_instant
from migrate.stages.target import opened_target
from migrate.store.audit import append
from migrate.store.files import write_json
from migrate.store.lock import writing

if TYPE_CHECKING:
    from migrate.core.gate import Gate
    from migrate.stages.loaded import Loaded
    from migrate.stages.progress import Progress
    from migrate.stages.verify import Verified
    from migrate.store.workspace import Project, Run

CUTOVER_FILE = "cutover.json"


@dataclass(frozen=True, slots=True)
class Cutover:
    """How far it came: the export's run and difference, then what was loaded and verified."""

    made: delta.Delta
    frozen_at: str
    loaded: Loaded | None = None
    verified: Verified | None = None
    report: str | None = None

    @property
    def run(self) -> Run:
        """The last export's run."""
        return self.made.whole.run

    @property
    def gate(self) -> Gate:
        """The gate before loading."""
        return self.made.whole.gate

    @property
    def ready(self) -> bool:
        """Whether everything is in the new system, read back and the same."""
        return bool(self.loaded and self.loaded.ready and self.verified and self.verified.ready)

    def document(self) -> dict[str, object]:
        """The delta's document with ``frozen_at``, ``load`` and ``verify``; null: not reached."""
        return self.made.document() | {
            "frozen_at": self.frozen_at,
            "load": None if self.loaded is None else self.loaded.document(),
            "verify": None if self.verified is None else self.verified.document(),
            "report": self.report or self.made.whole.report,
        }

    def lines(self) -> list[str]:
        """The same in words."""
        lines = [f"frozen at {self.frozen_at}; run {self.run.id}", *self.made.whole.planned.lines()]
        if self.loaded is not None:
            lines += self.loaded.lines()
        if self.verified is not None:
            lines += self.verified.lines()
        return lines


def run(
    project: Project,
    location: str | None,
    exported_at: str | None,
    frozen_at: str | None,
    progress: Progress,
    *,
    workers: int = 1,
    opening: load.Opening = opened_target,
) -> Cutover:
    """The last delta, load and verify; with no ``location`` the one that was begun goes on.

    Stops before loading where the gate is closed. Raises AskedWrongly (LOD073 nothing was begun),
    NeedsPerson (LOD071 outside the signed limits, LOD070 no canary yet), and what the stages raise.
    """
    place, at, frozen = _begun(project, location, exported_at, frozen_at)
    made = delta.run(project, place, at, progress, workers=workers)
    here = made.whole.run
    if not made.whole.gate.ready:
        return Cutover(made, frozen)
    loaded = load.run(project, here, progress, opening=opening)
    verified = verify.run(project, here, progress, opening=opening)
    reconcile.run(project, here, progress)
    page = report.run(project, here, progress)
    done = Cutover(made, frozen, loaded, verified, str(page.path))
    _note_end(project, done)
    return done


def _begun(
    project: Project, location: str | None, exported_at: str | None, frozen_at: str | None
) -> tuple[str, str, str]:
    """Export, its instant and the freeze, as recorded; records a new cutover."""
    path = project.folder / CUTOVER_FILE
    known: dict[str, str] = orjson.loads(path.read_bytes()) if path.is_file() else {}
    if location is None:
        if not known:
            raise AskedWrongly(
                "LOD073",
                "no cutover has begun, so the last export must be named",
                try_="ehr-migrate cutover --from EXPORT --frozen-at INSTANT",
            )
        return known["from"], known["exported_at"], known["frozen_at"]
    export = delta.later_export(project, location, exported_at)
    place, at = export.location, export.exported_at
    same = (known.get("from"), known.get("exported_at")) == (place, at)
    if same and frozen_at in (None, known["frozen_at"]):
        return place, at, known["frozen_at"]
    frozen = at if frozen_at is None else export_instant(frozen_at, place)
    with writing(project.folder):
        facts = {"frozen_at": frozen, "exported_at": at}
        append(project.folder, "cutover begins", "ehr-migrate", facts)
        write_json(path, facts | {"from": place, "ended": False})
    return place, at, frozen


def _note_end(project: Project, done: Cutover) -> None:
    path = project.folder / CUTOVER_FILE
    known = orjson.loads(path.read_bytes())
    if not done.ready or known["ended"]:
        return
    with writing(project.folder):
        facts = {"run": done.run.id, "frozen_at": done.frozen_at}
        append(project.folder, "cutover ends", "ehr-migrate", facts)
        write_json(path, known | {"ended": True})
