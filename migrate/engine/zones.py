"""Time zones as SQL macros, from their transitions.

DuckDB's own zones live in an extension with tables of its own age; these come from Python's
``zoneinfo``, so that the interpreter and the engine agree on every hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1900, 2100
_NEVER = "~"


@lru_cache(maxsize=16)
def local_changes(zone: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """(offset before the first change, then (local time from which it holds, offset) pairs).

    Local times are ``YYYY-MM-DDTHH:MM:SS``. A change holds from the later of the two local
    times that the instant has: an hour that occurs twice keeps the earlier offset, an hour
    that is skipped the one before the change.
    """
    info = ZoneInfo(zone)
    day = timedelta(days=1)
    moment = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    end = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
    before = _offset(info, moment)
    first, changes = before, []
    while moment < end:
        after = _offset(info, moment + day)
        if after != before:
            at = _change(info, moment, moment + day, before)
            local = at.replace(tzinfo=None) + max(before, after)
            changes.append((local.isoformat(timespec="seconds"), _text(after)))
            before = after
        moment += day
    return _text(first), tuple(changes)


def zone_macro(name: str, zone: str) -> str:
    """A CREATE MACRO of the offset (``±hh:mm``) that a local time has in this zone.

    The year's changes are looked up by the year's number; before 1900 and after 2100 the
    nearest year's last and first offsets hold. Seconds of old local mean times are dropped.
    """
    first, changes = local_changes(zone)
    by_year: dict[int, list[tuple[str, str]]] = {}
    for local, offset in changes:
        by_year.setdefault(int(local[:4]), []).append((local[5:], offset))
    most = max([len(entries) for entries in by_year.values()], default=0)
    offsets: list[list[str]] = [[] for _ in range(most + 1)]
    starts: list[list[str]] = [[] for _ in range(most)]
    now = first
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        entries = by_year.get(year, [])
        offsets[0].append(now)
        for place in range(most):
            start, offset = entries[place] if place < len(entries) else (_NEVER, now)
            starts[place].append(start)
            offsets[place + 1].append(offset)
            now = offset
    index = (
        f"(greatest(least(substr(t, 1, 4)::INTEGER, {LAST_YEAR}), {FIRST_YEAR}) - {FIRST_YEAR - 1})"
    )
    branches = " ".join(
        f"WHEN substr(t, 6) >= {starts[n]}[{index}] THEN {offsets[n + 1]}[{index}]"
        for n in reversed(range(most))
    )
    default = f"{offsets[0]}[{index}]"
    body = f"CASE {branches} ELSE {default} END" if branches else default
    return f"CREATE MACRO {name}(t) AS ({body})"


def _offset(info: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(info).utcoffset() or timedelta()


def _change(info: ZoneInfo, low: datetime, high: datetime, before: timedelta) -> datetime:
    """The second at which the offset stops being ``before``."""
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if _offset(info, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _text(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign = "-" if seconds < 0 else "+"
    minutes = abs(seconds) // 60
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
