"""Reads one delimited file: the fast parser where it can, the careful one where it must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from migrate.core.ports import RowReject, Rows
from migrate.errors import OurBug
from migrate.extractors.archive import ExportFile, told
from migrate.extractors.delimited.careful import CarefulParser, Record
from migrate.extractors.delimited.clean import CleanPart, clean_part, parse, single_lines
from migrate.extractors.delimited.dialect import Dialect
from migrate.extractors.delimited.encoding import Transcoder
from migrate.extractors.delimited.layout import Layout, layout_of
from migrate.extractors.delimited.survey import Survey
from migrate.extractors.delimited.swallow import learn_shapes
from migrate.extractors.delimited.window import Window

WIDEST = 2 << 20
NARROWEST = 16 << 10
LONGEST_RECORD = 64 << 20
_MOST_CAREFUL = 256
_WORTH_IT = 2 << 10  # a shorter clean part is read faster record by record


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What was decided about one file of a table before its rows are read."""

    file: ExportFile
    survey: Survey
    dialect: Dialect
    header: bool
    names: tuple[str, ...]
    null_tokens: tuple[str, ...] = ()
    trust_quotes: bool = False


@dataclass(slots=True)
class FileCount:
    """What became of the lines of one file; ``first`` is where each reject code was met first."""

    header_lines: int = 0
    blank_lines: int = 0
    record_lines: int = 0
    rows: int = 0
    bare: int = 0
    literal_quotes: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[int, str]] = field(default_factory=dict)


class FileReader:
    """Yields the rows and rejects of one file; ``count`` is complete when it is exhausted.

    ``first_row`` numbers its first record in the table; ``columns`` gives the table's columns,
    for each the position in this file or None.
    """

    def __init__(
        self, plan: FilePlan, table: str, columns: dict[str, int | None], first_row: int
    ) -> None:
        self.plan = plan
        self.table = table
        self.columns = columns
        self.row = first_row
        self.line = 1
        self.count = FileCount()
        self._transcoder = Transcoder(plan.survey.encoding)
        self._layout = layout_of(plan.dialect, len(plan.names), plan.null_tokens)
        self._parser = parser_of(plan, self._layout)
        self._held: list[tuple[int, int, tuple[str | None, ...]]] = []
        self._held_bytes = 0

    def events(self) -> Iterator[Rows | RowReject]:
        """The file's rows and rejects, in its order. Raises NeedsPerson for a damaged file."""
        blocks = self.plan.file.blocks(skip=self.plan.survey.mark)
        window = Window(self._transcoder.inner(blocks))
        self._skip_header(window)
        width, patience = WIDEST, 1
        while True:
            window.widen(width)
            if not window.left:
                break
            piece = window.buffer[window.at : window.at + width]
            part = clean_part(piece, self._layout)
            worth = part.end >= _WORTH_IT or not part.stopped
            if part.end and worth:
                yield from self._flush()
                yield self._clean(piece[: part.end], part)
                window.at += part.end
            if part.end and not part.stopped:
                width, patience = min(width * 4, WIDEST), 1
            elif window.left:
                yield from self._careful(window, patience)
                patience = 1 if part.end and worth else min(patience * 2, _MOST_CAREFUL)
                width = NARROWEST
        yield from self._flush()
        self._account()

    def _skip_header(self, window: Window) -> None:
        if not self.plan.header:
            return
        size = WIDEST
        while True:
            window.widen(size)
            found = self._parser.header(window.buffer, window.at_end)
            if found is not None:
                break
            size = window.left * 2
        window.at = found[1]
        lines = self._lines_in(window.buffer[: window.at], window)
        self.count.header_lines = lines
        self.line += lines

    def _lines_in(self, raw: bytes, window: Window) -> int:
        """Physical lines of the bytes before the window; the file's last may lack its end."""
        end = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r"}[self._layout.line_end]
        last = window.at_end and window.left == 0
        return raw.count(end) + (last and bool(raw) and not raw.endswith(end))

    def _clean(self, piece: bytes, part: CleanPart) -> Rows:
        rows = len(part.lines)
        arrays = parse(piece, rows, self._layout)
        numbers = pa.array(np.arange(self.row, self.row + rows, dtype=np.int64))
        lines = pa.array(part.lines + self.line)
        self.row += rows
        self.line += part.line_count
        self.count.rows += rows
        self.count.record_lines += part.line_count
        self.count.bare += part.bare
        self.count.literal_quotes += part.literal_quotes
        return self._batch(arrays, numbers, lines)

    def _careful(self, window: Window, records: int) -> Iterator[Rows | RowReject]:
        """Read some records one by one; the first of them always, however long it is."""
        done = 0
        suspect = False
        while (done < records or suspect) and window.left:
            start = window.at
            record = self._parser.read(window.buffer, start, window.at_end, suspect)
            if record.kind == "more":
                window.widen(max(2 * window.left, NARROWEST))
                continue
            raw = window.buffer[start : record.end]
            window.at = record.end
            done += 1
            if record.kind == "bad":
                suspect = suspect or record.torn
                yield self._reject(record, raw, window)
            else:
                suspect = suspect and record.kind == "blank"
                self._keep(record, raw, window)
            if self._held_bytes > WIDEST:
                yield from self._flush()
            window.widen(1)

    def _keep(self, record: Record, raw: bytes, window: Window) -> None:
        lines = self._lines_in(raw, window)
        if record.kind == "blank":
            self.count.blank_lines += lines
        else:
            self._held.append((self.row, self.line, record.cells))
            self._held_bytes += len(raw)
            self.row += 1
            self.count.rows += 1
            self.count.record_lines += lines
            self.count.literal_quotes += record.literal_quote
            if self._layout.line_end == "lf" and raw.endswith(b"\n"):
                self.count.bare += not raw.endswith(b"\r\n")
        self.line += lines

    def _reject(self, record: Record, raw: bytes, window: Window) -> RowReject:
        lines = self._lines_in(raw, window)
        reject = RowReject(
            table=self.table,
            row=self.row,
            file=self.plan.file.path,
            at=str(self.line),
            code=record.code,
            raw=self._transcoder.original(raw),
        )
        self.count.rejects[record.code] += 1
        self.count.first.setdefault(record.code, (self.row, reject.at))
        self.count.record_lines += lines
        self.row += 1
        self.line += lines
        return reject

    def _flush(self) -> Iterator[Rows]:
        if not self._held:
            return
        columns = list(zip(*(cells for _, _, cells in self._held), strict=True))
        arrays = [pa.array(column, pa.string()) for column in columns]
        numbers = pa.array([row for row, _, _ in self._held], pa.int64())
        lines = pa.array([line for _, line, _ in self._held], pa.int64())
        self._held, self._held_bytes = [], 0
        yield self._batch(arrays, numbers, lines)

    def _batch(self, arrays: list[Any], numbers: Any, lines: Any) -> Rows:
        count = len(numbers)
        data = [
            pa.nulls(count, pa.string()) if place is None else arrays[place]
            for place in self.columns.values()
        ]
        file = pa.repeat(pa.scalar(self.plan.file.path, pa.string()), count)
        batch = pa.RecordBatch.from_arrays(
            [*data, numbers, file, lines.cast(pa.string())],
            names=[*self.columns, "_row", "_file", "_at"],
        )
        return Rows(self.table, batch)

    def _account(self) -> None:
        """Every physical line is a record's, the header's or blank."""
        count = self.count
        found = count.header_lines + count.blank_lines + count.record_lines
        expected = self.plan.survey.physical_lines(self.plan.dialect.line_end)
        if found != expected:
            raise OurBug(
                "EXT099", f"{told(self.plan.file.path)}: {found} of {expected} lines accounted for"
            )


def parser_of(plan: FilePlan, layout: Layout) -> CarefulParser:
    """The careful parser of a file, with the row shapes of its sample."""
    lines = single_lines(plan.survey.head, layout)
    text = [line.removesuffix(b"\r").decode("utf-8", "replace") for line in lines]
    shapes = learn_shapes(text[int(plan.header) :], plan.dialect.delimiter, layout.width)
    return CarefulParser(layout, shapes, trust=plan.trust_quotes, longest=LONGEST_RECORD)
