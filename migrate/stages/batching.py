"""Steps of a plan that are sent to a target in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate.core.plan import Step

# Scanned documents lie in the resources themselves; this many bytes are sent in one call at most.
MOST_BYTES = 64 * 1024 * 1024


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
