"""Commands that prepare a load: extract, map, validate, reconcile, report, dry-run, plan."""

from __future__ import annotations

import click

from migrate.cli.frame import Session, command
from migrate.cli.output import gate_lines, table_lines
from migrate.errors import NotReady

WORKERS = click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Workers."
)


def add_to(cli: click.Group) -> None:
    """Add the commands of this module."""
    _add_stages(cli)
    _add_sheets(cli)
    _add_dry_run(cli)


def _add_stages(cli: click.Group) -> None:
    @command(cli, "extract")
    def extract(session: Session) -> None:
        """Keep the export as tables, as text, interpreting nothing."""
        from migrate.stages import extract as stage

        found = stage.run(session.project(), session.progress)
        session.frame.run = found.run
        session.result(found.document(), *found.lines())

    @command(cli, "map")
    @WORKERS
    def map_(session: Session, workers: int) -> None:
        """Make FHIR resources of the staged tables, by the profile."""
        from migrate.stages import mapping as stage

        made = stage.run(session.project(), session.run(), session.progress, workers=workers)
        session.frame.run = made.run
        lines = table_lines(("resource", "made"), sorted(made.resources.items()))
        lines += ["", *table_lines(("source rows", "count"), sorted(made.fates.items()))]
        session.result(made.document(), *lines)

    @command(cli, "validate")
    def validate(session: Session) -> None:
        """Judge the run by the suites that migration.toml chooses."""
        from migrate.stages import gate
        from migrate.stages import validate as stage

        judged = stage.run(session.project(), session.run(), session.progress)
        session.frame.gate = gate.evaluate(session.project(), session.run())
        session.result(judged.document(), *judged.lines())


def _add_sheets(cli: click.Group) -> None:
    @command(cli, "reconcile")
    def reconcile(session: Session) -> None:
        """Hold what came out against what went in: rows, patients, money, the old totals."""
        from migrate.report.text import reconciliation_lines
        from migrate.stages import gate
        from migrate.stages import reconcile as stage

        sheet = stage.run(session.project(), session.run(), session.progress)
        session.frame.gate = gate.evaluate(session.project(), session.run())
        session.result(
            sheet.document(),
            *reconciliation_lines(sheet.document()),
            "",
            *gate_lines(session.frame.gate),
        )
        _enforce(session)

    @command(cli, "report")
    def report(session: Session) -> None:
        """Write the report: one HTML file for the practice and the team, CSV and JSON."""
        from migrate.stages import gate
        from migrate.stages import report as stage

        page = stage.run(session.project(), session.run(), session.progress)
        session.frame.gate = gate.evaluate(session.project(), session.run())
        session.result({"report": str(page.path)}, f"report: {page.path}")


def _add_dry_run(cli: click.Group) -> None:
    @command(cli, "dry-run")
    @WORKERS
    def dry_run(session: Session, workers: int) -> None:
        """All of these and the plan; writes to no target."""
        from migrate.report.text import reconciliation_lines
        from migrate.stages import dry_run as stage

        whole = stage.run(session.project(), session.progress, workers=workers)
        session.frame.run, session.frame.gate = whole.run, whole.gate
        session.result(
            whole.document(),
            *reconciliation_lines(whole.reconciliation),
            "",
            *gate_lines(whole.gate),
            f"report: {whole.report}",
            "next: ehr-migrate sign --as NAME --role ROLE" if whole.gate.ready else "",
        )
        _enforce(session)


def _enforce(session: Session) -> None:
    """A closed gate is an answer, not an accident: the result was printed, the code is 10."""
    if session.frame.gate is not None and not session.frame.gate.ready:
        raise click.exceptions.Exit(NotReady.exit_code)
