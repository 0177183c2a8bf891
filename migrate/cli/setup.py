"""Commands that begin: init, scan, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrate.cli.frame import Session, command
from migrate.cli.output import table_lines

if TYPE_CHECKING:
    from migrate.stages.recognise import Match


def add_to(cli: click.Group) -> None:
    """Add the commands of this module."""
    _add_init(cli)
    _add_looks(cli)


def _add_init(cli: click.Group) -> None:
    @command(cli, "init")
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.option(
        "--from",
        "location",
        required=True,
        metavar="EXPORT",
        help="The export: a folder, a file, or the address of a database without its password.",
    )
    @click.option(
        "--profile", help="The mapping profile of the old system (default: the one that fits)."
    )
    @click.option("--name", help="The practice's name (default: the folder's).")
    @click.option("--timezone", help="The site's time zone, e.g. America/Chicago.")
    @click.option("--exported-at", help="The instant that the export stands for (ISO 8601).")
    @click.option("--target", default="embedded:target.db", show_default=True, metavar="KIND:ADDR")
    @click.option(
        "--id-key", type=click.Path(path_type=Path), help="An existing id key (32 bytes)."
    )
    @click.option(
        "--controls", type=click.Path(path_type=Path), help="The old system's own totals."
    )
    @click.option(
        "--all-tables", is_flag=True, help="Of a database: tables the profile does not name, too."
    )
    @click.option("--accepted", type=click.Path(path_type=Path), help="Accepted findings (CSV).")
    def init(session: Session, **options: Any) -> None:
        """Make a migration project for an export."""
        from migrate.plugins import profile_names
        from migrate.stages import init as stage

        match = None
        if options["profile"] is None:
            from migrate.stages import recognise

            match = recognise.run(options["location"])
            options["profile"] = match.profile
        profile_names(options["profile"])
        project = stage.run(stage.InitRequest(**options))
        session.frame.project = project
        session.result(
            {
                "folder": str(project.folder),
                "id_key": project.id_key_fingerprint(),
                "profile": options["profile"],
                "recognised": None if match is None else match.document(),
            },
            *_recognised(match),
            f"project made in {project.folder}",
            f"back up {stage.key_file(project)}: without it a later export gets other ids",
            f"next: ehr-migrate -C {options['folder']} dry-run",
        )


def _recognised(match: Match | None) -> list[str]:
    if match is None:
        return []
    return [f"profile: {match.profile} ({match.found} of its {match.wanted} tables are here)"]


def _add_looks(cli: click.Group) -> None:
    @command(cli, "scan")
    @click.option(
        "--from", "location", metavar="EXPORT", help="An export (default: the project's)."
    )
    def scan(session: Session, location: str | None) -> None:
        """Look at an export: tables, columns, fill, likely keys. Writes nothing."""
        from migrate.stages import scan as stage

        source = location if location is not None else session.project().source()
        options = {} if location is not None else dict(session.project().settings.source.options)
        found = stage.run(source, options, session.progress)
        session.result(found.document(), *found.lines())

    @command(cli, "doctor")
    def doctor(session: Session) -> None:
        """Check this machine and, in a project, what it needs: keys, folders, parts."""
        from migrate.stages import doctor as stage

        found = stage.run(session.folder)
        rows = [(name, "ok" if good else "missing", hint) for name, good, hint in found.entries]
        session.frame.ready = found.ready
        session.result(found.document(), *table_lines(("part", "state", "what to do"), rows))
