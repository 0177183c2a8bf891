"""The command line. Only click is imported before a command runs; stages are imported in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from migrate import __version__
from migrate.cli.frame import Session, run_command

EPILOG = (
    "Start: ehr-migrate init WORK --from EXPORT --profile NAME; then ehr-migrate -C WORK dry-run."
)


class InOrder(click.Group):
    """Lists commands in the order of the work, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands as they were added."""
        return sorted(super().list_commands(ctx), key=list(self.commands).index)


@click.group(cls=InOrder, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Project folder."
)
@click.version_option(__version__, message="ehr-migrate %(version)s")
@click.pass_obj
def cli(session: Session, folder: Path | None) -> None:
    """Move charts and open dollars into a FHIR EHR, prove it, and be able to undo it."""
    if folder is not None:
        session.folder = folder


def commands() -> click.Group:
    """The whole command line, with all commands."""
    from migrate.cli import catchup, deliver, look, prepare, review, setup

    for module in (setup, prepare, review, deliver, catchup, look):
        module.add_to(cli)
    return cli


def main() -> None:
    """Entry point of the ``ehr-migrate`` command."""
    os.umask(0o077)
    sys.exit(run_command(commands(), sys.argv[1:]))


if __name__ == "__main__":
    main()
