"""The first look at a file, once over all of its bytes: digest, encoding, line ends, a sample.

What a reader must not guess half-way (is it UTF-8 to the end? how many lines are there?) is
known before the first row is read, and the later count of lines is held against this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from migrate.extractors.archive import ExportFile
from migrate.extractors.delimited.encoding import (
    EightBitEvidence,
    Transcoder,
    byte_order_mark,
    utf16_without_mark,
)

SAMPLE = 256 << 10
MAX_QUOTE_LINES = 2_000
_SOME_CONTROLS = 64
_LONGEST_SAMPLED_LINE = 8 << 10
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\v\f\r\x1a\x1c\x1d\x1e\x1f")


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over a text file found.

    ``head`` is the start of the file in inner bytes (see ``encoding``), cut anywhere;
    ``quote_lines`` are some lines of the whole file that hold a double quote, in inner bytes.
    ``lf``, ``cr`` and ``crlf`` count bytes (a CR LF counts in all three).
    """

    sha256: str
    size: int
    encoding: str
    mark: int
    lf: int
    cr: int
    crlf: int
    last: bytes
    head: bytes
    quote_lines: tuple[bytes, ...]

    def physical_lines(self, line_end: str) -> int:
        """Line ends of this kind in the file, plus a last line without one."""
        if self.size == self.mark:
            return 0
        count, end = {
            "lf": (self.lf, b"\n"),
            "cr": (self.cr, b"\r"),
            "crlf": (self.crlf, b"\r\n"),
        }[line_end]
        return count + (not self.last.endswith(end))


@dataclass(slots=True)
class _Counts:
    """Line ends and quote lines, counted block by block."""

    lf: int = 0
    cr: int = 0
    crlf: int = 0
    last: bytes = b""
    quote_lines: list[bytes] = field(default_factory=list)

    def feed(self, block: bytes) -> None:
        if not block:
            return
        self.lf += block.count(b"\n")
        if b"\r" in block:
            self.cr += block.count(b"\r")
            self.crlf += block.count(b"\r\n")
        if self.last.endswith(b"\r") and block.startswith(b"\n"):
            self.crlf += 1
        self.last = (self.last + block[-2:])[-2:]
        if len(self.quote_lines) < MAX_QUOTE_LINES and b'"' in block:
            self._sample_quotes(block)

    def _sample_quotes(self, block: bytes) -> None:
        at = block.find(b'"')
        while at >= 0 and len(self.quote_lines) < MAX_QUOTE_LINES:
            start, end = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at)
            if start == 0 or end < 0:  # cut by the block: not whole, so no evidence
                end = len(block) if end < 0 else end
            elif end - start < _LONGEST_SAMPLED_LINE:
                self.quote_lines.append(block[start:end].rstrip(b"\r"))
            at = block.find(b'"', end)


def looks_binary(head: bytes) -> bool:
    """Whether bytes are no text in any encoding read here: too many control characters.

    Real exports hold some (Epic puts 0F and 10 into addresses), and a damaged one some NULs.
    """
    if not head or byte_order_mark(head)[0] or utf16_without_mark(head):
        return False
    controls = len(head) - len(head.translate(None, _CONTROLS))
    share = 50 if b"\0" in head else 10
    return controls > max(_SOME_CONTROLS, len(head) // share)


def survey(file: ExportFile, head: bytes, declared: str | None) -> Survey:
    """Read a text file once. ``head`` is its raw start, ``declared`` its declared encoding."""
    marked, mark = byte_order_mark(head)
    if declared and marked and declared != marked and not declared.startswith("utf-16"):
        mark = 0  # the declaration wins; the mark's bytes are then data
        marked = None
    encoding = marked or declared or utf16_without_mark(head)
    evidence = EightBitEvidence() if encoding is None else None
    digest = hashlib.sha256(head[:mark])
    counts = _Counts()
    sample = bytearray()
    transcoder = Transcoder(encoding or "utf-8")

    def raw() -> Iterator[bytes]:
        for block in file.blocks(skip=mark):
            digest.update(block)
            if evidence is not None:
                evidence.feed(block)
            yield block

    for block in transcoder.inner(raw()):
        counts.feed(block)
        if len(sample) < SAMPLE:
            sample += block[: SAMPLE - len(sample)]
    quote_lines, start = counts.quote_lines, bytes(sample)
    if evidence is not None:
        evidence.feed(b"", final=True)
        encoding = evidence.verdict()
        again = Transcoder(encoding)
        start = b"".join(again.inner([start]))
        quote_lines = [b"".join(again.inner([line])) for line in quote_lines]
    return Survey(
        sha256=digest.hexdigest(),
        size=file.size,
        encoding=encoding or "utf-8",
        mark=mark,
        lf=counts.lf,
        cr=counts.cr,
        crlf=counts.crlf,
        last=counts.last,
        head=start,
        quote_lines=tuple(quote_lines),
    )
