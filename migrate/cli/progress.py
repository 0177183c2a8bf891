"""Progress on stderr: a bar on a terminal, a line a task with --verbose, else silence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from migrate.cli.output import tell
from migrate.stages.progress import Silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from migrate.stages.progress import Progress


def progress_for(*, quiet: bool) -> Progress:
    """A bar when a person watches, otherwise nothing."""
    if quiet or not sys.stderr.isatty():
        return Silent()
    return Bar()


class Bar:
    """One task at a time, with rate and remaining time."""

    def __init__(self) -> None:
        self._rich: RichProgress | None = None
        self._task: TaskID | None = None

    def start(self, task: str, total: int | None = None) -> None:
        """Begin a task's bar."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self.done()
        self._rich = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._rich.start()
        self._task = self._rich.add_task(task, total=total, rate="")

    def advance(self, steps: int = 1) -> None:
        """Move the bar."""
        if self._rich is not None and self._task is not None:
            self._rich.advance(self._task, steps)
            speed = self._rich.tasks[0].speed
            if speed:  # none before the second step
                self._rich.update(self._task, rate=f"{speed:,.0f}/s")

    def note(self, sentence: str) -> None:
        """A line above the bar."""
        tell(sentence)

    def done(self) -> None:
        """Take the bar away."""
        if self._rich is not None:
            self._rich.stop()
            self._rich = None
