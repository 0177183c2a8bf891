"""Exact text: how each database is asked for its values so that none changes on the way.

PostgreSQL and MariaDB give the text that their own dump tools write; SQLite gives what it
holds (integers as digits, reals as the shortest text that reads back the same, text as it is).
Bytes are ``0x`` and upper-case hexadecimal digits (PostgreSQL's ``bytea``: ``\\x…``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from sqlalchemy import Connection

from migrate.extractors.database.layout import Column, Table

Cell = str | bytes | None
_MYSQL_NUMBERS = re.compile(
    r"(?i)(?:(?:tiny|small|medium|big)?int|decimal|numeric|float|double|real|date|time|year)"
)


class StoredText(bytes):
    """Text as SQLite stores it, which may be no UTF-8 at all; blobs come as plain bytes."""


def select(connection: Connection, table: Table) -> str:
    """The statement that reads a table in the order of its key."""
    preparer = connection.dialect.identifier_preparer

    def quote(own: str) -> str:
        """As SQL writes a name; SQLAlchemy's own would double percent signs."""
        inner = own.replace(preparer.escape_quote, preparer.escape_quote * 2)
        return preparer.initial_quote + inner + preparer.final_quote

    name = connection.dialect.name
    form = _FORMS.get(name, _as_it_is)
    if name == "postgresql" and _holds_any_bytes(connection):
        form = _postgres_bytes
    columns = ", ".join(form(quote(column.name), column) for column in table.columns) or "1"
    place = (
        quote(table.name) if table.schema is None else f"{quote(table.schema)}.{quote(table.name)}"
    )
    only = "ONLY " if name == "postgresql" else ""  # partitions are tables of their own
    own = dict(zip(table.names, table.columns, strict=True))
    order = ", ".join(quote(own[key].name) for key in table.key)
    return f"SELECT {columns} FROM {only}{place}" + (f" ORDER BY {order}" if order else "")


def _holds_any_bytes(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SHOW server_encoding").scalar() == "SQL_ASCII")


def _postgres(quoted: str, _: Column) -> str:
    """``concat`` uses the type's own output, as COPY does; a cast to text would trim char(n)."""
    return f"CASE WHEN {quoted} IS DISTINCT FROM NULL THEN concat({quoted}) END"


def _postgres_bytes(quoted: str, column: Column) -> str:
    return f"textsend({_postgres(quoted, column)})"


def _mysql(quoted: str, column: Column) -> str:
    """Numbers and dates as the server's own text; text and bytes as they come."""
    declared = column.declared or ""
    if declared.startswith("bit"):
        return f"{quoted} + 0"
    return f"CAST({quoted} AS CHAR)" if _MYSQL_NUMBERS.match(declared) else quoted


def _as_it_is(quoted: str, _: Column) -> str:
    return quoted


_FORMS: dict[str, Callable[[str, Column], str]] = {
    "postgresql": _postgres,
    "mysql": _mysql,
    "mariadb": _mysql,
}


def hex_text(raw: bytes) -> str:
    """Bytes as text.

    >>> hex_text(b"\\x00\\xff")
    '0x00FF'
    """
    return "0x" + raw.hex().upper()


def cell(value: object) -> Cell:
    """A value as staged text; ``bytes`` where its text is no UTF-8, so that the row is held back.

    >>> cell(7), cell(86.8), cell(Decimal("1E+3")), cell(True)
    ('7', '86.8', '1000', 'true')
    """
    match value:
        case None | str():
            return value
        case StoredText():
            return _decoded(value)
        case bytes() | bytearray() | memoryview():
            return hex_text(bytes(value))
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)


def text_cell(value: object) -> Cell:
    """A value that the database was asked for as the bytes of its text."""
    return _decoded(value) if isinstance(value, bytes) else cell(value)


def _decoded(raw: bytes) -> Cell:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return bytes(raw)


def readers(connection: Connection, table: Table) -> Sequence[Callable[[object], Cell]]:
    """How each column's values become cells."""
    name = connection.dialect.name
    return [text_cell if name == "postgresql" else cell for _ in table.columns]
