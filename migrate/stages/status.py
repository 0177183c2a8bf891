"""``status``: the runs of a project, and how far each stage is."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from migrate import __version__
from migrate.core.plan import WRITING
from migrate.errors import MigrateError
from migrate.stages import signatures
from migrate.store.files import text_digest
from migrate.store.plans import read_plan

if TYPE_CHECKING:
    from migrate.store.workspace import Project, Run, StageManifest

STAGES = ("extract", "map", "validate", "reconcile", "report", "plan", "sign", "load", "verify")
State = Literal["done", "stale", "not reached"]
_NEXT = {
    "extract": "ehr-migrate extract",
    "map": "ehr-migrate map",
    "validate": "ehr-migrate validate",
    "reconcile": "ehr-migrate reconcile",
    "report": "ehr-migrate report",
    "plan": "ehr-migrate plan",
    "sign": "ehr-migrate sign --as NAME --role ROLE",
    "load": "ehr-migrate load",
    "verify": "ehr-migrate verify",
}


@dataclass(frozen=True, slots=True)
class StageState:
    """One stage of a run: its state, a digest of what it wrote, when it ended."""

    stage: str
    state: State
    digest: str | None
    ended: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """A project's runs, the state of the run that was asked for, and the rehearsals up to it."""

    runs: tuple[str, ...]
    run: str | None
    stages: tuple[StageState, ...]
    next: str | None
    history: tuple[dict[str, Any], ...] = ()

    def document(self) -> dict[str, object]:
        """The published form."""
        return {
            "runs": list(self.runs),
            "stages": [
                {"stage": s.stage, "state": s.state, "digest": s.digest, "time": s.ended}
                for s in self.stages
            ],
            "next": self.next,
            "history": list(self.history),
        }


def run(project: Project, run: Run | None) -> Status:
    """Look at the project; writes nothing."""
    names = tuple(entry.id for entry in project.runs())
    if run is None:
        return Status(names, None, (), _NEXT["extract"])
    states = tuple(_state(project, run, stage) for stage in STAGES)
    following = next((_NEXT[s.stage] for s in states if s.state != "done"), None)
    from migrate.stages.rehearsals import history

    lines = tuple(one.line() for one in history(project, run))
    return Status(names, run.id, states, following, lines)


def _state(project: Project, run: Run, stage: str) -> StageState:
    manifest = run.manifest(stage)
    if manifest is None:
        held = stage == "sign" and run.manifest("plan") is not None and _signed(project, run)
        return StageState(stage, "done" if held else "not reached", None, None)
    path = run.folder / "manifests" / f"{stage}.json"
    ended = datetime.datetime.fromtimestamp(int(path.stat().st_mtime), datetime.UTC).isoformat()
    pairs = (f"{name}={manifest.outputs[name]}" for name in sorted(manifest.outputs))
    whole = all((run.folder / name).exists() for name in manifest.outputs)
    current = whole and manifest.tool_version == __version__
    if stage == "sign":
        current = current and _signed(project, run)
    elif stage in ("load", "verify"):
        current = current and _of_this_plan(run, manifest)
    return StageState(stage, "done" if current else "stale", text_digest(*pairs), ended)


def _signed(project: Project, run: Run) -> bool:
    """Whether the signatures would let a load go now, as ``verify-signoff`` says it."""
    try:
        found = signatures.look(project, run)
    except MigrateError:
        return False
    return not (found.missing or found.not_genuine)


def _of_this_plan(run: Run, manifest: StageManifest) -> bool:
    """Whether a load or a verification is of the present plan, or of one that wrote the same."""
    try:
        plan = read_plan(run)
    except MigrateError:
        return False
    same = manifest.inputs.get("plan") == plan.steps_digest
    return same or (manifest.stage == "load" and not plan.total(*WRITING))
