"""The sample practice with a drawn review sheet, and the page served for a test."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from migrate.stages.progress import Silent
from migrate.stages.review import draw
from migrate.stages.review.serve import ReviewServer, Service
from migrate.stages.review.sheet import Sheet, open_sheet
from migrate.store.workspace import Project, Run
from tests.golden.riverbend import mapped_riverbend

WISH = draw.Wish(at_most=0.3, seed="test", planted=4)


@functools.cache
def drawn_riverbend() -> Path:
    """The project folder of the mapped sample practice, with a sheet."""
    mapped = mapped_riverbend()
    project = Project.open(mapped.run.parent.parent)
    draw.run(project, project.run(None), WISH, Silent())
    return project.folder


def fresh_copy(folder: Path) -> tuple[Project, Run]:
    """A project like it whose ``review`` folder a test may change; other files are the same ones
    (links), so that they may be replaced and not written into."""
    shutil.copytree(drawn_riverbend(), folder, copy_function=_linked)
    folder.chmod(0o700)
    project = Project.open(folder)
    return project, project.run(None)


def _linked(old: str, new: str) -> None:
    if Path(old).parent.name == "review":
        shutil.copy2(old, new)
    else:
        os.link(old, new)


def sheet_of(run: Run) -> Sheet:
    """The run's sheet, opened."""
    found = open_sheet(run)
    assert found is not None
    return found


@contextlib.contextmanager
def serving(sheet: Sheet) -> Iterator[ReviewServer]:
    """The review served on a free port until the block ends."""
    with ReviewServer(Service(sheet, "Riverbend <i>Family</i>", "Dr Invented"), 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
