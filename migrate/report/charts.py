"""Pictures as numbers: where the shapes of the page's SVG stand. The template only draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# Every fate has a pattern of its own, so that the pictures read in black and white.
PATTERNS: Mapping[str, str] = {
    "mapped": "solid",
    "merged": "stripes",
    "excluded": "dots",
    "rejected": "cross",
    "unaccounted": "open",
}
FLOW_WIDTH, FLOW_HEIGHT = 420.0, 300.0
YEARS_WIDTH, YEARS_HEIGHT = 760.0, 220.0
AGE_WIDTH, AGE_STEP = 520, 30
_BLOCK = 26.0
_GAP = 12.0
_THINNEST = 5.0
_AXIS = 26.0
_MARGIN = 14.0
_LAST_RESORT = 2100


@dataclass(frozen=True, slots=True)
class Band:
    """One stream of the flow: from the export's block on the left to its own on the right."""

    fate: str
    pattern: str
    rows: int
    path: str
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Flow:
    """The whole flow; ``left_height`` is the export's block."""

    width: float
    height: float
    block: float
    left_height: float
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One year: the outline is the export, the filled part came across or was combined."""

    year: str
    rows: int
    went: int
    x: float
    width: float
    y: float
    height: float
    went_y: float
    went_height: float


@dataclass(frozen=True, slots=True)
class AgeBar:
    """One bucket of the open balance: the outline is the old report, the filled part the export."""

    name: str
    y: float
    old: float
    export: float


@dataclass(frozen=True, slots=True)
class Years:
    """The bars, and how many dated rows lie outside the years that are drawn."""

    bars: tuple[Bar, ...]
    away: int


def flow(rows: Mapping[str, Any]) -> Flow:
    """Extracted rows streaming into their fates; thin streams are drawn wide enough to see."""
    counts = {fate: int(rows[fate]) for fate in PATTERNS if fate != "unaccounted"}
    counts["unaccounted"] = max(int(rows["residual"]), 0)
    shown = {fate: count for fate, count in counts.items() if count}
    room = FLOW_HEIGHT - _GAP * max(len(shown) - 1, 0)
    heights = _heights(shown, room)
    bands, left, right = [], 0.0, 0.0
    offset = (FLOW_HEIGHT - sum(heights.values())) / 2
    for fate, height in heights.items():
        x = FLOW_WIDTH - _BLOCK
        path = _stream(_BLOCK, offset + left, x, right, height)
        bands.append(Band(fate, PATTERNS[fate], shown[fate], path, x, right, height))
        left += height
        right += height + _GAP
    return Flow(FLOW_WIDTH, FLOW_HEIGHT, _BLOCK, left, tuple(bands))


def _heights(counts: Mapping[str, int], room: float) -> dict[str, float]:
    """Heights that share the room by count, none thinner than can be seen."""
    thin: set[str] = set()
    while True:  # what the thin ones take may make the next one thin
        rest = sum(count for fate, count in counts.items() if fate not in thin)
        spare = room - _THINNEST * len(thin)
        thinner = {f for f, n in counts.items() if f not in thin and spare * n / rest < _THINNEST}
        if not thinner:
            break
        thin |= thinner
    return {
        fate: _THINNEST if fate in thin else spare * count / rest for fate, count in counts.items()
    }


def _stream(x1: float, y1: float, x2: float, y2: float, height: float) -> str:
    middle = (x1 + x2) / 2
    return (
        f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        f"V{y2 + height:.1f}"
        f"C{middle:.1f} {y2 + height:.1f} {middle:.1f} {y1 + height:.1f} "
        f"{x1:.1f} {y1 + height:.1f}Z"
    )


def years(lines: Sequence[Mapping[str, Any]], exported: str) -> Years:
    """A bar a year without gaps, so that a missing year is seen: at most the thirty years before
    the export and two after it. ``exported`` is its instant, ISO 8601."""
    now = int(exported[:4]) if exported[:4].isdigit() else _LAST_RESORT
    by_year = {int(line["year"]): line for line in lines if line["year"].isdigit()}
    near = sorted(year for year in by_year if now - 29 <= year <= now + 2)
    drawn = range(near[0], near[-1] + 1) if near else range(0)
    away = sum(line["extracted"] for year, line in by_year.items() if year not in drawn)
    highest = max((by_year[year]["extracted"] for year in near), default=0)
    if not highest:
        return Years((), away)
    step = (YEARS_WIDTH - 2 * _MARGIN) / len(drawn)
    width = min(step * 0.7, 44.0)
    scale = (YEARS_HEIGHT - _AXIS - 16) / highest
    floor = YEARS_HEIGHT - _AXIS
    bars = []
    for n, year in enumerate(drawn):
        line = by_year.get(year, {"extracted": 0, "mapped": 0, "merged": 0})
        rows, went = line["extracted"], line["mapped"] + line["merged"]
        x = _MARGIN + n * step + (step - width) / 2
        height, inner = scale * rows, scale * went
        bars.append(
            Bar(str(year), rows, went, x, width, floor - height, height, floor - inner, inner)
        )
    return Years(tuple(bars), away)


def aged(aging: Mapping[str, Any] | None) -> tuple[AgeBar, ...]:
    """Two lengths a bucket of :func:`migrate.report.aging.aging`; a negative one is drawn as 0."""
    if aging is None:
        return ()
    pairs = [
        (max(Decimal(b["old_report"]), Decimal(0)), max(Decimal(b["export"] or 0), Decimal(0)))
        for b in aging["buckets"]
    ]
    most = max((max(pair) for pair in pairs), default=Decimal(0)) or Decimal(1)
    return tuple(
        AgeBar(
            bucket["name"],
            8 + n * AGE_STEP,
            float(AGE_WIDTH * old / most),
            float(AGE_WIDTH * new / most),
        )
        for n, (bucket, (old, new)) in enumerate(zip(aging["buckets"], pairs, strict=True))
    )


def share(part: int, whole: int, width: float) -> float:
    """The length of a bar of ``part`` out of ``whole``; at least a hair when there is any."""
    if not whole or not part:
        return 0.0
    return max(width * part / whole, 1.5)
