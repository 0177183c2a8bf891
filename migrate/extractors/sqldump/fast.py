"""Many rows at once: the tuples of an INSERT and the lines of a COPY, by arrays over the bytes.

Nothing is passed over: the marks outside strings must follow each other exactly as rows do, and
what stands between them must be one literal each. Where that does not hold, None is returned
and the careful reader reads the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]

_QUOTE, _OPEN, _COMMA, _CLOSE, _END = 1, 2, 3, 4, 5
_MARKS = np.zeros(256, np.uint8)
for _mark, _kind in ((39, _QUOTE), (40, _OPEN), (44, _COMMA), (41, _CLOSE), (59, _END)):
    _MARKS[_mark] = _kind
_LINES = np.zeros(256, np.uint8)
_LINES[9], _LINES[10] = 1, 2
_NUMBER = np.zeros(256, bool)
_NUMBER[list(b"0123456789+-.eE")] = True
_MYSQL = np.arange(256, dtype=np.uint8)
_COPY = np.arange(256, dtype=np.uint8)
for _char, _value in zip(b"0bnrtZ", b"\0\b\n\r\t\x1a", strict=True):
    _MYSQL[_char] = _value
for _char, _value in zip(b"bfnrtv", b"\b\f\n\r\t\v", strict=True):
    _COPY[_char] = _value
_CODES = np.zeros(256, bool)
_CODES[list(b"01234567x")] = True


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that were read: a binary array a column, where each row begins and stops.

    ``end``: where the piece ends, after what follows its last row; ``ended``: that was the
    statement's own end.
    """

    columns: list[Any]
    starts: Ints
    stops: Ints
    end: int
    ended: bool


def tuples(data: bytes, width: int, *, backslash: bool, again: bytes = b"") -> Piece | None:
    """The whole tuples at the beginning of ``data``; None where they are not plain ones.

    ``again``: what stands between a statement's end mark and the first tuple of the next one,
    where a row is a statement of its own; the piece then holds whole statements.
    """
    if width < 1:
        return None
    text = np.frombuffer(data, np.uint8)
    escapes, escaped = _escapes(text) if backslash else (_NONE, _NONE)
    marks = np.flatnonzero(_MARKS[text])
    if len(escaped):
        plain = np.ones(len(text) + 1, bool)
        plain[escaped] = False
        marks = marks[plain[marks]]
    kinds = _MARKS[text[marks]]
    is_quote = kinds == _QUOTE
    outside = ~is_quote & (np.cumsum(is_quote) % 2 == 0)
    rows_marks, rows_kinds, links = marks[outside], kinds[outside], _NONE
    if again:
        rows_marks, rows_kinds, links = _linked(text, rows_marks, rows_kinds, again)
    found = _grid(rows_marks, rows_kinds, width)
    if found is None:
        return None
    grid, ended = found
    if not _joined(data, text, grid, ended, links):
        return None
    starts, ends = (grid[:, :width] + 1).ravel(), grid[:, 1 : width + 1].ravel()
    end = int(grid[-1, -1]) + 1
    fields = _fields(text, starts, ends, marks[is_quote])
    if fields is None:
        return None
    starts, ends, null, doubled = fields
    dropped = escapes[escapes < end]
    if len(dropped):
        kept = np.isin(text[dropped + 1], (37, 95))
        dropped = dropped[~kept]
        text = text.copy()
        follow = escaped[escaped < end]
        text[follow] = _MYSQL[text[follow]]
    if len(doubled):
        dropped = np.sort(np.concatenate([dropped, doubled]))
    flat = _array(text[:end], starts, ends, null, dropped)
    return Piece(_by_column(flat, width), grid[:, 0], grid[:, width] + 1, end, ended)


def lines(data: bytes, width: int) -> Piece | None:
    """The rows of a piece of COPY text that ends with a line end; None where not plain."""
    if width < 1 or not data:
        return None
    text = np.frombuffer(data, np.uint8)
    piece = _separated(data, text, width)
    if piece is not None:
        return piece
    escapes, escaped = _escapes(text)
    marks = np.flatnonzero(_LINES[text])
    if len(escaped):
        codes = text[np.minimum(escaped, len(text) - 1)]
        if _CODES[codes].any() or (codes == 10).any() or (codes == 9).any():
            return None
    kinds = _LINES[text[marks]]
    if len(marks) % width or marks[-1] != len(text) - 1 or b"\r" in data:
        return None
    shape = kinds.reshape(-1, width)
    if not ((shape[:, :-1] == 1).all() and (shape[:, -1] == 2).all()):
        return None
    starts = np.concatenate([[0], marks[:-1] + 1])
    ends = marks
    null = (ends - starts == 2) & (text[starts] == 92)
    null &= text[np.minimum(starts + 1, len(text) - 1)] == 78
    if len(escapes):
        text = text.copy()
        text[escaped] = _COPY[text[escaped]]
    flat = _array(text, starts, np.where(null, starts, ends), null, escapes)
    return Piece(
        _by_column(flat, width), starts[::width], ends[width - 1 :: width] + 1, len(data), False
    )


def _separated(data: bytes, text: Bytes, width: int) -> Piece | None:
    """The same where no backslash stands but in ``\\N``: plain separated values."""
    escapes = np.flatnonzero(text == 92)
    if data[-1] != 10 or b"\r" in data or b"\0" in data:
        return None
    if len(escapes):
        edges = np.array([9, 10])
        before = np.where(escapes > 0, text[escapes - 1], 10)
        after = text[np.minimum(escapes + 2, len(text) - 1)]
        null = text[np.minimum(escapes + 1, len(text) - 1)] == 78
        if not (null & np.isin(before, edges) & np.isin(after, edges)).all():
            return None
    names = [str(number) for number in range(width)]
    try:
        table = pv.read_csv(
            pa.BufferReader(data),
            pv.ReadOptions(column_names=names, block_size=len(data) + 1),
            pv.ParseOptions(delimiter="\t", quote_char=False, ignore_empty_lines=False),
            pv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.binary()),
                null_values=["\\N"],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    stops = np.flatnonzero(text == 10) + 1
    if table.num_rows != len(stops):
        return None
    starts = np.concatenate([_ZERO, stops[:-1]])
    columns = [column.combine_chunks() for column in table.columns]
    return Piece(columns, starts, stops, len(data), False)


_ZERO: Ints = np.zeros(1, np.int64)
_NONE: Ints = np.zeros(0, np.int64)


def _escapes(text: Bytes) -> tuple[Ints, Ints]:
    """Where backslashes stand that escape, and what they escape."""
    found = np.flatnonzero(text == 92)
    if not len(found):
        return _NONE, _NONE
    begins = np.ones(len(found), bool)
    begins[1:] = np.diff(found) != 1
    order = np.arange(len(found))
    first = np.maximum.accumulate(np.where(begins, order, 0))
    escapes = found[(order - first) % 2 == 0]
    return escapes, escapes + 1


def _linked(text: Bytes, marks: Ints, kinds: Bytes, again: bytes) -> tuple[Ints, Bytes, Ints]:
    """The marks of rows that are a statement each, as if they were one statement's.

    Gives marks and kinds up to the last statement that ends in ``text``, end marks that the
    next statement follows made commas, and where these stand.
    """
    stops = marks[kinds == _END]
    size, word = len(again), np.frombuffer(again, np.uint8)
    inside = stops[stops + size < len(text)]
    same = (text[inside[:, None] + np.arange(1, size + 1)] == word).all(axis=1)
    links = inside if same.all() else inside[: int(np.argmin(same))]
    last = stops[min(len(links), len(stops) - 1)] if len(stops) else -1
    links = links[links < last]
    count = int(np.searchsorted(marks, last, "right"))
    marks, kinds = marks[:count], kinds[:count].copy()
    at = np.searchsorted(marks, links)
    kinds[at] = _COMMA
    between = np.searchsorted(marks, links + size, "right") - at - 1
    if len(between) and between[0]:
        kept = np.ones(len(marks), bool)
        kept[(at[:, None] + np.arange(1, between[0] + 1)).ravel()] = False
        marks, kinds = marks[kept], kinds[kept]
    return marks, kinds, links


def _grid(marks: Ints, kinds: Bytes, width: int) -> tuple[Ints, bool] | None:
    """The marks of whole rows, a line each: open, commas, close, what follows."""
    stops = np.flatnonzero(kinds == _END)
    ended = len(stops) > 0
    period = width + 2
    if ended:
        marks, kinds = marks[: stops[0] + 1], kinds[: stops[0] + 1].copy()
        kinds[-1] = _COMMA
        if len(marks) % period:
            return None
    rows = len(marks) // period
    if not rows:
        return None
    shape = kinds[: rows * period].reshape(rows, period)
    plain = (shape[:, 0] == _OPEN).all() and (shape[:, 1:width] == _COMMA).all()
    if not plain or not (shape[:, width] == _CLOSE).all() or not (shape[:, -1] == _COMMA).all():
        return None
    return marks[: rows * period].reshape(rows, period), ended


def _joined(data: bytes, text: Bytes, grid: Ints, ended: bool, links: Ints) -> bool:
    """Whether nothing but line ends and spaces stands between the tuples.

    ``links``: end marks behind which a known text leads to the next tuple.
    """
    if data[: int(grid[0, 0])].strip():
        return False
    tight = grid[:, -1] - grid[:, -2] == 1
    if not tight.all() and not (ended and tight[:-1].all()):
        return False
    if not tight.all() and data[int(grid[-1, -2]) + 1 : int(grid[-1, -1])].strip():
        return False
    after, opens = grid[:-1, -1] + 1, grid[1:, 0]
    gap = opens - after
    if len(links):
        gap = np.where(np.isin(after - 1, links), 0, gap)
    if (gap > 2).any():
        return False
    one, two = after[gap >= 1], after[gap == 2] + 1
    return bool(np.isin(text[one], (10, 13, 32)).all() and np.isin(text[two], (10, 32)).all())


def _fields(
    text: Bytes, starts: Ints, ends: Ints, quotes: Ints
) -> tuple[Ints, Ints, Any, Ints] | None:
    """Begin and end of each value's text, which are NULL, and quotes to drop; None if unplain."""
    starts = starts + (text[starts] == 32)
    if (starts >= ends).any():
        return None
    prefixed = text[starts] == 95
    if prefixed.any():
        at = starts[prefixed]
        if (ends[prefixed] - at < 11).any():
            return None
        word = text[at[:, None] + np.arange(9)]
        if not (word == np.frombuffer(b"_binary '", np.uint8)).all():
            return None
        starts[prefixed] += 8
    quoted = text[starts] == 39
    if (text[ends[quoted] - 1] != 39).any() or (ends[quoted] - starts[quoted] < 2).any():
        return None
    null = _nulls(text, starts, ends)
    if not _numbers(text, starts[~quoted & ~null], ends[~quoted & ~null]):
        return None
    edge = np.zeros(len(text), bool)
    edge[starts[quoted]] = True
    edge[ends[quoted] - 1] = True
    inner = quotes[: np.searchsorted(quotes, ends[-1])]
    inner = inner[~edge[inner]]
    if len(inner) % 2 or (inner[1::2] - inner[::2] != 1).any():
        return None
    starts, ends = starts + quoted, np.where(null, starts, ends - quoted)
    return starts, ends, null, inner[::2]


def _nulls(text: Bytes, starts: Ints, ends: Ints) -> Any:
    null = (ends - starts == 4) & (text[starts] == 78)
    for offset, char in ((1, 85), (2, 76), (3, 76)):
        null &= text[np.minimum(starts + offset, len(text) - 1)] == char
    return null


def _numbers(text: Bytes, starts: Ints, ends: Ints) -> bool:
    """Whether all of these values are written with the signs of numbers alone."""
    if not len(starts):
        return True
    sizes = ends - starts
    before = np.cumsum(sizes) - sizes
    places = np.arange(int(sizes.sum())) + np.repeat(starts - before, sizes)
    return bool(_NUMBER[text[places]].all())


def _array(text: Bytes, starts: Ints, ends: Ints, null: Any, dropped: Ints) -> Any:
    """The bytes from starts to ends without the dropped ones, as one binary array."""
    change = np.zeros(len(text) + 1, np.int8)
    change[starts] += 1
    change[ends] -= 1
    keep = np.cumsum(change, dtype=np.int8)[:-1].astype(bool)
    sizes = ends - starts
    if len(dropped):
        keep[dropped] = False
        sizes = sizes - (np.searchsorted(dropped, ends) - np.searchsorted(dropped, starts))
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    content = text[keep]
    assert len(content) == offsets[-1], "a byte of a row was not accounted for"
    valid = np.packbits(~null, bitorder="little")
    buffers = [pa.py_buffer(valid), pa.py_buffer(offsets), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.binary(), len(sizes), buffers)


def _by_column(flat: Any, width: int) -> list[Any]:
    rows = len(flat) // width
    return [flat.take(pa.array(np.arange(rows) * width + column)) for column in range(width)]
