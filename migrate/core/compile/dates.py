"""Dates and date-times as SQL: a text in one of many formats becomes FHIR text or NULL.

Each format has two patterns: one of fixed width, whose parts stand at known offsets and which
nearly all texts have, and the loose one (``3/4/2019``). Offsets of a time zone come from a
macro that the engine defines from the zone's transitions (``zone_<n>(local)``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from migrate.core.compile.sqltext import literal

_FIXED = {
    "Y": ("([0-9]{4})", 4),
    "m": ("(0[1-9]|1[0-2])", 2),
    "d": ("(0[1-9]|[12][0-9]|3[01])", 2),
    "H": ("([01][0-9]|2[0-3])", 2),
    "I": ("(0[1-9]|1[0-2])", 2),
    "M": ("([0-5][0-9])", 2),
    "S": ("([0-5][0-9])", 2),
    "p": ("([AaPp][Mm])", 2),
}
_LOOSE = {
    "Y": "([0-9]{4})",
    "m": "(0?[1-9]|1[0-2])",
    "d": "(0?[1-9]|[12][0-9]|3[01])",
    "H": "([01]?[0-9]|2[0-3])",
    "I": "(0?[1-9]|1[0-2])",
    "M": "([0-5][0-9])",
    "S": "([0-5][0-9])",
    "f": "([0-9]{1,9})",
    "p": "([AaPp][Mm])",
    "z": "(Z|[+-](?:(?:0[0-9]|1[0-3]):?[0-5][0-9]|14:?00))",
}
#: Fewest and most characters of each directive.
_WIDTHS = {"Y": (4, 4), "M": (2, 2), "S": (2, 2), "p": (2, 2), "f": (1, 9), "z": (1, 6)}
_WIDTHS |= dict.fromkeys("mdHI", (1, 2))
_PIECE = re.compile("%(.)|([^%]+)")


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A format taken apart: its directives in order, both patterns, and where parts stand."""

    text: str
    directives: tuple[str, ...]
    loose: str
    fixed: str | None
    offsets: dict[str, tuple[int, int]]
    utc: bool

    @property
    def width(self) -> int:
        """Bytes of every text of the fixed pattern."""
        return self.most

    @property
    def most(self) -> int:
        """Bytes of the longest text in this format."""
        return self._plain + sum(_WIDTHS[d][1] for d in self.directives)

    @property
    def least(self) -> int:
        """Bytes of the shortest text in this format."""
        return self._plain + sum(_WIDTHS[d][0] for d in self.directives)

    @property
    def _plain(self) -> int:
        return sum(len(plain.encode()) for _, plain in _PIECE.findall(self.text))

    @property
    def timed(self) -> bool:
        """Whether it has a time of day."""
        return "H" in self.directives or "I" in self.directives


def parse_format(text: str) -> DateFormat:
    """Take a format apart. Raises ValueError for a directive that the language lacks."""
    directives: list[str] = []
    loose = fixed = ""
    offsets: dict[str, tuple[int, int]] = {}
    place: int | None = 1
    utc = False
    for directive, plain in _PIECE.findall(text):
        if plain:
            utc = utc or ("Z" in plain and "H" in directives)
            loose += re.escape(plain)
            fixed += re.escape(plain)
            place = None if place is None else place + len(plain)
            continue
        if directive not in _LOOSE:
            raise ValueError(f"no date directive '%{directive}'")
        directives.append(directive)
        loose += _LOOSE[directive]
        pattern, width = _FIXED.get(directive, ("", 0))
        if not width or place is None:
            place = None
            continue
        fixed += pattern
        offsets[directive] = (place, width)
        place += width
    return DateFormat(
        text, tuple(directives), loose, fixed if place is not None else None, offsets, utc
    )


def date_macro(name: str, text: str, *, whole: bool) -> str:
    """A CREATE MACRO of one format: FHIR text, or NULL where the text is not in it.

    ``whole``: with the time of day (dateTime, instant); else the date part only. A date-time
    that names no zone comes out without one; :func:`with_zone` adds it.
    """
    found = parse_format(text)
    branches = []
    if found.fixed is not None:
        parts = {d: f"substr(x, {at}, {width})" for d, (at, width) in found.offsets.items()}
        made = _as_written(found, whole) or _assembled(found, parts, whole=whole)
        made = f"CASE WHEN {_possible(parts)} THEN {made} END"
        test = f"strlen(x) = {found.width} AND regexp_full_match(x, {literal(found.fixed)})"
        branches.append(f"WHEN {test} THEN {made}")
    if found.fixed is None or any(d in found.directives for d in "mdHI"):
        names = ", ".join(literal(f"p{n}") for n, _ in enumerate(found.directives))
        parts = {d: _padded(d, f"s.p{n}") for n, d in enumerate(found.directives)}
        made = f"CASE WHEN {_possible(parts)} THEN {_assembled(found, parts, whole=whole)} END"
        branches.append(
            f"WHEN strlen(x) BETWEEN {found.least} AND {found.most} AND "
            f"regexp_full_match(x, {literal(found.loose)}) THEN list_transform("
            f"[regexp_extract(x, {literal('^' + found.loose + '$')}, [{names}])], "
            f"lambda s: {made})[1]"
        )
    return f"CREATE MACRO {name}(x) AS (CASE {' '.join(branches)} END)"


def with_zone(cell: str, zone: str | None) -> str:
    """SQL of FHIR text in which a date-time without a zone gets the one of ``zone(local)``."""
    whole = "NULL" if zone is None else f"{cell} || {zone}({cell})"
    fraction = "NULL" if zone is None else f"{cell} || {zone}(substr({cell}, 1, 19))"
    return (
        f"CASE WHEN strlen({cell}) = 19 THEN {whole} WHEN strlen({cell}) < 19 OR "
        f"ends_with({cell}, 'Z') OR {cell}[-6] IN ('+', '-') THEN {cell} ELSE {fraction} END"
    )


def needs_zone(text: str) -> bool:
    """Whether texts of this format have a time of day and no zone."""
    found = parse_format(text)
    return found.timed and not found.utc and "z" not in found.directives


def _padded(directive: str, part: str) -> str:
    return f"lpad({part}, 2, '0')" if directive in "mdHI" else part


def _as_written(found: DateFormat, whole: bool) -> str | None:
    """The text itself, or its beginning, where the format is FHIR's own."""
    if not found.text.startswith("%Y-%m-%d"):
        return None
    if not whole or found.text == "%Y-%m-%d":
        return "substr(x, 1, 10)" if len(found.text) > 8 else "x"
    return "x" if found.text in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ") else None


def _possible(parts: dict[str, str]) -> str:
    """SQL: there is such a year and such a day in the calendar."""
    checks = [f"{parts['Y']} > '0000'"]
    if all(d in parts for d in "Ymd"):
        date = f"{parts['Y']} || '-' || {parts['m']} || '-' || {parts['d']}"
        checks.append(f"({parts['d']} <= '28' OR try_cast({date} AS DATE) IS NOT NULL)")
    return " AND ".join(checks)


def _assembled(found: DateFormat, parts: dict[str, str], *, whole: bool) -> str:
    """SQL of the FHIR text made of the parts."""
    date = " || '-' || ".join(parts[d] for d in ("Y", "m", "d") if d in parts)
    if not whole or not found.timed:
        return date
    made = f"{date} || 'T' || {_time(parts)}" + (f" || '.' || {parts['f']}" if "f" in parts else "")
    if "z" in parts:
        mark = parts["z"]
        offset = f"left({mark}, 3) || ':' || right({mark}, 2)"
        return f"{made} || CASE WHEN {mark} = 'Z' THEN 'Z' ELSE {offset} END"
    return f"{made} || 'Z'" if found.utc else made


def _time(parts: dict[str, str]) -> str:
    """SQL of hh:mm:ss."""
    if "I" in parts:
        # 12 AM is midnight, 12 PM noon; %I without %p is taken as the morning's hour.
        late = f"upper({parts['p']}) = 'PM'" if "p" in parts else "false"
        hour = f"lpad(({parts['I']}::INTEGER % 12 + CASE WHEN {late} THEN 12 ELSE 0 END)::VARCHAR"
        hour += ", 2, '0')"
    else:
        hour = parts["H"]
    minute, second = parts.get("M", "'00'"), parts.get("S", "'00'")
    return f"{hour} || ':' || {minute} || ':' || {second}"
