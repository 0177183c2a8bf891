"""Where the quoted regions of a window lie, proven with numpy over its bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from migrate.extractors.delimited.layout import Layout

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_CR, _LF = 13, 10


@dataclass(frozen=True, slots=True)
class Regions:
    """``inside``: which bytes lie inside quotes. ``bad``: the first quote out of place, or the
    window's length. ``literal``: quotes that are text, because their field does not begin with
    one; they open nothing."""

    inside: Mask
    bad: int
    literal: Positions


def first(mask: Mask) -> int:
    """The first position that holds, or the length."""
    at = int(mask.argmax()) if len(mask) else 0
    return at if len(mask) and mask[at] else len(mask)


def position(at: Positions, good: Mask, size: int) -> int:
    """The first of the positions that is not good, or the size."""
    wrong = first(~good)
    return int(at[wrong]) if wrong < len(at) else size


def unescaped(a: Bytes, layout: Layout) -> Mask | None:
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


def regions(a: Bytes, window: bytes, free: Mask | None, layout: Layout) -> Regions:
    """The quoted regions of a window that begins outside quotes."""
    quotes = a == layout.quote
    if free is not None:
        quotes &= free
    at = np.flatnonzero(quotes)
    starts = _at_field_start(a, at, free, layout)
    ends = _at_field_end(a, at, layout)
    literal = at[:0]
    bad = _first_bad(at, starts, ends, len(a))
    if bad < len(a) and layout.escape is None:
        literal = _literal(window, at, starts, ends, bad, layout)
        quotes[literal] = False
        keep = quotes[at]
        at, starts, ends = at[keep], starts[keep], ends[keep]
        bad = _first_bad(at, starts, ends, len(a))
    inside = np.cumsum(quotes, dtype=np.uint8) & 1 == 1
    return Regions(inside, bad, literal)


def _at_field_start(a: Bytes, at: Positions, free: Mask | None, layout: Layout) -> Mask:
    before = a[at - 1]  # of a quote at 0 this reads the last byte; mended below
    good = (before == layout.delimiter) | (before == layout.newline)
    if free is not None:
        good &= free[at - 1]
    return np.asarray(good | (at == 0))


def _at_field_end(a: Bytes, at: Positions, layout: Layout) -> Mask:
    after = a[np.minimum(at + 1, len(a) - 1)]
    fine = (after == layout.delimiter) | (after == layout.newline) | (at + 1 == len(a))
    if layout.newline == _LF:
        following = a[np.minimum(at + 2, len(a) - 1)]
        fine |= (after == _CR) & (following == _LF)
    return np.asarray(fine)


def _first_bad(at: Positions, starts: Mask, ends: Mask, size: int) -> int:
    """Quotes open and close in turn; a closing one directly before an opening one is a pair."""
    gaps = np.diff(at)
    pair_before = np.append(False, gaps == 1)
    pair_after = np.append(gaps == 1, False)
    opening = position(at[0::2], (starts | pair_before)[0::2], size)
    closing = position(at[1::2], (ends | pair_after)[1::2], size)
    return min(opening, closing)


def _literal(
    window: bytes, at: Positions, starts: Mask, ends: Mask, bad: int, layout: Layout
) -> Positions:
    """Quotes inside unquoted fields, from the first bad one up to one that is truly broken."""
    delimiter, newline = bytes([layout.delimiter]), bytes([layout.newline])
    place = int(np.searchsorted(at, bad))
    place -= place % 2
    places, begins, finishes = at.tolist(), starts.tolist(), ends.tolist()
    found = []
    count = len(places)
    while place < count:
        here = places[place]
        if begins[place]:
            place += 1
            while place + 1 < count and places[place + 1] == places[place] + 1:
                place += 2
            if place >= count or not finishes[place]:
                break
            place += 1
            continue
        line = window.find(newline, here)
        line = line if line >= 0 else len(window)
        stop = window.find(delimiter, here, line)
        stop = stop if stop >= 0 else line
        while place < count and places[place] < stop:
            found.append(places[place])
            place += 1
    return np.array(found, np.int64)
