"""What all commands share: project, run, --json, exit codes, messages."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrate.cli.output import Frame, emit, error_document, error_lines, say, tell
from migrate.cli.progress import progress_for
from migrate.errors import (
    AskedWrongly,
    Interrupted,
    MigrateError,
    NeedsPerson,
    OurBug,
    disk_is_full,
)

if TYPE_CHECKING:
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run


@dataclass(slots=True)
class Session:
    """One call of the command line."""

    folder: Path = field(default_factory=Path.cwd)
    run_name: str | None = None
    json: bool = False
    quiet: bool = False
    frame: Frame = field(default_factory=Frame)

    @property
    def progress(self) -> Progress:
        """Where a stage reports how far it is."""
        return progress_for(quiet=self.quiet or self.json)

    def project(self) -> Project:
        """The project of this call."""
        from migrate.store.workspace import Project

        if self.frame.project is None:
            self.frame.project = Project.open(self.folder)
        return self.frame.project

    def project_if_any(self) -> Project | None:
        """The project of this call; None where there is none."""
        try:
            return self.project()
        except MigrateError:
            return None

    def run(self) -> Run:
        """The run of this call: the newest, or the one named with --run."""
        self.frame.run = self.project().run(self.run_name)
        return self.frame.run

    def result(self, document: Mapping[str, object], *lines: str) -> None:
        """The command's result: one JSON document, or lines of words."""
        if self.json:
            emit(self.frame.header() | dict(document))
        else:
            say(*lines)


def command(group: click.Group, name: str, **settings: Any) -> Callable[..., click.Command]:
    """A click command with --json, --run and --quiet, whose function gets the Session first."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
        @click.option("--run", "run_name", metavar="ID", help="An older run, by name or number.")
        @click.option("--quiet", is_flag=True, help="No progress.")
        @functools.wraps(function)
        def wrapped(as_json: bool, run_name: str | None, quiet: bool, **options: Any) -> None:
            session: Session = click.get_current_context().obj
            session.json = session.json or as_json
            session.run_name = run_name
            session.quiet = quiet
            function(session, **options)

        return group.command(name, **settings)(wrapped)

    return decorate


def run_command(group: click.Group, arguments: list[str]) -> int:
    """Run the command line and give its exit code; every failure becomes a message."""
    session = Session(json="--json" in arguments)
    try:
        result = group.main(arguments, prog_name="ehr-migrate", standalone_mode=False, obj=session)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as wrong:
        return _failed(session, _asked_wrongly(wrong))
    except (KeyboardInterrupt, click.Abort):
        stopped = Interrupted("PRJ011", "stopped", try_="run the same command again: it goes on")
        return _failed(session, stopped)
    except MigrateError as error:
        return _failed(session, error)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:  # the last line of defence: its text may quote a chart
        return _failed(session, _disk_full() if disk_is_full(error) else _our_bug(error))


def _failed(session: Session, error: MigrateError) -> int:
    if session.json:
        emit(error_document(session.frame, error))
    tell(*error_lines(error))
    return error.exit_code


def _asked_wrongly(wrong: click.ClickException) -> AskedWrongly:
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context else "ehr-migrate"
    return AskedWrongly("PRJ009", wrong.format_message(), try_=f"{path} --help")


def _disk_full() -> NeedsPerson:
    return NeedsPerson(
        "PRJ010",
        "the disk is full",
        kept="every finished stage; the unfinished one will be done again",
        try_="free some space, then run the same command again",
    )


def _our_bug(error: Exception) -> OurBug:
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "/migrate/" in frame.filename or "/validators/" in frame.filename
    ]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "unknown place"
    return OurBug(
        "PRJ099",
        f"a fault of this tool, not of the data: {type(error).__name__} at {place}",
        kept="every finished stage",
        try_="report it with this line and `ehr-migrate --version`; send no data",
    )
