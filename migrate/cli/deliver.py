"""Commands that deliver: plan, sign, load, verify, verify-signoff, rollback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from migrate.cli.frame import Session, command
from migrate.cli.output import gate_lines
from migrate.errors import NotReady


def add_to(cli: click.Group) -> None:
    """Add the commands of this module."""
    _add_plan(cli)
    _add_sign(cli)
    _add_verify_signoff(cli)
    _add_load(cli)
    _add_rollback(cli)


def _add_plan(cli: click.Group) -> None:
    @command(cli, "plan")
    @click.option(
        "--patient",
        metavar="ID",
        help="Bring this patient (id or identifier), whom [scope] leaves behind.",
    )
    def plan(session: Session, patient: str | None) -> None:
        """Show what a load would create, update and leave, and why; writes to no target."""
        from migrate.stages import plan as stage

        made = stage.run(session.project(), session.run(), session.progress, patient=patient)
        session.frame.gate = made.gate
        lines = [*made.lines(), "", *gate_lines(made.gate)]
        if made.gate.ready:
            lines.append("next: ehr-migrate sign --as NAME --role ROLE")
        session.result(made.document(), *lines)


def _add_sign(cli: click.Group) -> None:
    @command(cli, "sign")
    @click.option("--as", "name", metavar="NAME", help="The person who signs.")
    @click.option("--role", metavar="ROLE", help="clinical, billing, privacy or lead.")
    @click.option(
        "--limits",
        type=click.IntRange(0),
        metavar="N",
        help="It also holds for later exports that change at most N charts.",
    )
    @click.option("--show", is_flag=True, help="Say what a signature would mean; sign nothing.")
    @click.option("--print", "on_paper", is_flag=True, help="Write that as a page to sign in ink.")
    @click.option("--wet-ink", is_flag=True, help="Record a signature in ink on that page.")
    @click.option("--digest", metavar="DIGEST", help="The digest that stands on the signed page.")
    @click.option("--recorded-by", metavar="LEAD", help="The lead who records it.")
    def sign(session: Session, name: str | None, role: str | None, **options: Any) -> None:
        """Accept exactly this output, this plan and this target, under a name."""
        _sign(session, name, role, **options)


def _sign(
    session: Session,
    name: str | None,
    role: str | None,
    *,
    show: bool,
    on_paper: bool,
    wet_ink: bool,
    digest: str | None,
    recorded_by: str | None,
    limits: int | None,
) -> None:
    from migrate.stages import sign as stage

    if show:
        found = stage.statement_of(session.project(), session.run())
        session.result({"statement": found.lines(), "digest": found.digest}, *found.lines())
        return
    if on_paper:
        path = stage.print_statement(session.project(), session.run())
        session.result({"page": str(path)}, f"to print and sign: {path}")
        return
    ink = stage.Ink(digest or "", recorded_by or "") if wet_ink else None
    signed = stage.run(session.project(), session.run(), name, role, ink=ink, limits=limits)
    session.frame.ready = not signed.missing
    following = () if signed.missing else ("next: ehr-migrate load",)
    session.result(signed.document(), *signed.lines(), *following)


def _add_verify_signoff(cli: click.Group) -> None:
    @command(cli, "verify-signoff")
    @click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
    def verify_signoff(session: Session, file: Path | None) -> None:
        """Check the seals of the signatures, what they bind, and the audit trail.

        With FILE: that sign-off by itself, anywhere, without a project.
        """
        from migrate.stages import signatures as stage

        if file is None:
            found = stage.look(session.project(), session.run())
            session.frame.ready = found.ready
            session.result(found.document(), *found.lines())
        else:
            alone = stage.look_at_file(file, session.project_if_any())
            session.frame.ready = alone.ours is not False
            session.result(alone.document(), *alone.lines())
        _enforce(session)


def _add_load(cli: click.Group) -> None:
    @command(cli, "load")
    @click.option("--patient", metavar="ID", help="Only this Patient's chart and what it needs.")
    @click.option("--canary", is_flag=True, help="One chart first, where others use the target.")
    @click.option(
        "--canary-ok", metavar="NAME", help="Your word that the canary set nothing off; then load."
    )
    def load(session: Session, patient: str | None, canary: bool, canary_ok: str | None) -> None:
        """Write the signed plan to the target; goes on where an earlier load stopped."""
        from migrate.stages import canary as first
        from migrate.stages import desk, package
        from migrate.stages import load as stage

        project, run = session.project(), session.run()
        if canary_ok is not None:
            first.give_word(project, run, canary_ok)
        done = stage.run(project, run, session.progress, patient=patient, canary=canary)
        first_one = done.patient if canary else None
        whole = done.patient is None or first_one is not None
        if not (whole and desk.is_handover(project) and done.ready):
            _deliver(session, done, *_after_canary(first_one))
            return
        packed = package.run(project, run, session.progress, canary=first_one)
        lines = [*done.lines(), *packed.lines(), *_after_canary(first_one)]
        session.result(done.document() | {"package": packed.document()}, *lines)

    @command(cli, "verify")
    @click.option("--resend", is_flag=True, help="Send what is lost or changed again, once.")
    @click.option("--from", "export", metavar="EXPORT", help="Compare the new EHR's own export.")
    @click.option("--extractor", metavar="NAME", help="How to read it (default: found out).")
    @click.option("--layout", metavar="NAME", help="What to compare (default: the target's).")
    def verify(
        session: Session,
        resend: bool,
        export: str | None,
        extractor: str | None,
        layout: str | None,
    ) -> None:
        """Read every loaded resource back by its id and compare it with what was sent."""
        from migrate.stages import resending, returned
        from migrate.stages import verify as stage

        if export is not None:
            found = returned.run(
                session.project(),
                session.run(),
                export,
                session.progress,
                extractor=extractor,
                layout=layout,
            )
            _deliver(session, found)
            return
        result = stage.run(session.project(), session.run(), session.progress)
        if resend and resending.run(session.project(), session.run(), result):
            result = stage.run(session.project(), session.run(), session.progress)
        _deliver(session, result)


def _add_rollback(cli: click.Group) -> None:
    @command(cli, "rollback")
    @click.option("--dry-run", is_flag=True, help="Say what would be undone; undo nothing.")
    @click.option("--patient", metavar="ID", help="Only the chart of this Patient resource.")
    @click.option("--type", "kind", metavar="TYPE", help="Only resources of this type.")
    def rollback(session: Session, dry_run: bool, patient: str | None, kind: str | None) -> None:
        """Undo the run's loads, except what somebody has edited since."""
        from migrate.stages import rollback as stage

        scope = stage.Scope(patient, kind)
        undone = stage.run(
            session.project(), session.run(), session.progress, dry_run=dry_run, scope=scope
        )
        _deliver(session, undone)


def _after_canary(patient: str | None) -> tuple[str, ...]:
    if patient is None:
        return ()
    return (
        f"look at Patient/{patient} in the new EHR: no letter, message, task or claim went out?",
        'next: ehr-migrate load --canary-ok "NAME"',
    )


def _deliver(session: Session, result: Any, *more: str) -> None:
    """Print a result that knows whether it is ready; code 10 when it is not."""
    session.frame.ready = result.ready
    session.result(result.document(), *result.lines(), *more)
    _enforce(session)


def _enforce(session: Session) -> None:
    if not session.frame.ready:
        raise click.exceptions.Exit(NotReady.exit_code)
