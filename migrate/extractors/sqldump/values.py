"""One tuple after the other, literal by literal: what the fast reader does not take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from migrate.extractors.sqldump.cells import (
    Cell,
    ColumnKind,
    as_kind,
    c_string,
    hex_text,
    mysql_string,
    tsql_binary,
)
from migrate.extractors.sqldump.dialect import Dialect

_CAST = re.compile(rb"\s*(?:CAST|CONVERT)\s*\(", re.IGNORECASE)
_TYPE = re.compile(rb"\s*AS\s+(?P<type>\[?\w+\]?(?:\s*\([\d,\s]*\))?)\s*\)", re.IGNORECASE)
_REPLACE = re.compile(rb"\s*(?P<word>replace|unistr)\s*\(", re.IGNORECASE)
_CHAR = re.compile(rb"\s*char\s*\(\s*(\d+)\s*\)\s*\)", re.IGNORECASE)
_NEXT = re.compile(rb"\s*([,)])")
_UNISTR = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-9a-fA-F]{4})|(\\))")
_COMPUTED = re.compile(
    rb"\s*(?:\(|@|:?[A-Za-z_][\w.$]*\s*[(]|SELECT\b|CASE\b|CURRENT_|LAST_|\w+\s*[+|*/-])",
    re.IGNORECASE,
)


class Unread(Exception):
    """No literal stands at ``at``, or the window ends inside it."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal's bytes and whether they were written as bits, bytes or text."""

    raw: bytes
    form: str


def read_tuple(
    d: Dialect, buffer: bytes, at: int, kinds: list[ColumnKind]
) -> tuple[list[Cell], int]:
    """The cells of the tuple whose bracket opens at ``at``, and the index after it.

    ``kinds`` are those of the values' columns; further values count as text.
    Raises Unread.
    """
    cells: list[Cell] = []
    at += 1
    match_value = d.value.match
    width = len(kinds)
    while True:
        kind: ColumnKind = kinds[len(cells)] if len(cells) < width else "text"
        match = match_value(buffer, at)
        if match is not None:
            cells.append(_cell(d, match, kind))
            at = match.end()
            last = buffer[at - 1] == 41
        else:
            literal, at = _called(d, buffer, at)
            cells.append(None if literal is None else _in_column(d, literal, kind))
            follow = _NEXT.match(buffer, at)
            if follow is None:
                raise Unread(at)
            at = follow.end()
            last = follow[1] == b")"
        if last:
            return cells, at


def is_computed(buffer: bytes, at: int) -> bool:
    """Whether what stands at ``at`` is an expression and no literal."""
    return _COMPUTED.match(buffer, at) is not None


def _cell(d: Dialect, match: re.Match[bytes], kind: ColumnKind) -> Cell:
    literal = _literal(d, match)
    return None if literal is None else _in_column(d, literal, kind)


def _literal(d: Dialect, match: re.Match[bytes]) -> Literal | None:
    group = match.lastgroup or ""
    raw: bytes = match[group]
    if group == "string":
        quote = raw.index(b"'")
        body, prefix = raw[quote + 1 : -1], raw[:quote].upper()
        if prefix == b"E":
            return Literal(c_string(body), "text")
        return Literal(mysql_string(body) if d.backslash else body.replace(b"''", b"'"), "text")
    if group == "hex":
        digits = raw[2:].rstrip(b"'").decode()
        return Literal(bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits), "bytes")
    if group == "bits":
        bits = raw[2:-1]
        if d.kind == "postgres":
            return Literal(bits, "text")
        return Literal(int(bits or b"0", 2).to_bytes((len(bits) + 7) // 8, "big"), "bytes")
    if group == "number":
        return Literal(raw, "number")
    return None if raw.upper() in (b"NULL", b"DEFAULT") else Literal(raw, "number")


def _in_column(d: Dialect, literal: Literal, kind: ColumnKind) -> bytes:
    if literal.form == "number":
        return literal.raw
    if d.kind == "mysql":
        return as_kind(literal.raw, kind)
    return hex_text(literal.raw) if literal.form == "bytes" else literal.raw


def _called(d: Dialect, buffer: bytes, at: int) -> tuple[Literal | None, int]:
    """A value that a dump tool writes as a call: CAST of T-SQL, replace and unistr of SQLite."""
    cast = _CAST.match(buffer, at) if d.kind == "tsql" else None
    if cast is not None:
        return _cast(d, buffer, cast.end())
    call = _REPLACE.match(buffer, at) if d.kind == "sqlite" else None
    if call is None:
        raise Unread(at)
    if call["word"].lower() == b"unistr":
        text, at = _inner(d, buffer, call.end())
        return Literal(
            _UNISTR.sub(_unistr, text.decode("utf-8", "surrogateescape")).encode(
                "utf-8", "surrogateescape"
            ),
            "text",
        ), at
    nested = _REPLACE.match(buffer, call.end())
    if nested is not None:
        inner, at = _called(d, buffer, call.end())
        follow = _NEXT.match(buffer, at)
        if inner is None or follow is None:
            raise Unread(at)
        text, at = inner.raw, follow.end()
    else:
        text, at = _inner(d, buffer, call.end())
    old, at = _inner(d, buffer, at)
    char = _CHAR.match(buffer, at)
    if char is None:
        raise Unread(at)
    return Literal(text.replace(old, chr(int(char[1])).encode()), "text"), char.end()


def _inner(d: Dialect, buffer: bytes, at: int) -> tuple[bytes, int]:
    match = d.value.match(buffer, at)
    literal = None if match is None else _literal(d, match)
    if match is None or literal is None:
        raise Unread(at)
    return literal.raw, match.end()


def _unistr(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    return "\\" if digits is None else chr(int(digits, 16))


def _cast(d: Dialect, buffer: bytes, at: int) -> tuple[Literal | None, int]:
    """``CAST(literal AS type)``: the literal; inner bytes of dates as a date."""
    end = _alone(d).match(buffer, at)
    if end is None:
        raise Unread(at)
    literal = _literal(d, end)
    kind = _TYPE.match(buffer, end.end())
    if kind is None:
        raise Unread(at)
    name = kind["type"].decode()
    if literal is not None and literal.form == "bytes" and "binary" not in name.lower():
        told = tsql_binary(literal.raw, name)
        if told is None:
            raise Unread(at)
        literal = Literal(told, "text")
    return literal, kind.end()


@cache
def _alone(d: Dialect) -> re.Pattern[bytes]:
    """A literal without what follows it in a tuple."""
    return re.compile(d.value.pattern.rsplit(rb"\s*[,)]", 1)[0], d.value.flags)
