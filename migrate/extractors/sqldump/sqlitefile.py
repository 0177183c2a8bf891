"""SQLite database files: opened read-only, and nothing in their schema is run.

Values are what SQLite holds, whatever type is declared: integers as digits, reals as the
shortest text that reads back as the same double (``86.8``; a ``.dump`` writes up to 20 digits),
text as it is, blobs as ``0x`` and hexadecimal digits. Views and triggers are never run, virtual
tables are listed and not opened, and nothing is written beside the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from migrate.core.issues import Issue
from migrate.core.ports import RowReject, Rows
from migrate.extractors.sqldump import ddl
from migrate.extractors.sqldump.cells import Cell, hex_text
from migrate.extractors.sqldump.problems import damaged, problem
from migrate.extractors.sqldump.tables import Catalogue, Sink

MAGIC = b"SQLite format 3\0"
_READ = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_PRAGMA,
        getattr(sqlite3, "SQLITE_RECURSIVE", 33),
    }
)
_MANY = 2_000


def database_events(
    path: Path, inside: str, catalogue: Catalogue
) -> Iterator[Rows | RowReject | Issue]:
    """The rows of all ordinary tables. Raises NeedsPerson (EXT021) for a damaged file."""
    journal = path.with_name(path.name + "-wal")
    if journal.is_file() and journal.stat().st_size:
        message = f"file '{inside}' has a journal (-wal) beside it whose changes are not read"
        yield problem("EXT034", message, file=inside)
    try:
        with closing(_open(path)) as base:
            yield from _tables(base, inside, catalogue)
    except sqlite3.DatabaseError as fault:
        raise damaged(inside, f"is a damaged database ({type(fault).__name__})") from None


def _open(path: Path) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    base = sqlite3.connect(address, uri=True, isolation_level=None)
    base.execute("PRAGMA trusted_schema = OFF")
    base.execute("PRAGMA cell_size_check = ON")
    base.execute("PRAGMA query_only = ON")
    base.text_factory = _Text
    base.set_authorizer(_allowed)
    return base


class _Text(bytes):
    """Text as its bytes, which may be no text at all; blobs come as plain bytes."""


def _allowed(action: int, first: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first == "table_info" else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _READ else sqlite3.SQLITE_DENY


def _tables(
    base: sqlite3.Connection, inside: str, catalogue: Catalogue
) -> Iterator[Rows | RowReject | Issue]:
    listed = base.execute(
        "SELECT name, sql, type FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY rowid"
    ).fetchall()
    found: list[tuple[str, ddl.TableText]] = []
    virtual = tuple(
        f"{raw.decode('utf-8', 'replace')}_" for raw, sql, _ in listed if _is_virtual(sql)
    )
    for raw_name, sql, kind in listed:
        name = raw_name.decode("utf-8", "replace")
        if kind == b"view" or name.startswith(("sqlite_", *virtual)):
            continue  # a virtual table keeps its index in tables named after it
        text = ddl.create_table(sql or b"")
        if text is None:
            yield problem(
                "EXT030",
                f"table {name} is virtual, or declared in a way that is not understood",
                file=inside,
            )
            continue
        found.append((name, text))
        catalogue.define((name,), text)
    for name, text in found:
        table = catalogue.find((name,))
        if table is not None and table.wanted:
            yield from _rows(base, name, text, Sink(table, inside, "utf-8"))


def _is_virtual(sql: bytes | None) -> bool:
    return (sql or b"")[:14].upper() == b"CREATE VIRTUAL"


def _rows(
    base: sqlite3.Connection, name: str, text: ddl.TableText, sink: Sink
) -> Iterator[Rows | RowReject]:
    columns = ", ".join(_quoted(column) for column in text.columns)
    cursor = base.execute(f"SELECT {columns} FROM main.{_quoted(name)}")
    number = 0
    while rows := cursor.fetchmany(_MANY):
        for row in rows:
            number += 1
            cells = [_cell(value) for value in row]
            yield from sink.add(cells, number, b"\t".join(cell or b"" for cell in cells))
    yield from sink.flush()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cell(value: object) -> Cell:
    match value:
        case None:
            return None
        case _Text():
            return bytes(value)
        case bytes():
            return hex_text(value)
        case float():
            return repr(value).encode()
        case _:
            return str(value).encode()
