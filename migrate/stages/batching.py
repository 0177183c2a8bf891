"""Steps of a plan that are sent to a target in one call."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrate.core.ports import Telling

if TYPE_CHECKING:
    from migrate.core.plan import Step
    from migrate.core.ports import Target
    from migrate.stages.progress import Progress

# Scanned documents lie in the resources themselves; this many bytes are sent in one call at most.
MOST_BYTES = 64 * 1024 * 1024


class Meter:
    """Moves the progress inside calls that take long, where the target tells how far it is; what
    was not told, or told twice, is made up at the end of the call."""

    def __init__(self, target: Target, progress: Progress) -> None:
        self._progress, self._left = progress, 0
        self._lock = threading.Lock()
        if isinstance(target, Telling):
            target.tell(self._hear)

    def begin(self, steps: int) -> None:
        """A call with so many steps."""
        with self._lock:
            self._left = steps

    def end(self) -> None:
        """The call is over."""
        self._hear(self._left)

    def _hear(self, steps: int) -> None:
        with self._lock:
            steps = min(steps, self._left)
            self._left -= steps
            if steps:
                self._progress.advance(steps)


class Batch:
    """Steps that are sent in one call: so many, and so many bytes, that memory stays bounded."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self.steps: list[Step] = []

    def takes(self, more: Sequence[Step]) -> bool:
        """Whether these fit too; into an empty one everything does."""
        fits = len(self.steps) + len(more) <= self._limit
        size = self._bytes + sum(step.length for step in more)
        return not self.steps or (fits and size <= MOST_BYTES)

    def add(self, more: Sequence[Step]) -> None:
        """Take these in."""
        self.steps += more
        self._bytes += sum(step.length for step in more)

    def emptied(self) -> list[Step]:
        """What was in it."""
        steps, self.steps, self._bytes = self.steps, [], 0
        return steps
