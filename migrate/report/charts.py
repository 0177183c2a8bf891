"""Pictures as numbers: where the shapes of the page's SVG stand. The template only draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
_BLOCK = 26.0
_GAP = 12.0
_THINNEST = 5.0
_AXIS = 26.0


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
    total = sum(counts.values())
    thin = {f for f, count in counts.items() if total and room * count / total < _THINNEST}
    rest = sum(count for fate, count in counts.items() if fate not in thin)
    spare = room - _THINNEST * len(thin)
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


def years(lines: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    """A bar a year, the last forty at most."""
    lines = list(lines)[-40:]
    highest = max((line["extracted"] for line in lines), default=0)
    if not highest:
        return ()
    step = YEARS_WIDTH / len(lines)
    width = min(step * 0.7, 44.0)
    room = YEARS_HEIGHT - _AXIS - 16
    bars = []
    for n, line in enumerate(lines):
        went = line["mapped"] + line["merged"]
        height = room * line["extracted"] / highest
        inner = room * went / highest
        floor = YEARS_HEIGHT - _AXIS
        x = n * step + (step - width) / 2
        bars.append(
            Bar(
                line["year"],
                line["extracted"],
                went,
                x,
                width,
                floor - height,
                height,
                floor - inner,
                inner,
            )
        )
    return tuple(bars)


def share(part: int, whole: int, width: float) -> float:
    """The length of a bar of ``part`` out of ``whole``; at least a hair when there is any."""
    if not whole or not part:
        return 0.0
    return max(width * part / whole, 1.5)
