"""A window that slides over a stream of blocks, wide enough for the longest record."""

from __future__ import annotations

from collections.abc import Iterator


class Window:
    """Bytes of a stream from a position on; ``data`` is what has been read and not yet used."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.data = b""
        self.at_end = False

    def widen(self, size: int) -> None:
        """Read until ``data`` has this many bytes, or the stream ends."""
        parts = [self.data]
        have = len(self.data)
        while have < size and not self.at_end:
            block = next(self._blocks, None)
            if block is None:
                self.at_end = True
            else:
                parts.append(block)
                have += len(block)
        if len(parts) > 1:
            self.data = b"".join(parts)

    def drop(self, count: int) -> None:
        """Forget the first bytes."""
        self.data = self.data[count:]
