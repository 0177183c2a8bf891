"""The fast parser: proves that the start of a window is clean, and reads just that part.

Proof first, with numpy over the bytes: every quote opens a field or closes one, every row has
exactly the header's fields, every carriage return belongs to a line end, the bytes are valid
UTF-8, and no line inside quotes looks like a row. Only rows before the first byte that breaks
one of these are handed to Arrow's CSV reader, whose result is then the only one possible.
Everything else is the careful parser's (``careful``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from migrate.errors import OurBug
from migrate.extractors.delimited.layout import Layout
from migrate.extractors.delimited.quotes import (
    Bytes,
    Mask,
    Positions,
    first,
    position,
    regions,
    unescaped,
)

_CR, _LF = 13, 10


@dataclass(frozen=True, slots=True)
class CleanPart:
    """The proven start of a window: ``end`` bytes, and the line of each of its records.

    ``lines`` are physical lines before each record, from 0; ``line_count`` are those of the
    whole part. ``stopped`` says that something broke the proof (not just the window's end).
    ``bare`` counts rows that end with LF alone, for files that mix line ends, and
    ``literal_quotes`` rows that hold a quote inside an unquoted cell.
    """

    end: int
    lines: Positions
    line_count: int
    bare: int
    literal_quotes: int
    stopped: bool


_NONE = np.zeros(0, np.int64)
NOTHING = CleanPart(0, _NONE, 0, 0, 0, True)


def clean_part(window: bytes, layout: Layout) -> CleanPart:
    """The longest start of the window that is proven clean and ends with a line end."""
    a = np.frombuffer(window, np.uint8)
    if len(a) == 0:
        return NOTHING
    limit = min(_first_nul(window), _first_invalid(window))
    newline = a == layout.newline
    all_newlines = newline
    if layout.line_end == "crlf":
        all_newlines = newline & _shifted(a == _CR)
    free = unescaped(a, layout)
    outside = free
    literal = _NONE
    if layout.quote is not None and window.find(layout.quote) >= 0:
        quoted = regions(a, window, free, layout)
        limit = min(limit, quoted.bad)
        literal = quoted.literal
        outside = ~quoted.inside if free is None else free & ~quoted.inside
    delimiters = a == layout.delimiter
    structural = newline | delimiters
    if outside is not None:
        structural &= outside
    if outside is not None and layout.quote is not None:
        limit = min(limit, _first_row_like(all_newlines, outside, delimiters, layout.width))
    if layout.newline == _CR or b"\r" in window or layout.line_end == "crlf":
        limit = min(limit, _first_stray_end(a, outside, newline, all_newlines, layout))
    return _rows(a, structural, newline, all_newlines, limit, literal, layout)


def _first_nul(window: bytes) -> int:
    at = window.find(b"\0")
    return at if at >= 0 else len(window)


def _first_invalid(window: bytes) -> int:
    if window.isascii():
        return len(window)
    try:
        window.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start
    return len(window)


def _shifted(mask: Mask) -> Mask:
    """Whether the byte before holds."""
    moved = np.empty_like(mask)
    moved[0] = False
    moved[1:] = mask[:-1]
    return moved


def _first_row_like(newlines: Mask, outside: Mask, delimiters: Mask, width: int) -> int:
    """The first line end inside quotes after which a line has as many fields as a row."""
    size = len(newlines)
    if width == 1:
        return size
    at = np.flatnonzero(newlines)
    inner = ~outside[at]
    if not inner.any():
        return size
    before = np.searchsorted(np.flatnonzero(delimiters), np.append(at, size))
    like = inner & (np.diff(before) >= width - 1)
    return position(at, ~like, size)


def _first_stray_end(
    a: Bytes,
    outside: Mask | None,
    newline: Mask,
    all_newlines: Mask,
    layout: Layout,
) -> int:
    """The first byte outside quotes that Arrow takes for a line end and this dialect does not."""
    if layout.line_end == "cr":
        stray = a == _LF
    else:
        stray = a == _CR
        if stray.any():
            stray[:-1] &= ~newline[1:]
        stray |= newline & ~all_newlines
    if outside is not None:
        stray &= outside
    return first(stray)


def _rows(
    a: Bytes,
    structural: Mask,
    newline: Mask,
    all_newlines: Mask,
    limit: int,
    literal: Positions,
    layout: Layout,
) -> CleanPart:
    at = np.flatnonzero(structural)
    enders = np.flatnonzero(newline[at])
    wrong = np.diff(enders, prepend=-1) != layout.width
    ends = at[enders] + 1
    starts = np.append(0, ends[:-1])
    if layout.width == 1 and len(ends):
        head = a[np.minimum(starts, len(a) - 1)]
        wrong |= (head == layout.newline) | ((head == _CR) & (ends - starts == 2))
    count = min(first(wrong), int(np.searchsorted(ends, limit, side="right")))
    stopped = count < len(ends)
    if count == 0:
        return CleanPart(0, _NONE, 0, 0, 0, stopped)
    end = int(ends[count - 1])
    line_ends = np.flatnonzero(all_newlines[:end])
    lines = np.searchsorted(line_ends, starts[:count])
    bare = 0
    if layout.line_end == "lf":
        last = ends[:count] - 2
        bare = int(((a[last] != _CR) | (last < 0)).sum())
    stray = np.unique(np.searchsorted(ends, literal[literal < end], side="right"))
    return CleanPart(end, lines, len(line_ends), bare, len(stray), stopped)


def single_lines(sample: bytes, layout: Layout) -> list[bytes]:
    """The whole lines of a sample that begin and end outside quotes, without their ends.

    Behind a quote that is out of place all lines count, because nothing is known there.
    """
    a = np.frombuffer(sample, np.uint8)
    at = np.flatnonzero(a == layout.newline)
    inner = np.zeros(len(at), bool)
    if layout.quote is not None and len(a):
        found = regions(a, sample, unescaped(a, layout), layout)
        inner = found.inside[at] & (at < found.bad)
    starts = np.append(0, at[:-1] + 1)
    whole = ~inner & ~np.append(False, inner[:-1])
    chosen = zip(starts[whole].tolist(), at[whole].tolist(), strict=True)
    return [sample[start:end] for start, end in chosen]


def parse(part: bytes, rows: int, layout: Layout) -> list[Any]:
    """The columns of a clean part as Arrow string arrays; unquoted empty cells are NULL."""
    names = [str(number) for number in range(layout.width)]
    escape = None if layout.escape is None else chr(layout.escape)
    tokens = set(layout.null_tokens)
    if escape is not None:
        tokens = {token for token in tokens if not token.startswith(escape)}
        for token in sorted(layout.null_tokens - tokens):
            part = _without_cells(part, token.encode(), layout)
    table = arrow_csv.read_csv(
        pa.BufferReader(part),
        read_options=arrow_csv.ReadOptions(
            use_threads=False, column_names=names, block_size=len(part) + 1
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=chr(layout.delimiter),
            quote_char=False if layout.quote is None else chr(layout.quote),
            double_quote=layout.quote is not None,
            escape_char=escape or False,
            newlines_in_values=layout.quote is not None or layout.escape is not None,
            ignore_empty_lines=False,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=["", *sorted(tokens)],
        ),
    )
    if table.num_rows != rows:
        raise OurBug("EXT099", f"a clean part of {rows} rows was read as {table.num_rows}")
    return [column.combine_chunks() for column in table.columns]


def _without_cells(part: bytes, token: bytes, layout: Layout) -> bytes:
    r"""The part without the cells that are a token such as ``\N``: Arrow would unescape it."""
    a = np.frombuffer(part, np.uint8)
    last = len(a) - len(token)
    hit = np.ones(max(last, 0), bool)
    for place, byte in enumerate(token):
        hit &= a[place : place + len(hit)] == byte
    at = np.flatnonzero(hit)
    free = unescaped(a, layout)
    before = a[at - 1]
    whole = (before == layout.delimiter) | (before == layout.newline)
    if free is not None:
        whole &= free[at - 1]
    whole |= at == 0
    after = a[at + len(token)]
    whole &= (after == layout.delimiter) | (after == _CR) | (after == layout.newline)
    gone = np.ones(len(a), bool)
    for place in range(len(token)):
        gone[at[whole] + place] = False
    return a[gone].tobytes()
