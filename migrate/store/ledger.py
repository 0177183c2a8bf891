"""Counts a run's rows: DuckDB over staged tables, fates and rejects, read-only.

Everything it returns is a small table of counts, sums of money by cell text, or row numbers;
no other cell leaves it. The connection can read the run's folder and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from migrate.core.compile.sqltext import literal, quoted
from migrate.core.model import Manifest
from migrate.core.profiles.ast import Profile, Sql
from migrate.core.profiles.usage import excluded_table
from migrate.core.reconcile.amounts import COMBINED, AmountCount
from migrate.core.reconcile.dated import DateColumn, date_reading, date_sql
from migrate.core.reconcile.sheet import FATES, FateLine, MonthLine, PatientBalance

SAMPLE = 5
_LINES = 5000
_BLANK = r"' \t\n\r'"


@dataclass(frozen=True, slots=True)
class CountedPart:
    """What a control total counts: rows, distinct values (``distinct``) or cells (``sum``)."""

    table: str
    where: Sql | None
    sum: str | None
    distinct: str | None
    by: tuple[Sql | tuple[str, str], ...]


class Ledger:
    """An open view on one run. Use as a context manager."""

    def __init__(self, folder: Path, manifest: Manifest, profile: Profile) -> None:
        self._folder = folder
        self._manifest = manifest
        self._profile = profile
        self._tables = {table.name: table for table in manifest.tables}
        self._db = duckdb.connect(config={"allow_unsigned_extensions": False})
        self._db.execute(f"set allowed_directories = [{literal(str(folder))}]")
        self._db.execute("set enable_external_access = false")
        self._db.execute("set lock_configuration = true")
        self._db.execute(
            "create macro is_number(x) as "
            r"coalesce(regexp_full_match(trim(x), '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)'), false)"
        )
        self._db.execute("create macro is_date(x, f) as try_strptime(x, f) is not null")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._db.close()

    # --- rows ------------------------------------------------------------------------------

    def fates(self) -> tuple[FateLine, ...]:
        """Rows of every table by fate and reason, unreadable and unaccounted rows among them.

        A row has the fate ``unaccounted`` when the mapping gave it none; ``doubled`` and
        ``stray`` count lines of the mapping that answer to no row of the export (0 when all is
        well) and come on top.
        """
        lines: list[FateLine] = []
        for table in self._manifest.tables:
            lines += self._unreadable(table.name)
            lines += self._table_fates(table.name)
        return tuple(lines)

    def _unreadable(self, table: str) -> list[FateLine]:
        path = self._folder / "rejects" / "extract" / f"{table}.parquet"
        if not path.is_file():
            return []
        found = self._all(
            f"select code, count(*), min(row, {SAMPLE}) from {_parquet(path)} group by 1 order by 1"
        )
        return [
            FateLine(table, "rejected", code or "", "", rows, "extract", tuple(sample))
            for code, rows, sample in found
        ]

    def _table_fates(self, table: str) -> list[FateLine]:
        if not self._has(table):
            return []
        found = self._all(
            f"select coalesce(_fate, 'unaccounted'), coalesce(_code, ''), coalesce(_reason, ''), "
            f"count(*), min(_row, {SAMPLE}) from {self._with_fates(table)} group by 1, 2, 3 "
            "order by 4 desc, 1, 2, 3"
        )
        lines = [
            FateLine(table, fate, code, reason, rows, "map", tuple(sample))
            for fate, code, reason, rows, sample in found
        ]
        ((doubled, stray),) = self._all(
            f"select count(*) filter (n > 1), count(*) filter (s._row is null) from (select row, "
            f"count(*) n from {self._fates(table)} group by row) f left join "
            f"(select _row from {self._staged(table)}) s on s._row = f.row"
        )
        lines += [FateLine(table, "doubled", "REC016", "", doubled)] if doubled else []
        lines += [FateLine(table, "stray", "REC016", "", stray)] if stray else []
        return lines

    def months(self, dates: Mapping[str, DateColumn]) -> tuple[MonthLine, ...]:
        """Rows of each dated table by month and fate; '' where the date is empty or unread."""
        lines: list[MonthLine] = []
        for table, date in dates.items():
            if not self._has(table) or date.column not in self._columns(table):
                continue
            sums = ", ".join(f"count(*) filter (_fate = '{fate}')" for fate in FATES)
            found = self._all(
                f"select coalesce({date_sql(date, '%Y-%m')}, ''), count(*), {sums} "
                f"from {self._with_fates(table)} group by 1 order by 1"
            )
            lines += [MonthLine(table, *line) for line in found]
        return tuple(lines)

    def balance(self) -> PatientBalance:
        """Patient by patient: rows in the export against rows with a fate."""
        owned = self._owned()
        if owned is None:
            return PatientBalance()
        ((patients, rows, ownerless, unbalanced, astray),) = self._all(
            f"{owned} select count(distinct p), count(p), "
            "count(*) filter (p is null and k is not null), "
            "count(distinct p) filter (_fate is null), "
            "count(*) filter (p is not null and _patient is not null and _patient <> p) from j"
        )
        return PatientBalance(patients, rows, ownerless, unbalanced, astray)

    def patients(self) -> list[tuple[Any, ...]]:
        """For each patient: resource id, rows in the export, then rows by fate (mapped, merged,
        excluded, rejected) and without one; in the order of ids, which give nothing away."""
        owned = self._owned()
        if owned is None:
            return []
        sums = ", ".join(
            f"count(*) filter (_fate {test})"
            for test in (*(f"= '{fate}'" for fate in FATES), "is null")
        )
        return self._all(
            f"{owned} select p, count(*), {sums} from j where p is not null group by 1 order by 1"
        )

    def _owned(self) -> str | None:
        """``with … j``: rows of tables with a patient column (k, _fate, _patient) beside the id of
        the patient that this key came across as (p); None without such tables."""
        owner = self._profile.patients
        key = self._profile.table(owner).key
        if not self._has(owner) or len(key) != 1:
            return None
        parts = [
            f"select {self.cell(table.name, table.patient)} k, _fate, _patient "
            f"from {self._with_fates(table.name)}"
            for table in self._profile.tables
            if table.patient
            and self._has(table.name)
            and table.patient in self._columns(table.name)
            and excluded_table(self._profile, table.name) is None
        ]
        owners = (
            f"select {self.cell(owner, key[0])} k, any_value(_patient) p from "
            f"{self._with_fates(owner)} where _patient is not null "
            "and _fate in ('mapped', 'merged') group by 1"
        )
        if not parts:
            return None
        return (
            f"with r as ({' union all '.join(parts)}), o as ({owners}), "
            "j as (select o.p, r.k, r._fate, r._patient from r left join o on r.k = o.k)"
        )

    # --- money and totals --------------------------------------------------------------------

    def amounts(self, table: str, column: str, where: Sql | None) -> list[AmountCount]:
        """Cells of a money column, equal texts with equal fate counted together."""
        if not self._has(table):
            return []
        found = self._all(
            f"select {self.cell(table, column)}, count(*), _fate, coalesce(_code, ''), "
            f"coalesce(_reason, '') from {self._money_rows(table, where)} "
            "group by all order by all"
        )
        return [AmountCount(*line) for line in found]

    def amounts_by(
        self, table: str, key: str, column: str, where: Sql | None
    ) -> Iterator[tuple[str, str | None, int]]:
        """(key, cell, rows) of a money column by another column, trimmed; keys are chart values."""
        if not self._has(table):
            return
        name = f"trim(coalesce({self.cell(table, key)}, ''))"
        self._db.execute(
            f"select {name}, {self.cell(table, column)}, count(*) "
            f"from {self._money_rows(table, where)} group by 1, 2 order by 1, 2"
        )
        while lines := self._db.fetchmany(_LINES):
            yield from lines

    def amounts_left(
        self, table: str, column: str, where: Sql | None
    ) -> Iterator[tuple[str, int, AmountCount]]:
        """The cells of rows that did not move, with the patient's key in the old system ('' where
        the table has no patient) and the first row's number. Both are chart values."""
        if not self._has(table):
            return
        owner = self._profile.table(table).patient
        account = f"coalesce({self.cell(table, owner)}, '')" if owner else "''"
        self._db.execute(
            f"select {account}, min(_row), {self.cell(table, column)}, count(*), _fate, "
            f"coalesce(_code, ''), coalesce(_reason, '') from {self._money_rows(table, where)} "
            f"where _fate is null or _fate in ('excluded', 'rejected', {literal(COMBINED)}) "
            "group by 1, 3, 5, 6, 7 order by 1, 2, 3"
        )
        while lines := self._db.fetchmany(_LINES):
            yield from ((account, row, AmountCount(*rest)) for account, row, *rest in lines)

    def _money_rows(self, table: str, where: Sql | None) -> str:
        """Rows with their fates; an equal row with the key of one that was mapped is COMBINED."""
        condition = f"coalesce(({self.sql(table, where)}), false)" if where else "true"
        keys = [self.cell(table, name) for name in self._profile.table(table).key]
        twice = "false"
        if keys:
            order = "(_fate = 'mapped') desc, (_fate = 'merged') desc, _row"
            turn = f"row_number() over (partition by {', '.join(keys)} order by {order})"
            twice = f"_fate = 'merged' and {turn} > 1"
        return (
            f"(select * from (select * replace (case when {twice} then {literal(COMBINED)} else "
            f"_fate end as _fate) from {self._with_fates(table)}) where {condition})"
        )

    def held_rows(self) -> Iterator[tuple[Any, ...]]:
        """Every row held back: table, row, file, place in it, patient's key in the old system,
        code, reason, stage. The key is a chart value."""
        for table in self._manifest.tables:
            path = self._folder / "rejects" / "extract" / f"{table.name}.parquet"
            if path.is_file():
                self._db.execute(
                    f"select row, file, \"at\", '', code, '' from {_parquet(path)} order by row"
                )
                yield from self._lines(table.name, "extract")
            if self._has(table.name):
                owner = self._profile.table(table.name).patient
                key = f"coalesce({self.cell(table.name, owner)}, '')" if owner else "''"
                self._db.execute(
                    f"select _row, _file, _at, {key}, coalesce(_code, ''), coalesce(_reason, '') "
                    f"from {self._with_fates(table.name)} where _fate = 'rejected' order by _row"
                )
                yield from self._lines(table.name, "map")

    def _lines(self, table: str, stage: str) -> Iterator[tuple[Any, ...]]:
        while lines := self._db.fetchmany(_LINES):
            yield from ((table, *line, stage) for line in lines)

    def count(self, part: CountedPart) -> dict[tuple[str, ...], list[tuple[str | None, int]]]:
        """A control's part: for each text of ``by``, (cell, rows); cell is None for counts."""
        if not self._has(part.table):
            return {}
        by = [self._by(part.table, how) for how in part.by]
        where = f"coalesce(({self.sql(part.table, part.where)}), false)" if part.where else "true"
        cell = self.cell(part.table, part.sum) if part.sum else "null"
        rows = "count(*)"
        if part.distinct:
            rows = f"count(distinct {self.cell(part.table, part.distinct)})"
        names = ", ".join(f"coalesce({text}, '')" for text in by)
        found = self._all(
            f"select [{names}]::varchar[], {cell}, {rows} from {self._staged(part.table)} "
            f"where {where} group by 1, 2 order by 1, 2"
        )
        result: dict[tuple[str, ...], list[tuple[str | None, int]]] = {}
        for texts, text, count in found:
            result.setdefault(tuple(texts), []).append((text, count))
        return result

    # --- SQL texts -----------------------------------------------------------------------------

    def cell(self, table: str, column: str) -> str:
        """A cell as the profile language sees it: normal form applied, empty is NULL."""
        name = quoted(column)
        if column not in self._columns(table):
            return "null::varchar"
        form = dict(self._profile.table(table).normal).get(column)
        text = f"case when trim({name}, e{_BLANK}) = '' then null else {name} end"
        if form == "trim":
            return f"nullif(trim({name}, e{_BLANK}), '')"
        if form == "integer":
            return f"regexp_replace({text}, '^([+-]?[0-9]+)\\.0*$', '\\1')"
        return text

    def sql(self, table: str, expression: Sql | None) -> str:
        """A checked expression over one table's row, as SQL text."""
        if expression is None:
            return "true"
        cells = [self.cell(table, column.name) for column in expression.columns]
        return expression.text.format(*(f"({cell})" for cell in cells))

    def _by(self, table: str, how: Sql | tuple[str, str]) -> str:
        if isinstance(how, Sql):
            return f"({self.sql(table, how)})::varchar"
        part, column = how
        date = date_reading(self._profile, table, column)
        shape = {"year_of": "%Y", "month_of": "%Y-%m", "date_of": "%Y-%m-%d"}[part]
        return date_sql(date, shape)

    def _has(self, table: str) -> bool:
        return (self._folder / "staged" / f"{table}.parquet").is_file() and table in self._tables

    def _columns(self, table: str) -> frozenset[str]:
        return frozenset(column.name for column in self._tables[table].columns)

    def _staged(self, table: str) -> str:
        return _parquet(self._folder / "staged" / f"{table}.parquet")

    def _fates(self, table: str) -> str:
        path = self._folder / "fates.parquet"
        return f"(select * from {_parquet(path)} where tbl = {literal(table)})"

    def _with_fates(self, table: str) -> str:
        """Staged rows with _fate, _code, _reason, _patient: names no staged column can have."""
        once = (
            "(select row, min(fate) _fate, min(code) _code, min(reason) _reason, "
            f"min(patient) _patient from {self._fates(table)} group by row)"
        )
        return (
            f"(select s.*, f._fate, f._code, f._reason, f._patient from {self._staged(table)} s "
            f"left join {once} f on f.row = s._row)"
        )

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        return self._db.execute(query).fetchall()


def _parquet(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"
