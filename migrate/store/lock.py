"""One writer a project: a lock that the system frees when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.errors import FailedForNow

LOCK_FILE = ".lock"
_held: dict[Path, int] = {}


@contextmanager
def writing(project: Path) -> Iterator[None]:
    """Hold the project's lock for the block; a stage inside another's block shares it.

    Raises FailedForNow (PRJ008) when another process holds it.
    """
    path = project.resolve() / LOCK_FILE
    if path in _held:
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FailedForNow(
                "PRJ008",
                "another command is writing to this project now",
                kept="everything; nothing was done by this one",
                try_="wait for the other one to end, then run the same command again",
            ) from None
        _held[path] = handle
        try:
            yield
        finally:
            del _held[path]
    finally:
        os.close(handle)
