"""A window on a stream of SQL text, with the number of the line it begins at."""

from __future__ import annotations

import codecs
from typing import IO

BLOCK = 1 << 20
_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", ""))


class Feed:
    """``buffer[at:]`` is what has not been read yet; ``line`` is the line of ``at``.

    UTF-16 is turned into UTF-8; a byte order mark is dropped. ``encoding`` says what it was.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.buffer = b""
        self.at = 0
        self.line = 1
        self.at_end = False
        self.encoding = "utf-8"
        self.bad_units = 0
        self._stream = stream
        self._decoder: codecs.IncrementalDecoder | None = None
        self._begin()

    def _begin(self) -> None:
        head = self._stream.read(BLOCK)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                self.encoding = encoding or "utf-8"
                head = head[len(mark) :]
                break
        else:
            self.encoding = _unmarked(head)
        if self.encoding != "utf-8":
            self._decoder = codecs.getincrementaldecoder(self.encoding)("surrogatepass")
        self.at_end = not head
        self.buffer = self._text(head)

    def _text(self, block: bytes) -> bytes:
        if self._decoder is None:
            return block
        return self._decoder.decode(block, not block).encode("utf-8", "surrogatepass")

    def widen(self, size: int) -> None:
        """Have at least ``size`` bytes after ``at``, or all there are."""
        if len(self.buffer) - self.at >= size or self.at_end:
            return
        blocks = [self.buffer[self.at :]]
        have = len(blocks[0])
        while have < size and not self.at_end:
            block = self._stream.read(BLOCK)
            self.at_end = not block
            blocks.append(self._text(block))
            have += len(blocks[-1])
        self.buffer, self.at = b"".join(blocks), 0

    @property
    def left(self) -> int:
        """Bytes in the window."""
        return len(self.buffer) - self.at

    def advance(self, end: int) -> None:
        """Move to an index of the buffer, counting lines."""
        self.line += self.buffer.count(b"\n", self.at, end)
        self.at = end


def _unmarked(head: bytes) -> str:
    """The encoding of a text without a mark: UTF-16 shows by its NULs."""
    sample = head[:2000]
    if len(sample) >= 4 and sample[1::2].count(0) > 0.4 * len(sample) / 2:
        return "utf-16-le"
    if len(sample) >= 4 and sample[0::2].count(0) > 0.4 * len(sample) / 2:
        return "utf-16-be"
    return "utf-8"
