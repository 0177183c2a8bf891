"""A window that slides over a stream of blocks, wide enough for the longest record."""

from __future__ import annotations

from collections.abc import Iterator


class Window:
    """Bytes of a stream; those from ``at`` on are not used yet."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.buffer = b""
        self.at = 0
        self.at_end = False

    @property
    def left(self) -> int:
        """How many bytes are there and not used yet."""
        return len(self.buffer) - self.at

    def widen(self, size: int) -> None:
        """Read until this many bytes are left to use, or the stream ends."""
        if self.left >= size or self.at_end:
            return
        parts = [self.buffer[self.at :]]
        have = self.left
        while have < size and not self.at_end:
            block = next(self._blocks, None)
            if block is None:
                self.at_end = True
            else:
                parts.append(block)
                have += len(block)
        self.buffer, self.at = b"".join(parts), 0
