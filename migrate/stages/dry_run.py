"""``dry-run``: every stage up to the plan, in order; writes to no target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.stages import desk, extract, gate, mapping, plan, reconcile, report, validate

if TYPE_CHECKING:
    from migrate.core.gate import Gate
    from migrate.stages.plan import Planned
    from migrate.stages.progress import Progress
    from migrate.store.exports import Export
    from migrate.store.workspace import Project, Run


@dataclass(frozen=True, slots=True)
class DryRun:
    """What came of it; the published document of ``dry-run --json``."""

    run: Run
    gate: Gate
    reconciliation: dict[str, object]
    validation: dict[str, object]
    planned: Planned
    report: str

    def document(self) -> dict[str, object]:
        """reconciliation, validation, plan, report (a path)."""
        return {
            "reconciliation": self.reconciliation,
            "validation": self.validation,
            "plan": self.planned.document(),
            "report": self.report,
        }


def run(
    project: Project, progress: Progress, *, workers: int = 1, export: Export | None = None
) -> DryRun:
    """Extract, map, validate, reconcile, report and plan; the gate is judged, not enforced.

    ``export`` is a later one than the project is about now.
    """
    extracted = extract.run(project, progress, export)
    mapped = mapping.run(project, extracted.run, progress, workers=workers)
    here = mapped.run
    checks = validate.run(project, here, progress)
    sheet = reconcile.run(project, here, progress)
    if desk.is_handover(project):
        desk.losses(project, here, progress)
    verdict = gate.evaluate(project, here)
    page = report.run(project, here, progress)
    planned = plan.run(project, here, progress)
    return DryRun(
        here,
        verdict,
        sheet.document(),
        checks.document(),
        planned,
        str(page.path),
    )
