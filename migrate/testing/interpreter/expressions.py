"""Scalar SQL of profiles, a value at a time, in a DuckDB of our own ("Leaves")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from migrate.core.profiles.ast import Sql
from migrate.testing.interpreter.conversion import is_number
from migrate.testing.interpreter.dates import read
from migrate.testing.interpreter.texts import WHITE, filled

Arguments = tuple[str | None, ...]
_AT_ONCE = 20_000


def _is_date(text: str, format_: str) -> bool:
    return read(text.strip(WHITE), format_) is not None


class Expressions:
    """Evaluates expressions, each text with the same arguments once."""

    def __init__(self) -> None:
        self._db = duckdb.connect(config={"threads": 1})
        text = "VARCHAR"
        self._db.create_function("is_number", is_number, [text], "BOOLEAN")
        self._db.create_function("is_date", _is_date, [text, text], "BOOLEAN")
        self._known: dict[tuple[str, str], dict[Arguments, Any]] = {}

    def text(self, sql: Sql, arguments: Arguments) -> str | None:
        """The result as text; white space only is no value."""
        found = self._value(sql, "VARCHAR", arguments)
        return filled(found)

    def holds(self, sql: Sql, arguments: Arguments) -> bool:
        """Whether a condition holds; NULL counts as false."""
        return self._value(sql, "BOOLEAN", arguments) is True

    def prepare(self, sql: Sql, kind: str, wanted: Iterable[Arguments]) -> None:
        """Evaluate many rows' arguments at once. Where one of them fails, none is kept, and
        the failure shows when its own row is asked for."""
        known = self._known.setdefault((sql.text, kind), {})
        new = [arguments for arguments in set(wanted) if arguments not in known]
        for start in range(0, len(new), _AT_ONCE):
            some = new[start : start + _AT_ONCE]
            try:
                known.update(zip(some, self._query(sql, kind, some), strict=True))
            except duckdb.Error:
                return

    def _value(self, sql: Sql, kind: str, arguments: Arguments) -> Any:
        known = self._known.setdefault((sql.text, kind), {})
        if arguments not in known:
            known[arguments] = self._query(sql, kind, [arguments])[0]
        return known[arguments]

    def _query(self, sql: Sql, kind: str, rows: list[Arguments]) -> list[Any]:
        columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(len(sql.columns))]
        names = [f"a{n}" for n in range(len(columns))]
        table = pa.table([*columns, pa.array(range(len(rows)))], [*names, "n"])
        expression = sql.text.format(*(f'"{name}"' for name in names))
        self._db.register("arguments", table)
        query = f"SELECT CAST(({expression}) AS {kind}) FROM arguments ORDER BY n"
        return [value for (value,) in self._db.execute(query).fetchall()]
