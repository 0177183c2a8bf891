"""Commands for a later export of the same practice: delta, cutover."""

from __future__ import annotations

import click

from migrate.cli.frame import Session, command
from migrate.cli.output import gate_lines, table_lines
from migrate.cli.prepare import WORKERS
from migrate.errors import NotReady

FROM = click.option("--from", "location", metavar="EXPORT", help="The later export.")
EXPORTED_AT = click.option(
    "--exported-at", metavar="INSTANT", help="The instant that it stands for (ISO 8601, a zone)."
)


def add_to(cli: click.Group) -> None:
    """Add the commands of this module."""
    _add_delta(cli)
    _add_cutover(cli)


def _add_delta(cli: click.Group) -> None:
    @command(cli, "delta")
    @FROM
    @EXPORTED_AT
    @WORKERS
    def delta(
        session: Session, location: str | None, exported_at: str | None, workers: int
    ) -> None:
        """A later export: what is new, changed and gone, up to its plan; writes to no target."""
        from migrate.stages import delta as stage

        if location is None:
            raise click.UsageError("--from EXPORT is needed: the later export")
        made = stage.run(
            session.project(), location, exported_at, session.progress, workers=workers
        )
        session.frame.run, session.frame.gate = made.whole.run, made.whole.gate
        following = "next: ehr-migrate load, or sign when load asks for it"
        session.result(
            made.document(),
            f"run {made.whole.run.id}, held against {made.against or 'nothing: it is that export'}",
            *table_lines(("", "new", "changed", "gone", "same"), made.rows()),
            "" if made.rows() else "nothing is new, changed or gone",
            *made.whole.planned.lines(),
            "",
            *gate_lines(made.whole.gate),
            f"report: {made.whole.report}",
            following if made.whole.gate.ready else "",
        )
        if not made.whole.gate.ready:
            raise click.exceptions.Exit(NotReady.exit_code)


def _add_cutover(cli: click.Group) -> None:
    @command(cli, "cutover")
    @FROM
    @EXPORTED_AT
    @click.option(
        "--frozen-at",
        metavar="INSTANT",
        help="When people stopped writing into the old system (default: the export's instant).",
    )
    @WORKERS
    def cutover(
        session: Session,
        location: str | None,
        exported_at: str | None,
        frozen_at: str | None,
        workers: int,
    ) -> None:
        """The last export, loaded and verified in one go; again without --from it goes on."""
        from migrate.stages import cutover as stage

        done = stage.run(
            session.project(),
            location,
            exported_at,
            frozen_at,
            session.progress,
            workers=workers,
        )
        session.frame.run = done.run
        session.frame.gate = None if done.gate.ready else done.gate
        session.frame.ready = done.ready
        lines = [*done.lines(), f"report: {done.report or done.made.whole.report}"]
        if not done.gate.ready:
            lines += gate_lines(done.gate)
        session.result(done.document(), *lines)
        if not done.ready:
            raise click.exceptions.Exit(NotReady.exit_code)
