"""Cells: what a literal of a dump becomes as staged text.

Text stays as it is. Bytes of a column that the DDL declares binary become ``0x`` and upper-case
hexadecimal digits, bits a whole number; PostgreSQL's ``bytea`` stays as the dump writes it
(``\\x…``). A literal of bytes in a column of another type is read as text.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

ColumnKind = Literal["text", "binary", "bit"]
Cell = bytes | None

_BINARY = re.compile(r"(?i)\b(?:(?:tiny|medium|long)?blob|(?:var)?binary|image|rowversion)")
_SPATIAL = re.compile(
    r"(?i)^(?:geometry|point|linestring|polygon|multi\w+|geometrycollection|geomcollection)\b"
)
_MYSQL_ESCAPES = {b"0": b"\0", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"}
_MYSQL_ESCAPE = re.compile(rb"\\(.)|''", re.DOTALL)
_C_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))|''", re.DOTALL)
_C_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def column_kind(declared: str | None) -> ColumnKind:
    """How a column's bytes are staged, by its declared type."""
    if declared is None:
        return "text"
    if re.match(r"(?i)bit\b", declared):
        return "bit"
    return "binary" if _BINARY.search(declared) or _SPATIAL.match(declared) else "text"


def hex_text(raw: bytes) -> bytes:
    """Bytes as text.

    >>> hex_text(b"\\x00\\xff")
    b'0x00FF'
    """
    return b"0x" + raw.hex().upper().encode()


def mysql_string(body: bytes) -> bytes:
    """The value of a MySQL string, given what stands between its quotes."""
    if b"\\" not in body:
        return body.replace(b"''", b"'")
    return _MYSQL_ESCAPE.sub(_mysql_escape, body)


def _mysql_escape(match: re.Match[bytes]) -> bytes:
    char = match[1]
    if char is None:
        return b"'"
    if char in b"%_":
        return b"\\" + char
    return _MYSQL_ESCAPES.get(char, char)


def c_string(body: bytes) -> bytes:
    """The value of PostgreSQL's E'' string, and of a cell of COPY."""
    if b"\\" not in body and b"''" not in body:
        return body
    return _C_ESCAPE.sub(_c_escape, body)


def _c_escape(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return bytes([int(match[1], 8) & 255])
    if match[2] is not None:
        return bytes([int(match[2], 16)])
    if match[3] is None:
        return b"'"
    return _C_ESCAPES.get(match[3], match[3])


def copy_cell(raw: bytes) -> Cell:
    r"""The value of a cell of COPY's text format (``''`` stands for itself there)."""
    if raw == b"\\N":
        return None
    if b"\\" not in raw:
        return raw
    return b"'".join(c_string(part) for part in raw.split(b"'"))


def as_kind(raw: bytes, kind: ColumnKind) -> bytes:
    """A byte value in a column of this kind."""
    if kind == "binary":
        return hex_text(raw)
    if kind == "bit":
        return str(int.from_bytes(raw, "big")).encode()
    return raw


def tsql_binary(raw: bytes, type_name: str) -> bytes | None:
    """A date or time that SSMS wrote as its inner bytes; None where they are not that.

    ``datetime``: days since 1900 and 1/300 s, high byte first; ``smalldatetime``: days and
    minutes; ``date``, ``time``, ``datetime2``, ``datetimeoffset``: low byte first, a byte of
    precision before a time of day.
    """
    try:
        return _inner_date(raw, type_name.lower().split("(")[0].strip("[] "))
    except (OverflowError, ValueError, IndexError):
        return None


def _inner_date(raw: bytes, name: str) -> bytes | None:
    if name == "datetime" and len(raw) == 8:
        days = int.from_bytes(raw[:4], "big", signed=True)
        ms = (int.from_bytes(raw[4:], "big") * 10 + 1) // 3
        moment = dt.datetime(1900, 1, 1) + dt.timedelta(days, milliseconds=ms)
        return moment.isoformat(timespec="milliseconds").encode()
    if name == "smalldatetime" and len(raw) == 4:
        days, minutes = int.from_bytes(raw[:2], "big"), int.from_bytes(raw[2:], "big")
        return (dt.datetime(1900, 1, 1) + dt.timedelta(days, minutes=minutes)).isoformat().encode()
    if name == "date" and len(raw) in (3, 4):
        return _day(raw).encode()
    if name in ("time", "datetime2", "datetimeoffset") and len(raw) > 0 and raw[0] <= 7:
        return _scaled(raw, name)
    return None


def _day(raw: bytes) -> str:
    return (dt.date(1, 1, 1) + dt.timedelta(int.from_bytes(raw, "little"))).isoformat()


def _scaled(raw: bytes, name: str) -> bytes | None:
    scale = raw[0]
    size = 3 if scale <= 2 else 4 if scale <= 4 else 5
    rest = {"time": 0, "datetime2": 3, "datetimeoffset": 5}[name]
    if len(raw) != 1 + size + rest:
        return None
    ticks = int.from_bytes(raw[1 : 1 + size], "little")
    offset = int.from_bytes(raw[-2:], "little", signed=True) if rest == 5 else 0
    day = _day(raw[1 + size : 4 + size]) if rest else ""
    if offset:
        ticks += offset * 60 * 10**scale
        days, ticks = divmod(ticks, 86_400 * 10**scale)
        day = (dt.date.fromisoformat(day) + dt.timedelta(days)).isoformat()
    whole, part = divmod(ticks, 10**scale)
    clock = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    clock += f".{part:0{scale}}" if scale else ""
    zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    return (f"{day}T{clock}" if day else clock).encode() + (zone.encode() if rest == 5 else b"")
