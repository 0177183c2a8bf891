"""Joins and lookups: at most one row of another table beside a row ("Joins")."""

from __future__ import annotations

from datetime import datetime

from migrate.core.profiles.ast import Join
from migrate.testing.interpreter import dates
from migrate.testing.interpreter.places import Place, Reader
from migrate.testing.interpreter.tables import SourceRow, Table, sort_key
from migrate.testing.interpreter.texts import WHITE

Comparable = tuple[str, tuple[datetime, str] | None]


class Joins:
    """Finds joined rows."""

    def __init__(self, tables: dict[str, Table], reader: Reader, zone: str | None) -> None:
        self._tables = tables
        self._reader = reader
        self._zone = zone

    def matching(self, join: Join, place: Place) -> list[SourceRow]:
        """The rows that match, the one to take first."""
        table = self._tables.get(join.table)
        if table is None:
            return []
        columns = tuple(column for column, _ in join.on)
        values = tuple(self._reader.text(leaf, place) for _, leaf in join.on)
        rows = [
            row
            for row in table.find(columns, values)
            if self._reader.holds(join.where, Place(row)) and self._in_force(join, row, place)
        ]
        return sorted(rows, key=lambda row: sort_key(row, join.order))

    def _in_force(self, join: Join, row: SourceRow, place: Place) -> bool:
        """from ≤ date < to; an empty or placeholder end is open."""
        if join.between is None:
            return True
        leaf, start, end = join.between
        date = self._moment(join, self._reader.text(leaf, place))
        if date is None:
            return False
        for name, later in ((start, True), (end, False)):
            text = row.cell(name)
            if text is None or text.strip(WHITE) in join.placeholders:
                continue
            limit = self._moment(join, text)
            if limit is None or self._before(date, limit) == later:
                return False
        return True

    def _moment(self, join: Join, text: str | None) -> dates.Moment | None:
        trimmed = (text or "").strip(WHITE)
        if not trimmed or trimmed in join.placeholders:
            return None
        return dates.first_match(trimmed, join.formats)

    def _before(self, one: dates.Moment, other: dates.Moment) -> bool:
        """Date-times by instant, a date against a date-time by its first ten characters."""
        if one.time is not None and other.time is not None and one.full_date and other.full_date:
            return dates.instant(one, self._zone) < dates.instant(other, self._zone)
        return one.date < other.date
