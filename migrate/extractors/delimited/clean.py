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
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as arrow_csv

from migrate.errors import OurBug
from migrate.extractors.delimited.layout import Layout

Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_CR, _LF = 13, 10


@dataclass(frozen=True, slots=True)
class CleanPart:
    """The proven start of a window: ``end`` bytes, and the line of each of its records.

    ``lines`` are physical lines before each record, from 0; ``line_count`` are those of the
    whole part. ``stopped`` says that something broke the proof (not just the window's end).
    ``bare`` counts rows that end with LF alone, for files that mix line ends.
    """

    end: int
    lines: Positions
    line_count: int
    bare: int
    stopped: bool


NOTHING = CleanPart(0, np.zeros(0, np.int64), 0, 0, True)


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
    free = _unescaped(a, layout)
    outside = free
    if layout.quote is not None and window.find(layout.quote) >= 0:
        inside, bad_quote = _quoted_regions(a, free, layout)
        limit = min(limit, bad_quote)
        outside = ~inside if free is None else free & ~inside
    delimiters = a == layout.delimiter
    structural = newline | delimiters
    if outside is not None:
        structural &= outside
        limit = min(limit, _first_row_like(all_newlines, outside, delimiters, layout.width))
    limit = min(limit, _first_stray_end(a, outside, newline, all_newlines, layout))
    return _rows(a, structural, newline, all_newlines, limit, layout)


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


def _first(mask: Mask) -> int:
    """The first position that holds, or the length."""
    at = int(mask.argmax()) if len(mask) else 0
    return at if len(mask) and mask[at] else len(mask)


def _shifted(mask: Mask) -> Mask:
    """Whether the byte before holds."""
    moved = np.empty_like(mask)
    moved[0] = False
    moved[1:] = mask[:-1]
    return moved


def _unescaped(a: npt.NDArray[np.uint8], layout: Layout) -> Mask | None:
    """Which bytes are not made literal by an escape before them; None: all."""
    if layout.escape is None:
        return None
    at = np.flatnonzero(a == layout.escape)
    if len(at) == 0:
        return None
    begins = np.flatnonzero(np.diff(at, prepend=-2) != 1)
    order = np.arange(len(at)) - np.repeat(begins, np.diff(begins, append=len(at)))
    literal = at[order % 2 == 0] + 1
    free = np.ones(len(a), bool)
    free[literal[literal < len(a)]] = False
    return free


def _quoted_regions(
    a: npt.NDArray[np.uint8], free: Mask | None, layout: Layout
) -> tuple[Mask, int]:
    """Which bytes lie inside quotes, and the first quote that is out of place."""
    quotes = a == layout.quote
    if free is not None:
        quotes &= free
    inside = np.cumsum(quotes, dtype=np.uint8) & 1 == 1
    at = np.flatnonzero(quotes)
    opening, closing = at[0::2], at[1::2]
    before = a[opening - 1]  # of a quote at 0 this reads the last byte; mended below
    good = (before == layout.delimiter) | (before == layout.newline) | (before == layout.quote)
    if free is not None:
        good &= free[opening - 1]
    good |= opening == 0
    after_at = closing + 1
    after = a[np.minimum(after_at, len(a) - 1)]
    fine = (after == layout.delimiter) | (after == layout.newline) | (after_at == len(a))
    fine |= after == layout.quote
    if layout.newline == _LF:
        following = a[np.minimum(after_at + 1, len(a) - 1)]
        fine |= (after == _CR) & (following == _LF)
    return inside, min(_position(opening, good, len(a)), _position(closing, fine, len(a)))


def _position(at: Positions, good: Mask, size: int) -> int:
    wrong = _first(~good)
    return int(at[wrong]) if wrong < len(at) else size


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
    return _position(at, ~like, size)


def _first_stray_end(
    a: npt.NDArray[np.uint8],
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
    return _first(stray)


def _rows(
    a: npt.NDArray[np.uint8],
    structural: Mask,
    newline: Mask,
    all_newlines: Mask,
    limit: int,
    layout: Layout,
) -> CleanPart:
    at = np.flatnonzero(structural)
    enders = np.flatnonzero(newline[at])
    wrong = np.diff(enders, prepend=-1) != layout.width
    ends = at[enders] + 1
    starts = np.append(0, ends[:-1])
    if layout.width == 1 and len(ends):
        first = a[np.minimum(starts, len(a) - 1)]
        wrong |= (first == layout.newline) | ((first == _CR) & (ends - starts == 2))
    count = min(_first(wrong), int(np.searchsorted(ends, limit, side="right")))
    stopped = count < len(ends)
    if count == 0:
        return CleanPart(0, starts[:0], 0, 0, stopped)
    end = int(ends[count - 1])
    line_ends = np.flatnonzero(all_newlines[:end])
    lines = np.searchsorted(line_ends, starts[:count])
    bare = 0
    if layout.line_end == "lf":
        last = ends[:count] - 2
        bare = int(((a[last] != _CR) | (last < 0)).sum())
    return CleanPart(end, lines, len(line_ends), bare, stopped)


def parse(part: bytes, rows: int, layout: Layout) -> list[Any]:
    """The columns of a clean part as Arrow string arrays; unquoted empty cells are NULL."""
    names = [str(number) for number in range(layout.width)]
    escape = False if layout.escape is None else chr(layout.escape)
    if layout.escape is not None:
        part = _without_escaped_nulls(part, layout)
    table = arrow_csv.read_csv(
        pa.BufferReader(part),
        read_options=arrow_csv.ReadOptions(
            use_threads=False, column_names=names, block_size=len(part) + 1
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=chr(layout.delimiter),
            quote_char=False if layout.quote is None else chr(layout.quote),
            double_quote=layout.quote is not None,
            escape_char=escape,
            newlines_in_values=layout.quote is not None or layout.escape is not None,
            ignore_empty_lines=False,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=["", *sorted(layout.null_tokens)],
        ),
    )
    if table.num_rows != rows:
        raise OurBug("EXT099", f"a clean part of {rows} rows was read as {table.num_rows}")
    return [column.combine_chunks() for column in table.columns]


def _without_escaped_nulls(part: bytes, layout: Layout) -> bytes:
    r"""Tokens such as ``\N`` that fill a whole cell, cut out: Arrow would unescape them first."""
    lead = chr(layout.escape or 0)
    for token in sorted(layout.null_tokens):
        if not token.startswith(lead) or len(token) != 2:
            continue
        a = np.frombuffer(part, np.uint8)
        hit = (a[:-1] == layout.escape) & (a[1:] == ord(token[1]))
        at = np.flatnonzero(hit)
        before = a[at - 1]
        after = a[np.minimum(at + 2, len(a) - 1)]
        whole = (at == 0) | (before == layout.delimiter) | (before == layout.newline)
        whole &= (after == layout.delimiter) | (after == _CR) | (after == layout.newline)
        at = at[whole]
        part = np.delete(a, np.concatenate([at, at + 1])).tobytes()
    return part
