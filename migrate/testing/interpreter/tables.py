"""Staged tables as the language sees them: normal forms, keys, equal and differing rows."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from migrate.core.model import ADDRESS_COLUMNS
from migrate.core.profiles.ast import Profile, TableRule
from migrate.core.profiles.usage import excluded_table
from migrate.testing.interpreter.conversion import normal_form, number_of
from migrate.testing.interpreter.texts import (
    SortKey,
    filled,
    last_if_none,
)

Row = Mapping[str, str | int | None]
Key = tuple[str | None, ...]


@dataclass(eq=False, slots=True)
class SourceRow:
    """One staged row: its table and number, cells after normal forms (None: no value), key."""

    table: str
    number: int
    cells: Mapping[str, str | None]
    key: Key

    def cell(self, name: str) -> str | None:
        """The cell of a column; None where it is empty."""
        return self.cells.get(name)


def sort_key(row: SourceRow, order: Sequence[str]) -> tuple[SortKey, SortKey, int]:
    """``order`` (text order, ``#column`` numeric, NULL last), then the key, then the row."""
    by: list[tuple[bool, object]] = []
    for name in order:
        cell = row.cell(name.removeprefix("#"))
        by.append(last_if_none(number_of(cell) if name.startswith("#") else cell))
    return tuple(by), tuple(last_if_none(part) for part in row.key), row.number


class Table:
    """A table's rows. ``clashing`` differ from another of their key (MAP013) and take part in
    nothing; ``equal`` repeat one that stands."""

    def __init__(self, name: str, rule: TableRule, rows: Sequence[Row], profile: Profile) -> None:
        self.name = name
        self.rule = rule
        self.rows = [_source_row(name, rule, row) for row in rows]
        self.standing: list[SourceRow] = []
        self.equal: dict[int, SourceRow] = {}
        self.clashing: dict[int, SourceRow] = {}
        self._numbered = {row.number: row for row in self.rows}
        self._indexes: dict[tuple[tuple[str, ...], str], dict[Key, list[SourceRow]]] = {}
        kept = _kept_columns(profile, name, rows)
        if not rule.key:
            self._give_keys(kept)
        elif excluded_table(profile, name) is None:
            self._judge_keys(kept)
        fallen = self.clashing.keys() | self.equal.keys()
        self.standing = [row for row in self.rows if row.number not in fallen]

    def find(
        self,
        columns: tuple[str, ...],
        values: Key,
        among: Literal["standing", "rows"] = "standing",
    ) -> list[SourceRow]:
        """The rows whose columns have these values; an empty value matches nothing."""
        if any(value is None for value in values):
            return []
        index = self._indexes.get((columns, among))
        if index is None:
            index = self._indexes[columns, among] = {}
            rows: list[SourceRow] = getattr(self, among)
            for row in rows:
                index.setdefault(tuple(row.cell(name) for name in columns), []).append(row)
        return index.get(values, [])

    def row(self, number: int) -> SourceRow:
        """The row of this number."""
        return self._numbered[number]

    def hold_back(self, keys: Container[str | None]) -> None:
        """Rows with these keys (of one column) take part in nothing."""
        self.standing = [row for row in self.standing if row.key[0] not in keys]

    def _judge_keys(self, columns: Sequence[str]) -> None:
        groups: dict[Key, list[SourceRow]] = {}
        for row in self.rows:
            groups.setdefault(row.key, []).append(row)
        for first, *others in groups.values():
            contents = {tuple(row.cell(name) for name in columns) for row in (first, *others)}
            if len(contents) > 1:
                self.clashing.update({row.number: row for row in (first, *others)})
            else:
                self.equal.update({row.number: first for row in others})

    def _give_keys(self, columns: Sequence[str]) -> None:
        seen: dict[Key, int] = {}
        for row in self.rows:
            cells = tuple(row.cell(name) for name in columns)
            seen[cells] = seen.get(cells, -1) + 1
            row.key = (*cells, str(seen[cells]))


def _source_row(table: str, rule: TableRule, row: Row) -> SourceRow:
    forms = dict(rule.normal)
    cells: dict[str, str | None] = {}
    for name, value in row.items():
        if name in ADDRESS_COLUMNS:
            continue
        text = None if value is None else str(value)
        cells[name] = filled(normal_form(forms[name], text) if name in forms else text)
    number = row["_row"]
    assert isinstance(number, int)
    return SourceRow(table, number, cells, tuple(cells.get(name) for name in rule.key))


def _kept_columns(profile: Profile, table: str, rows: Iterable[Row]) -> list[str]:
    """The columns that the profile does not exclude, in alphabetical order."""
    names = sorted({name for row in rows for name in row} - set(ADDRESS_COLUMNS))
    patterns = [pattern for pattern, _ in profile.excluded_columns]
    return [name for name in names if not any(fnmatchcase(f"{table}.{name}", p) for p in patterns)]


def load_tables(profile: Profile, staged: Mapping[str, Sequence[Row]]) -> dict[str, Table]:
    """All staged tables, their rows in the order of the export."""

    def number(row: Row) -> int:
        found = row["_row"]
        assert isinstance(found, int)
        return found

    by_number: Callable[[Row], int] = number
    return {
        name: Table(name, profile.table(name), sorted(rows, key=by_number), profile)
        for name, rows in sorted(staged.items())
    }
