"""Data dictionaries: column names, and types, for files that have no header line.

A dictionary is a delimited file with a header of three columns by any of these names: table
(``table_name``, ``file``), column (``column_name``, ``field``), and optionally type
(``data_type``). Its lines give the columns of each table in order.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from migrate.core.model import column_name
from migrate.errors import AskedWrongly
from migrate.extractors.archive import ExportFile
from migrate.extractors.delimited.dialect import split_records
from migrate.extractors.delimited.encoding import Transcoder
from migrate.extractors.delimited.settings import FileSettings
from migrate.extractors.delimited.survey import survey

_TABLE = ("table", "table_name", "file", "file_name", "entity")
_COLUMN = ("column", "column_name", "field", "field_name")
_TYPE = ("type", "data_type", "datatype", "column_type")
_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Column names and declared types, by staged table name."""

    tables: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)

    def names(self, table: str) -> tuple[str, ...] | None:
        """The columns of a table by the dictionary, in order; None: it does not list it."""
        found = self.tables.get(table)
        return None if found is None else tuple(name for name, _ in found)

    def types(self, table: str) -> dict[str, str]:
        """Declared types by staged column name."""
        found = self.tables.get(table, [])
        return {column_name(name): kind for name, kind in found if kind}


def read_dictionary(file: ExportFile, settings: FileSettings) -> Dictionary:
    """Read a dictionary. Raises AskedWrongly (EXT026) where it lacks its columns."""
    if file.size > _LARGEST:
        raise _not_one(file, "is larger than any dictionary")
    head = next(file.blocks(), b"")
    found = survey(file, head, settings.encoding)
    inner = b"".join(Transcoder(found.encoding).inner(file.blocks(skip=found.mark)))
    text = inner.decode("utf-8", "replace")
    first_line = text.split("\n", 1)[0]
    delimiter = settings.delimiter or max(",\t|;", key=first_line.count)
    rows = list(split_records(text.replace("\r\n", "\n"), delimiter))
    header = [column_name(name) for name in rows[0]] if rows else []
    table, column, kind = (_place(header, names) for names in (_TABLE, _COLUMN, _TYPE))
    if table is None or column is None:
        raise _not_one(file, "has no columns 'table' and 'column'")
    dictionary = Dictionary()
    for row in rows[1:]:
        if len(row) > max(table, column) and row[table].strip():
            declared = row[kind].strip() if kind is not None and len(row) > kind else ""
            name = column_name(row[table].strip().rsplit("/", 1)[-1].removesuffix(".csv"))
            dictionary.tables.setdefault(name, []).append((row[column].strip(), declared or None))
    return dictionary


def _place(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _not_one(file: ExportFile, why: str) -> AskedWrongly:
    return AskedWrongly(
        "EXT026",
        f"the data dictionary '{file.path}' {why}",
        try_="write table,column[,type] as its first line, or correct [source.options] dictionary",
    )
