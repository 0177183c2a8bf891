"""The rows of PostgreSQL's COPY, in its text format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from migrate.core.ports import RowReject, Rows
from migrate.extractors.sqldump import fast
from migrate.extractors.sqldump.cells import Cell, copy_cell
from migrate.extractors.sqldump.feed import Feed
from migrate.extractors.sqldump.tables import Sink

_WINDOW = 4 << 20
_LINE = re.compile(rb"[^\\\n]*+(?:\\.[^\\\n]*+)*+\n", re.DOTALL)


def copy_rows(feed: Feed, sink: Sink, places: list[int]) -> Iterator[Rows | RowReject]:
    """The rows from the window's place on, and past their end mark ``\\.``.

    ``places``: the column of the table for each cell of a line.
    """
    while True:
        feed.widen(_WINDOW)
        end, mark = _end(feed)
        if end > feed.at:
            yield from _piece(feed, sink, places, end)
        if mark:
            feed.advance(min(feed.at + mark, len(feed.buffer)))
            return
        if feed.at_end and end == len(feed.buffer):
            return
        if end == feed.at:
            feed.widen(2 * feed.left)
            if feed.at_end and _end(feed)[0] == feed.at:
                yield from sink.reject(feed.line, feed.buffer[feed.at :], "EXT013")
                feed.advance(len(feed.buffer))
                return


def _end(feed: Feed) -> tuple[int, int]:
    """Where the rows in the window end, and the length of the end mark if it follows."""
    buffer, at = feed.buffer, feed.at
    for mark in (b"\\.\n", b"\\.\r\n", b"\\."):
        if buffer.startswith(mark, at) and (mark[-1:] == b"\n" or feed.left == 2):
            return at, len(mark)
    best = len(buffer) + 1, 0
    for mark in (b"\n\\.\n", b"\n\\.\r\n"):
        found = buffer.find(mark, at)
        if found >= 0 and found < best[0]:
            best = found + 1, len(mark) - 1
    if best[1]:
        return best
    if feed.at_end and buffer.endswith(b"\n\\."):
        return len(buffer) - 2, 2
    last = buffer.rfind(b"\n", at)
    while last > at and buffer[last - 1] == 92 and _escaped(buffer, last):
        last = buffer.rfind(b"\n", at, last)
    return (at, 0) if last < at else (last + 1, 0)


def _escaped(buffer: bytes, at: int) -> bool:
    """Whether an odd number of backslashes stands before an index."""
    start = at
    while start and buffer[start - 1] == 92:
        start -= 1
    return (at - start) % 2 == 1


def _piece(feed: Feed, sink: Sink, places: list[int], end: int) -> Iterator[Rows | RowReject]:
    data = feed.buffer[feed.at : end]
    piece = fast.lines(data, len(places))
    if piece is None:
        yield from _careful(feed, sink, places, end)
        return
    columns: list[Any] = [None] * len(sink.table.columns)
    for place, array in zip(places, piece.columns, strict=True):
        columns[place] = array
    numbers = np.arange(feed.line, feed.line + len(piece.starts))
    yield from sink.add_columns(
        columns, numbers, lambda row: data[piece.starts[row] : piece.stops[row]], verbatim=True
    )
    feed.advance(end)


def _careful(feed: Feed, sink: Sink, places: list[int], end: int) -> Iterator[Rows | RowReject]:
    """Line by line; a line with another number of cells is held back."""
    buffer = feed.buffer
    while feed.at < end:
        match = _LINE.match(buffer, feed.at, end)
        stop = end if match is None else match.end()
        raw = buffer[feed.at : stop]
        line = raw[:-2] if raw.endswith(b"\r\n") else raw.removesuffix(b"\n")
        cells = [copy_cell(cell) for cell in line.split(b"\t")] if line or places else []
        if len(cells) == len(places):
            row: list[Cell] = [None] * len(sink.table.columns)
            for place, cell in zip(places, cells, strict=True):
                row[place] = cell
            yield from sink.add(row, feed.line, raw)
        else:
            yield from sink.reject(feed.line, raw, "EXT010")
        feed.advance(stop)
