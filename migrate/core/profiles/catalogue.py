"""What tables and columns the export has, for checking names; nothing is checked without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from migrate.core.model import ADDRESS_COLUMNS, SourceTable
from migrate.core.profiles.ast import Place
from migrate.core.profiles.problems import Problems, choice, nearest

EXPORT_FILES = "export_files"
EXPORT_FILES_COLUMNS = (
    "path",
    "name",
    "bytes",
    "sha256",
    "sha1_base64",
    "content_type",
    "base64",
)


class Catalogue:
    """Tables and columns by staged name. ``None`` tables: names are taken on trust."""

    def __init__(self, tables: Sequence[SourceTable] | None, problems: Problems) -> None:
        self._problems = problems
        self._optional: frozenset[str] = frozenset()
        self._may_lack: Mapping[str, frozenset[str]] = {}
        self._tables: dict[str, tuple[str, ...]] | None = None
        if tables is not None:
            self._tables = {t.name: tuple(c.name for c in t.columns) for t in tables}
            self._tables.setdefault(EXPORT_FILES, EXPORT_FILES_COLUMNS)

    def allow_missing(
        self, tables: Iterable[str], columns: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        """The export may be without these tables (``optional: true``) and these columns of
        a table (``may_lack``)."""
        self._optional = frozenset(tables)
        self._may_lack = columns or {}

    def names(self) -> Mapping[str, tuple[str, ...]] | None:
        """Columns by table, or None where no export was given."""
        return self._tables

    def columns(self, table: str) -> tuple[str, ...] | None:
        """A table's columns; None where they are not known."""
        if table == EXPORT_FILES:
            return EXPORT_FILES_COLUMNS
        return None if self._tables is None else self._tables.get(table)

    def check_table(self, table: str, place: Place) -> bool:
        """Whether the export has this table or may lack it; PRO020 otherwise."""
        if self._tables is None or table in self._tables or table in self._optional:
            return True
        self._problems.add(
            "PRO020",
            place,
            f"the export has no table '{table}'",
            choice(table, self._tables) + ", or 'optional: true' under 'tables'",
        )
        return False

    def check_column(self, table: str, column: str, place: Place) -> bool:
        """Whether the export's table has this column; PRO020 or PRO021 otherwise.

        A name that resembles a column of the table is taken for a slip (PRO020); one that
        resembles nothing, for a column that this export no longer has (PRO021).
        """
        known = self.columns(table)
        if known is None or column in known or column in self._may_lack.get(table, ()):
            return True
        near = nearest(column, known, cutoff=72.0)
        if near is None and column not in ADDRESS_COLUMNS:
            self._problems.add(
                "PRO021",
                place,
                f"table '{table}' of this export has no column '{column}'",
                "a column that it has, 'may_lack' under 'tables', or ask for the column "
                "(`ehr-migrate scan` lists them)",
            )
        else:
            write = f"'{near}'" if near else "a column of the export, not an address column"
            message = f"table '{table}' has no column '{column}'"
            self._problems.add("PRO020", place, message, write)
        return False

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The tables that a name with ``*`` means; the name itself without an export."""
        if self._tables is None or "*" not in pattern:
            return (pattern,)
        return tuple(sorted(t for t in self._tables if fnmatchcase(t, pattern)))
