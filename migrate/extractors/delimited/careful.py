"""The careful parser: one record at a time, and a verdict on every line it cannot read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from migrate.extractors.delimited.layout import Layout
from migrate.extractors.delimited.swallow import RowShapes

Kind = Literal["row", "blank", "more", "bad"]


@dataclass(frozen=True, slots=True)
class Record:
    """What stands at a position. ``more``: the record may go on behind the window.

    ``row`` has ``cells``; ``bad`` has a code. ``end`` is behind its line end. ``literal_quote``:
    a quote inside an unquoted cell was kept as text. ``torn``: the line is the head of a
    broken quoted cell, so the lines after it may be pieces of its text.
    """

    kind: Kind
    end: int = 0
    cells: tuple[str | None, ...] = ()
    code: str = ""
    literal_quote: bool = False
    torn: bool = False


_MORE = Record("more")


class CarefulParser:
    """Reads single records of one file by its layout. Holds no data, only patterns."""

    def __init__(self, layout: Layout, shapes: RowShapes, *, trust: bool, longest: int) -> None:
        self.layout = layout
        self._shapes = shapes
        self._trust = trust
        self._longest = longest
        delimiter = bytes([layout.delimiter])
        end = {"lf": rb"\r?\n", "crlf": rb"\r\n", "cr": rb"\r"}[layout.line_end]
        self._end = re.compile(end)
        slash = re.escape(bytes([layout.escape])) if layout.escape is not None else None
        self._plain = re.compile(_plain(re.escape(delimiter), end, slash), re.DOTALL)
        self._quote = None if layout.quote is None else bytes([layout.quote])
        if self._quote is not None:
            self._quoted = re.compile(_quoted(re.escape(self._quote), slash), re.DOTALL)
        self._delimiter = delimiter

    def read(self, buffer: bytes, at: int, at_end: bool, suspect: bool = False) -> Record:
        """The record at ``at``. ``at_end``: nothing follows the buffer.

        ``suspect``: the line may be a piece of a broken quoted cell, so it is believed only
        when its cells have the shapes of the table's columns.
        """
        line_end = self._end.search(buffer, at)
        if line_end is None and not at_end:
            return _MORE
        first_end = line_end.end() if line_end else len(buffer)
        if line_end is not None and line_end.start() == at:
            return Record("blank", first_end)
        found = self._fields(buffer, at, at_end)
        if isinstance(found, str):
            return self._broken(buffer, at, first_end, at_end, more=found == "open")
        cells, end, literal, terminated = found
        return self._judge(buffer, at, first_end, end, cells, literal, terminated, suspect)

    def header(self, buffer: bytes, at_end: bool) -> tuple[list[str], int] | None:
        """The names in the first record that is no blank line, and its end; None: need more.

        A first line whose quotes are out of order is split plainly: names are shown, not lost.
        """
        at = 0
        while (line_end := self._end.match(buffer, at)) is not None and line_end.end() > at:
            at = line_end.end()
        if at == len(buffer) and at_end:
            return [], at
        found = self._fields(buffer, at, at_end)
        if found == "open" and not at_end:
            return None
        if isinstance(found, str):
            line_end = self._end.search(buffer, at)
            start, end = line_end.span() if line_end else (len(buffer), len(buffer))
            names = buffer[at:start].split(self._delimiter)
            return [name.decode("utf-8", "replace") for name in names], end
        fields, end, _, _ = found
        return [self._name(content, quoted) for content, quoted in fields], end

    def _name(self, content: bytes, quoted: bool) -> str:
        try:
            return self._cell(content, quoted) or ""
        except UnicodeDecodeError:
            return content.decode("utf-8", "replace")

    def _fields(
        self, buffer: bytes, at: int, at_end: bool
    ) -> tuple[list[tuple[bytes, bool]], int, bool, bool] | Literal["open", "broken"]:
        """Fields with whether each was quoted, the record's end, and two notes about it."""
        fields: list[tuple[bytes, bool]] = []
        literal = False
        while True:
            quoted = self._quote is not None and buffer.startswith(self._quote, at)
            match = (self._quoted if quoted else self._plain).match(buffer, at)
            if match is None:
                return "open"
            end = match.end()
            if end == len(buffer) and not at_end:
                return "open"
            fields.append((match[0], quoted))
            if not quoted and self._quote is not None and self._quote in match[0]:
                literal = literal or self.layout.escape is None
            if buffer.startswith(self._delimiter, end):
                at = end + 1
                continue
            line_end = self._end.match(buffer, end)
            if line_end is not None:
                return fields, line_end.end(), literal, True
            if end == len(buffer):
                return fields, end, literal, False
            return "open" if not at_end and end + 1 >= len(buffer) else "broken"

    def _judge(
        self,
        buffer: bytes,
        at: int,
        first_end: int,
        end: int,
        fields: list[tuple[bytes, bool]],
        literal: bool,
        terminated: bool,
        suspect: bool,
    ) -> Record:
        if end > first_end and self._swallowed(buffer, first_end, end):
            return Record("bad", first_end, code="EXT011", torn=True)
        if b"\0" in buffer[at:end]:
            return Record("bad", end, code="EXT014")
        try:
            cells = tuple(self._cell(content, quoted) for content, quoted in fields)
        except UnicodeDecodeError:
            return Record("bad", end, code="EXT012")
        if suspect and not self._shapes.fits([cell or "" for cell in cells]):
            return Record("bad", first_end, code="EXT011")
        if len(cells) == self.layout.width:
            return Record("row", end, cells, literal_quote=literal)
        if not terminated and len(cells) < self.layout.width:
            return Record("bad", end, code="EXT013")
        return Record("bad", end, code="EXT011" if literal else "EXT010")

    def _broken(
        self, buffer: bytes, at: int, first_end: int, at_end: bool, *, more: bool
    ) -> Record:
        """A quote that never closes, or closes in the middle of a field."""
        rest = len(buffer) - at
        if more and not at_end and rest < self._longest:
            if not self._swallowed(buffer, first_end, len(buffer), closed=False):
                return _MORE
        elif more and at_end and rest < self._longest:
            whole = not self._swallowed(buffer, first_end, len(buffer), closed=False)
            if whole and not buffer.endswith(bytes([self.layout.newline])):
                return Record("bad", len(buffer), code=_code(buffer[at:], "EXT013"))
            if whole:
                return Record("bad", len(buffer), code=_code(buffer[at:], "EXT011"))
        line = buffer[at:first_end]
        odd = self._quote is not None and line.count(self._quote) % 2 == 1
        return Record("bad", first_end, code=_code(line, "EXT011"), torn=odd or more)

    def _swallowed(self, buffer: bytes, start: int, end: int, *, closed: bool = True) -> bool:
        """Whether the lines from ``start`` to ``end`` read as rows of the table."""
        if self._trust or self._quote is None:
            return False
        lines: list[bytes] = []
        at = start
        while at < end and len(lines) < 400:
            line_end = self._end.search(buffer, at, end)
            if line_end is None:
                if closed:
                    lines.append(buffer[at:end])
                break
            lines.append(buffer[at : line_end.start()])
            at = line_end.end()
        text = [line.decode("utf-8", "replace") for line in lines]
        return self._shapes.swallowed(text, chr(self.layout.delimiter), closed=closed)

    def _cell(self, content: bytes, quoted: bool) -> str | None:
        if not quoted:
            text = content.decode()
            if not text or text in self.layout.null_tokens:
                return None
        else:
            text = content[1:-1].decode()
            if self._quote is not None and self._quote in content[1:-1]:
                quote = self._quote.decode()
                return self._unquoted(text, quote)
        if self.layout.escape is not None and chr(self.layout.escape) in text:
            return re.sub(re.escape(chr(self.layout.escape)) + "(.)", r"\1", text, flags=re.DOTALL)
        return text

    def _unquoted(self, text: str, quote: str) -> str:
        q = re.escape(quote)
        if self.layout.escape is None:
            return text.replace(quote * 2, quote)
        slash = re.escape(chr(self.layout.escape))
        return re.sub(f"{slash}(.)|{q}({q})", lambda m: m[1] or m[2], text, flags=re.DOTALL)


def _code(raw: bytes, otherwise: str) -> str:
    return "EXT014" if b"\0" in raw else otherwise


def _plain(delimiter: bytes, end: bytes, slash: bytes | None) -> bytes:
    """An unquoted field: up to the next delimiter or line end; an escaped byte is part of it."""
    stops = {rb"\r?\n": rb"\r\n", rb"\r\n": rb"\r", rb"\r": rb"\r"}[end]
    run = rb"[^%b%b%b]*+" % (delimiter, stops, slash or b"")
    also = [] if end == rb"\r" else [rb"\r(?!\n)"]
    if slash is not None:
        also.append(rb"%b(?s:.)" % slash)
    return rb"%b(?:(?:%b)%b)*+" % (run, b"|".join(also), run) if also else run


def _quoted(quote: bytes, slash: bytes | None) -> bytes:
    """A quoted field with both its quotes; doubled quotes inside."""
    if slash is None:
        return rb"%b[^%b]*+(?:%b%b[^%b]*+)*+%b" % (quote, quote, quote, quote, quote, quote)
    body = rb"[^%b%b]*+" % (quote, slash)
    return rb"%b%b(?:(?:%b.|%b%b)%b)*+%b" % (quote, body, slash, quote, quote, body, quote)
