"""Writes dBase and FoxPro tables for tests, byte by byte, from the formats' descriptions."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

NULLABLE, SYSTEM = 2, 1


@dataclass(frozen=True)
class Field:
    """A field's descriptor."""

    name: str
    kind: str
    length: int
    places: int = 0
    marks: int = 0

    def packed(self) -> bytes:
        """Its 32 bytes."""
        low, high = self.length & 255, self.length >> 8 if self.kind == "C" else self.places
        name = self.name.encode("ascii").ljust(11, b"\0")
        return name + self.kind.encode() + bytes(4) + bytes([low, high, self.marks]) + bytes(13)


def table(
    fields: Sequence[Field],
    records: Sequence[bytes],
    *,
    version: int = 0x03,
    charset: int = 0x03,
    declared: int | None = None,
) -> bytes:
    """A table; a record is its deletion mark and its fields, already of their lengths."""
    foxpro = version in (0x30, 0x31, 0x32)
    head = 32 + 32 * len(fields) + 1 + (263 if foxpro else 0)
    size = 1 + sum(field.length for field in fields)
    count = len(records) if declared is None else declared
    begin = struct.pack("<BBBBLHH", version, 124, 2, 3, count, head, size)
    begin = begin.ljust(29, b"\0") + bytes([charset, 0, 0])
    body = b"".join(field.packed() for field in fields) + b"\r"
    return (begin + body).ljust(head, b"\0") + b"".join(records) + b"\x1a"


def memos_of_foxpro(texts: Sequence[bytes], kind: int = 1) -> bytes:
    """An .fpt of 64-byte blocks; the n-th text begins at block 8 + 2n (512 bytes of head first)."""
    made = struct.pack(">LHH", 0, 0, 64).ljust(512, b"\0")
    for text in texts:
        made += (struct.pack(">LL", kind, len(text)) + text).ljust(128, b"\0")
    return made


def memos_of_dbase4(texts: Sequence[bytes], block: int = 1024) -> bytes:
    """A .dbt of dBase IV; the n-th text (from 1) begins at block n."""
    made = (bytes(20) + struct.pack("<H", block)).ljust(block, b"\0")
    for text in texts:
        made += (b"\xff\xff\x08\x00" + struct.pack("<L", len(text) + 8) + text).ljust(block, b"\0")
    return made


def memos_of_dbase3(texts: Sequence[bytes]) -> bytes:
    """A .dbt of dBase III; each text takes a block of 512 and ends with two 1A."""
    return bytes(512) + b"".join((text + b"\x1a\x1a").ljust(512, b"\0") for text in texts)
