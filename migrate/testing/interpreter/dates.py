"""Dates: formats, zones, what a text becomes at a date element ("Primitive elements")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_PARTS = {
    "Y": r"(?P<Y>[0-9]{4})",
    "m": r"(?P<m>[0-9]{1,2})",
    "d": r"(?P<d>[0-9]{1,2})",
    "H": r"(?P<H>[0-9]{1,2})",
    "I": r"(?P<I>[0-9]{1,2})",
    "M": r"(?P<M>[0-9]{2})",
    "S": r"(?P<S>[0-9]{2})",
    "f": r"(?P<f>[0-9]{1,9})",
    "p": r"(?P<p>[AaPp][Mm])",
    "z": r"(?P<z>Z|[-+][0-9]{2}:?[0-9]{2})",
    "Z": r"(?P<z>Z)",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A text that a format matched: its date part as FHIR writes it, and time and zone."""

    date: str
    time: str | None
    zone: str | None

    @property
    def full_date(self) -> bool:
        """Whether year, month and day are known."""
        return len(self.date) == 10


@cache
def _pattern(format_: str) -> re.Pattern[str]:
    written = ""
    for directive, plain in re.findall(r"%(.)|([^%])", format_, re.DOTALL):
        if directive:
            written += _PARTS[directive]
        elif plain == "Z" and "%z" not in format_ and "(?P<z>" not in written:
            written += _PARTS["Z"]
        else:
            written += re.escape(plain)
    return re.compile(written)


def _day(found: dict[str, str]) -> str | None:
    """The date part; None for a day that the calendar has not."""
    year, month, day = found.get("Y"), found.get("m"), found.get("d")
    if year is None or int(year) == 0:
        return None
    try:
        datetime(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    parts = [year] + [part.rjust(2, "0") for part in (month, day) if part is not None]
    return "-".join(parts)


def _hour(found: dict[str, str]) -> int | None:
    if "I" in found:
        hour = int(found["I"])
        if not 1 <= hour <= 12:
            return None
        late = found.get("p", "am").lower() == "pm"
        return hour % 12 + (12 if late else 0)
    hour = int(found["H"])
    return hour if hour < 24 else None


def _time(found: dict[str, str]) -> str | None:
    hour = _hour(found)
    minute, second = int(found.get("M", "0")), int(found.get("S", "0"))
    if hour is None or minute > 59 or second > 59:
        return None
    fraction = f".{found['f']}" if "f" in found else ""
    return f"{hour:02}:{minute:02}:{second:02}{fraction}"


def _zone(text: str) -> str | None:
    if text == "Z":
        return text
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59 or hours > 14 or (hours == 14 and minutes):
        return None
    return f"{text[0]}{hours:02}:{minutes:02}"


def read(text: str, format_: str) -> Moment | None:
    """The moment that a text is in a format; None where it does not match."""
    match = _pattern(format_).fullmatch(text)
    if match is None:
        return None
    found = {name: part for name, part in match.groupdict().items() if part is not None}
    date = _day(found)
    if date is None:
        return None
    if "H" not in found and "I" not in found:
        return Moment(date, None, None)
    time = _time(found)
    zone = _zone(found["z"]) if "z" in found else None
    if time is None or ("z" in found and zone is None):
        return None
    return Moment(date, time, zone)


def first_match(text: str, formats: tuple[str, ...]) -> Moment | None:
    """The moment by the first format that matches the whole text."""
    return next((found for f in formats if (found := read(text, f)) is not None), None)


def offset(moment: Moment, zone: str) -> str:
    """The offset of a site's zone at a local time: the earlier of two in the autumn, the one
    before the change for a time that the spring skips; before 1900 and after 2100 that of the
    same day in the nearest of these years."""
    year = min(max(int(moment.date[:4]), 1900), 2100)
    day = moment.date[5:]
    day = "02-28" if day == "02-29" and year in (1900, 2100) else day
    local = datetime.fromisoformat(f"{year}-{day}T{(moment.time or '')[:8]}")
    found = local.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = int(abs(found).total_seconds()) // 60
    sign = "-" if found < timedelta() else "+"
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"


def written(moment: Moment, fhir_type: str, zone: str | None) -> str | None:
    """The text at a date, dateTime or instant; None where it cannot be one."""
    if fhir_type == "date" or moment.time is None:
        return None if fhir_type == "instant" else moment.date
    if not moment.full_date:
        return None
    its_zone = moment.zone or (offset(moment, zone) if zone else None)
    return None if its_zone is None else f"{moment.date}T{moment.time}{its_zone}"


def instant(moment: Moment, zone: str | None) -> tuple[datetime, str]:
    """A moment with a time as what it can be compared by: seconds, then the fraction."""
    its_zone = (moment.zone or (offset(moment, zone) if zone else "Z")).replace("Z", "+00:00")
    time, _, fraction = (moment.time or "").partition(".")
    local = datetime.fromisoformat(f"{moment.date}T{time}{its_zone}")
    return local.astimezone(UTC), fraction.rstrip("0")
