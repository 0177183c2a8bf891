"""Encodings of delimited files: which one a file has, and a reversible way to UTF-8.

Inside the reader a file is one stream of *inner bytes*: UTF-8, in which bytes that the file's
encoding does not know stay visible as invalid UTF-8. So one parser serves all encodings, a row
with such bytes is found by an ordinary UTF-8 check, and :meth:`Transcoder.original` gives its
bytes back exactly as the file has them.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ODD_BYTE = b"\xff"  # stands for half a UTF-16 unit at the end of a file; never valid UTF-8
_C1 = range(0x80, 0xA0)
_NOT_IN_CP1252 = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))


def known_encoding(name: str) -> str | None:
    """The name this module uses for a declared encoding, or None where it cannot read it.

    Readable are UTF-8, UTF-16 and every single-byte encoding that contains ASCII.
    """
    try:
        norm = codecs.lookup(name).name
    except LookupError:
        return None
    fixed = {
        "utf-8": "utf-8",
        "utf-8-sig": "utf-8",
        "ascii": "utf-8",
        "utf-16": "utf-16-le",
        "utf-16-le": "utf-16-le",
        "utf-16-be": "utf-16-be",
    }
    return fixed.get(norm) or (norm if _single_byte(norm) else None)


def _single_byte(name: str) -> bool:
    every = bytes(range(256))
    try:
        text = every.decode(name, "surrogateescape")
        back = text.encode(name, "surrogateescape")
    except (UnicodeError, LookupError, ValueError):
        return False
    return len(text) == 256 and text[:128] == every[:128].decode("ascii") and back == every


def byte_order_mark(head: bytes) -> tuple[str | None, int]:
    """The encoding that a byte order mark at the start of a file names, and its length."""
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, len(mark)
    return None, 0


def utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 text of mostly Western letters, known by the zero bytes in every other place."""
    sample = head[: len(head) // 2 * 2]
    if len(sample) < 8:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


@dataclass(slots=True)
class EightBitEvidence:
    """What the bytes above 127 of a file say about its encoding; fed block by block."""

    invalid: int = 0
    multi_byte: int = 0
    cp1252: int = 0
    undefined: int = 0
    _pending: bool = False
    _decoder: codecs.IncrementalDecoder | None = None

    def feed(self, block: bytes, final: bool = False) -> None:
        """Count valid and invalid UTF-8 sequences, and bytes 80..9F."""
        if block.isascii() and not self._pending and not final:
            return
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = self._decoder.decode(block, final)
        high = block.translate(None, bytes(range(128)))
        plain = len(block) - len(high)
        wrong = text.count("\ufffd") - block.count("\ufffd".encode())
        self.invalid += max(wrong, 0)
        self.multi_byte += max(len(text) - plain - max(wrong, 0), 0)
        if high:
            low = high.translate(None, bytes(range(0xA0, 256)))
            gone = low.translate(None, bytes(b for b in _C1 if b not in _NOT_IN_CP1252))
            self.undefined += len(gone)
            self.cp1252 += len(low) - len(gone)
        self._pending = bool(self._decoder.getstate()[0])

    def verdict(self) -> str:
        """``utf-8``, ``cp1252`` or ``latin-1``; some damaged bytes do not change UTF-8."""
        if self.invalid == 0 or self.multi_byte > self.invalid:
            return "utf-8"
        return "latin-1" if self.undefined > self.cp1252 else "cp1252"


class Transcoder:
    """Turns the raw blocks of one file into inner bytes, and rows of them back into raw bytes."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._wide = encoding.startswith("utf-16")
        self._odd = b""

    def inner(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The inner bytes of a file's raw blocks (without its byte order mark)."""
        if self.encoding == "utf-8":
            yield from blocks
        elif self._wide:
            yield from self._inner_wide(blocks)
        else:
            for block in blocks:
                if block.isascii():
                    yield block
                else:
                    text = block.decode(self.encoding, "surrogateescape")
                    yield text.encode("utf-8", "surrogatepass")

    def _inner_wide(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)("surrogatepass")
        for block in blocks:
            whole = self._odd + block
            cut = len(whole) // 2 * 2
            self._odd = whole[cut:]
            yield decoder.decode(whole[:cut]).encode("utf-8", "surrogatepass")
        yield decoder.decode(b"", True).encode("utf-8", "surrogatepass")
        if self._odd:
            yield _ODD_BYTE

    def original(self, inner: bytes) -> bytes:
        """The file's own bytes for these inner bytes."""
        if self.encoding == "utf-8":
            return inner
        tail = b""
        if self._wide and self._odd and inner.endswith(_ODD_BYTE):
            inner, tail = inner[:-1], self._odd
        errors = "surrogatepass" if self._wide else "surrogateescape"
        text = inner.decode("utf-8", "surrogatepass")
        return text.encode(self.encoding, errors) + tail
