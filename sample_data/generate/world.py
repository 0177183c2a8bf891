"""The export while it is being made: tables of text rows, files, and the answer key."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

SEED = "riverbend-2026-01-15"
FREEZE = date(2026, 1, 15)
FIRST_DAY = date(2016, 1, 4)

Row = dict[str, str]
T = TypeVar("T")


class Draw:
    """Random choices of one named stream, so that a change in one table leaves others alone.

    Only ``random()`` is used: its sequence for a text seed is fixed over Python versions.
    """

    def __init__(self, stream: str) -> None:
        self._random = random.Random(f"{SEED}/{stream}").random

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def whole(self, low: int, high: int) -> int:
        return low + int(self._random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._random() * len(choices))]

    def near(self, middle: float, spread: float) -> float:
        """Roughly normal: the mean of three uniform draws."""
        return middle + spread * (self._random() + self._random() + self._random() - 1.5) * 2

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.whole(0, max(0, (last - first).days)))


@dataclass(frozen=True)
class KeyLine:
    """One seeded defect: the row object itself, or the raw text of a line that is broken."""

    table: str
    row: Row
    key: str
    defect: str
    fate: str
    code: str
    note: str


@dataclass
class World:
    """Everything the practice's old system holds."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    key: list[KeyLine] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, row: Row) -> Row:
        self.tables.setdefault(table, []).append(row)
        return row

    def number(self, name: str, start: int = 1) -> str:
        """The next number of a series, as the old system gave them out."""
        value = self.counters.get(name, start)
        self.counters[name] = value + 1
        return str(value)

    def rows(self, table: str) -> list[Row]:
        return self.tables.get(table, [])


def us(day: date | None) -> str:
    """``03/09/2019``, as most screens of the old system show dates."""
    return day.strftime("%m/%d/%Y") if day else ""


def short(day: date | None) -> str:
    """``3/9/2019``, as its billing module writes them."""
    return f"{day.month}/{day.day}/{day.year}" if day else ""


def parse_us(text: str) -> date:
    month, day, year = text.split("/")
    return date(int(year), int(month), int(day))


def clock(minutes: int) -> str:
    """``09:15 AM`` of minutes after midnight."""
    hour, minute = divmod(minutes, 60)
    return f"{(hour + 11) % 12 + 1:02d}:{minute:02d} {'AM' if hour < 12 else 'PM'}"
