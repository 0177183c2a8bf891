"""The tuples of an INSERT: by the thousand where they are plain, one by one where not."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from migrate.core.issues import Issue
from migrate.core.ports import RowReject, Rows
from migrate.extractors.sqldump import fast
from migrate.extractors.sqldump.cells import Cell
from migrate.extractors.sqldump.dialect import Dialect
from migrate.extractors.sqldump.feed import Feed
from migrate.extractors.sqldump.problems import computed, problem
from migrate.extractors.sqldump.tables import Sink
from migrate.extractors.sqldump.values import Unread, is_computed, read_tuple

_WINDOW = 64 << 10
_WIDEST = 8 << 20
_LONGEST = 1 << 30
_WORTH_IT = 8 << 10  # shorter statements are read faster tuple by tuple
_RUN = 8  # so many statements of a row each are worth reading at once
_FOLLOW = re.compile(rb"\s*(?:(?P<more>,)\s*(?=\()|(?P<end>;))")
_IGNORED = re.compile(rb"\s*ON\s+CONFLICT[^;']*DO\s+NOTHING\s*;", re.IGNORECASE)
_SPACE = re.compile(rb"\s*")

Event = Rows | RowReject | Issue


class Inserts:
    """Reads tuples from the window; ``feed.at`` stands at the first one's bracket."""

    def __init__(self, feed: Feed, spoken: Dialect, path: str) -> None:
        self._feed, self._dialect, self._path = feed, spoken, path
        self._size = _WINDOW  # of the last statement: how far it is worth to look
        self._run_size, self._run_missed, self._run_skip = _WINDOW, 0, 0

    def width(self) -> int:
        """How many values the first tuple has; 0 where it cannot be read."""
        while True:
            try:
                return len(read_tuple(self._dialect, self._feed.buffer, self._feed.at, [])[0])
            except Unread:
                if self._complete():
                    return 0

    def rows(self, sink: Sink, places: list[int], opening: bytes) -> Iterator[Event]:
        """All rows of the statement, past its end. ``places``: the column of each value.

        ``opening`` is the statement's text before its first tuple: where statements of a row
        each follow that begin alike, their rows come with it.
        Raises NeedsPerson (EXT031) where a value is computed.
        """
        if (yield from self._run(sink, places, opening)):
            return
        yield from self._statement(sink, places)

    def _run(self, sink: Sink, places: list[int], opening: bytes) -> Generator[Event, None, bool]:
        """Many short statements at once; False, and nothing is read, where they are not plain."""
        if self._run_skip:
            self._run_skip -= 1
            return False
        again = self._again(opening)
        if not again:
            return False
        feed = self._feed
        feed.widen(self._run_size)
        data = feed.buffer[feed.at : feed.at + self._run_size]
        piece = fast.tuples(data, len(places), backslash=self._dialect.backslash, again=again)
        if piece is None or not piece.ended or len(piece.starts) < _RUN:
            self._run_missed = self._run_skip = min(2 * self._run_missed + 1, 4095)
            self._run_size = _WINDOW
            return False
        yield from self._many(sink, places, piece, data)
        self._run_missed, self._run_size = 0, min(2 * self._run_size, _WIDEST)
        return True

    def _again(self, opening: bytes) -> bytes:
        """What stands between the end of this statement and the tuple of one that begins alike."""
        if self._dialect.kind == "tsql" or b"'" in opening or b"\\" in opening:
            return b""
        buffer, at = self._feed.buffer, self._feed.at
        found = buffer.find(opening, at, at + _WORTH_IT)
        if found < 0:
            return b""
        between = buffer[buffer.rfind(b";", at, found) + 1 : found]
        return b"" if between.strip() else between + opening

    def _statement(self, sink: Sink, places: list[int]) -> Iterator[Event]:
        feed = self._feed
        size, patience, total = self._size, 1, 0
        more = True
        while more:
            piece = None
            if self._dialect.kind != "tsql" and size > _WORTH_IT:
                feed.widen(size)
                data = feed.buffer[feed.at : feed.at + size]
                piece = fast.tuples(data, len(places), backslash=self._dialect.backslash)
            if piece is not None:
                yield from self._many(sink, places, piece, data)
                total += piece.end
                more, patience = not piece.ended, 1
                size = min(max(2 * size, _WINDOW), _WIDEST)
                continue
            for _ in range(patience):
                before = feed.left
                more = yield from self._one(sink, places)
                total += max(before - feed.left, 0)
                if not more:
                    break
            patience = min(2 * patience, 4096)
            size = max(size, min(2 * total, _WIDEST))
        self._size = min(2 * total, _WIDEST)

    def _many(
        self, sink: Sink, places: list[int], piece: fast.Piece, data: bytes
    ) -> Iterator[Event]:
        feed = self._feed
        columns: list[Any] = [None] * len(sink.table.columns)
        for place, array in zip(places, piece.columns, strict=True):
            columns[place] = array
        line_ends = np.flatnonzero(np.frombuffer(data, np.uint8)[: piece.end] == 10)
        numbers = feed.line + np.searchsorted(line_ends, piece.starts)
        yield from sink.add_columns(
            columns, numbers, lambda row: data[piece.starts[row] : piece.stops[row]]
        )
        feed.advance(feed.at + piece.end)
        feed.widen(1)

    def _one(self, sink: Sink, places: list[int]) -> Generator[Event, None, bool]:
        """One tuple and what follows it; whether another one follows."""
        feed = self._feed
        feed.widen(_WINDOW)
        feed.advance(self._after_space())
        kinds = [sink.table.kinds[place] for place in places]
        while True:
            try:
                cells, end = read_tuple(self._dialect, feed.buffer, feed.at, kinds)
                break
            except Unread as fault:
                offset = fault.at - feed.at
                if self._complete():
                    yield from self._unread(sink, feed.at + offset)
                    return False
        raw = feed.buffer[feed.at : end]
        if len(cells) == len(places):
            row: list[Cell] = [None] * len(sink.table.columns)
            for place, cell in zip(places, cells, strict=True):
                row[place] = cell
            yield from sink.add(row, feed.line, raw)
        else:
            yield from sink.reject(feed.line, raw, "EXT010")
        feed.advance(end)
        return (yield from self._follow())

    def _after_space(self) -> int:
        match = _SPACE.match(self._feed.buffer, self._feed.at)
        assert match is not None
        return match.end()

    def _follow(self) -> Generator[Event, None, bool]:
        """What comes after a tuple: another one, or the end."""
        feed = self._feed
        feed.widen(_WINDOW)
        match = _FOLLOW.match(feed.buffer, feed.at) or _IGNORED.match(feed.buffer, feed.at)
        if match is not None:
            feed.advance(match.end())
            return match.lastgroup == "more"
        rest = feed.buffer[feed.at : feed.at + _WINDOW]
        if self._dialect.kind == "tsql" or not rest.strip():
            return False
        if re.match(rb"\s*ON\s+DUPLICATE", rest, re.IGNORECASE):
            raise computed(self._path, feed.line, "changes rows (ON DUPLICATE KEY UPDATE)")
        at = str(feed.line)
        message = f"file '{self._path}', line {at}: what follows the rows was not understood"
        yield problem("EXT030", message, file=self._path, at=at)
        self._complete()
        feed.advance(self._end())
        return False

    def _unread(self, sink: Sink, at: int) -> Iterator[Event]:
        """The rest of the statement is held back, unless it is a program's."""
        feed = self._feed
        if is_computed(feed.buffer, at):
            line = feed.line + feed.buffer.count(b"\n", feed.at, at)
            raise computed(self._path, line, "computes a value (a query or a function)")
        end = self._end()
        whole = self._dialect.end.match(feed.buffer, feed.at) is not None
        raw = feed.buffer[feed.at : end]
        yield from sink.reject(feed.line, raw, "EXT030" if whole else "EXT013")
        feed.advance(end)

    def _end(self) -> int:
        match = self._dialect.end.match(self._feed.buffer, self._feed.at)
        return len(self._feed.buffer) if match is None else match.end()

    def _complete(self) -> bool:
        """Whether the window holds the statement to its end; else the window has grown."""
        feed = self._feed
        if feed.at_end or self._dialect.end.match(feed.buffer, feed.at):
            return True
        feed.widen(max(4 * feed.left, _WINDOW))
        return feed.left > _LONGEST
