"""What interrupted loads and rollbacks left without an answer, settled by reading the target."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING

from migrate.errors import NeedsPerson
from migrate.stages.hiding import written_form
from migrate.stages.sending import Pause, Sender
from migrate.stages.wanted import wanted_contents
from migrate.store.journal import Journal
from migrate.store.plans import STEPS_FILE, steps_of

if TYPE_CHECKING:
    from migrate.core.ports import Target
    from migrate.store.workspace import Project, Run

Ref = tuple[str, str]


def settle_open_writes(project: Project, target: Target, pause: Pause = time.sleep) -> int:
    """Settle all runs' open intents towards this target; how many there were.

    Reads the target and writes the journals, nothing else. The caller holds the project's lock.
    """
    settled = 0
    for run in project.runs():
        if not run.journal.exists():
            continue
        with closing(Journal(run.journal, target.identity())) as journal:
            waiting = {(one.type, one.id): one.digest for one in journal.open_entries()}
            if waiting:
                sender = Sender(target, journal, 0, pause)
                settled += sender.settle_open(_contents(run, waiting))
    return settled


def _contents(run: Run, waiting: Mapping[Ref, str | None]) -> dict[Ref, bytes]:
    """The wanted lines of some resources, as far as the run still has them; with the digests of
    what was sent, which may be the hidden form of a Patient."""
    found: dict[Ref, bytes] = {}
    if not run.file(STEPS_FILE).exists():
        return found
    with wanted_contents(run.folder) as contents:
        for step in steps_of(run):
            if (step.type, step.id) in waiting:
                try:
                    ref = step.type, step.id
                    found[ref] = written_form(contents.of(step), step.type, waiting[ref])
                except (NeedsPerson, OSError):
                    continue
    return found
