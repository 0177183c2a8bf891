"""``bring``: one patient whom the profile leaves behind comes after all.

A run of its own over the same export, up to its plan, in which everything is as it was and one
chart is new. It is signed, loaded, verified and rolled back like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.errors import AskedWrongly
from migrate.stages import dry_run, explain
from migrate.stages.leaving import brought, leaving, note_brought
from migrate.stages.mapping import project_profile, staged_manifest
from migrate.store.audit import append
from migrate.store.lock import writing

if TYPE_CHECKING:
    from migrate.stages.dry_run import DryRun
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run


@dataclass(frozen=True, slots=True)
class Brought:
    """The Patient id, and the run whose plan brings the chart."""

    patient: str
    whole: DryRun

    def document(self) -> dict[str, object]:
        """The document of a dry run, and ``brought``."""
        return self.whole.document() | {"brought": self.patient}


def run(
    project: Project, run: Run, who: str, name: str | None, progress: Progress, *, workers: int = 1
) -> Brought:
    """Bring the patient of a row (``FILE:ROW``, ``TABLE:ROW``) or of a Patient id, by ``name``.

    A second time for the same patient finds it done. Raises AskedWrongly (LOD014 no name, LOD075
    nobody is left behind under this name), and what the stages raise.
    """
    person = " ".join((name or "").split())
    if not person:
        raise AskedWrongly(
            "LOD014", "bringing a patient needs a person's name", try_="bring FILE:ROW --as NAME"
        )
    patient = _patient(project, run, who)
    with writing(project.folder):
        if patient not in brought(project):
            append(project.folder, "patient brought", person, {"run": run.id, "patient": patient})
            note_brought(project, patient, person)
    return Brought(patient, dry_run.run(project, progress, workers=workers))


def _patient(project: Project, run: Run, who: str) -> str:
    manifest = staged_manifest(run)
    profile = project_profile(project, manifest)
    if profile.left_behind:
        left = leaving(project, run, profile, manifest, None).all
        if who in left:
            return who
        key = explain.key_of_row(run, who, profile.patients, profile.table(profile.patients).key)
        found = next((name for name, known in left.items() if known == key), None)
        if found is not None:
            return found
    raise AskedWrongly(
        "LOD075",
        "no chart is left behind under this name",
        try_="ehr-migrate explain FILE:ROW, for the patient's row in the export",
    )
