"""One connection in one read-only transaction, which sees the database at one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from migrate.core.issues import Issue, code
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.extractors.database.exact import StoredText
from migrate.extractors.database.layout import virtual_tables

_POSTGRES = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 3",
    "SET LOCAL row_security = off",  # rows that a policy hides are an error, not a gap
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
_MYSQL = (
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION sql_mode = ''",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION net_write_timeout = 3600",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
_SQLITE = ("PRAGMA query_only = ON", "PRAGMA trusted_schema = OFF", "BEGIN")
_WORDS = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite"}


def words(connection: Connection) -> str:
    """What kind of database it is, for people."""
    name = connection.dialect.name
    if getattr(connection.dialect, "is_mariadb", False):
        name = "mariadb"
    return f"{_WORDS.get(name, name)} database"


@contextmanager
def snapshot(url: URL) -> Iterator[Connection]:
    """A connection that reads one moment and writes nothing.

    Raises NeedsPerson (EXT050) where the database does not let us in, AskedWrongly (EXT001) for
    an SQLite file that is not there.
    """
    engine = _engine(url)
    try:
        try:
            connection = engine.connect()
        except (SQLAlchemyError, OSError, UnicodeError) as fault:
            raise _closed(url, fault) from None
        try:
            _begin(connection)
        except SQLAlchemyError as fault:
            connection.close()
            raise _closed(url, fault) from None
        try:
            yield connection
        finally:
            connection.close()
    finally:
        engine.dispose()


def _engine(url: URL) -> Engine:
    backend = url.get_backend_name()
    settings: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
    if backend == "sqlite":
        path = Path(url.database or "")
        if not path.is_file():
            raise AskedWrongly("EXT001", "there is no such SQLite file", try_="check the address")
        address = f"{path.absolute().as_uri()}?mode=ro"
        return create_engine(
            "sqlite://",
            creator=lambda: _sqlite(address),
            isolation_level="AUTOCOMMIT",
            **settings,
        )
    if backend in ("mysql", "mariadb"):
        settings["isolation_level"] = "AUTOCOMMIT"
        url = url.update_query_dict({"charset": url.query.get("charset", "utf8mb4")})
    try:
        engine = create_engine(url, **settings)
    except (SQLAlchemyError, ImportError) as fault:
        raise NeedsPerson(
            "EXT033",
            f"the driver of this database is not installed ({type(fault).__name__})",
            try_="pip install the driver that the address names",
        ) from None
    if backend == "postgresql":
        event.listen(engine, "connect", _utf8)
    return engine


def _sqlite(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, isolation_level=None)


def _utf8(base: Any, _: object) -> None:
    """Text comes as UTF-8 whatever the environment (PGCLIENTENCODING) says."""
    with base.cursor() as cursor:
        cursor.execute("SET client_encoding = 'UTF8'")
    base.commit()


def _begin(connection: Connection) -> None:
    name = connection.dialect.name
    statements = {"postgresql": _POSTGRES, "mysql": _MYSQL, "mariadb": _MYSQL, "sqlite": _SQLITE}
    for statement in statements.get(name, ()):
        connection.exec_driver_sql(statement)


def keep_text(connection: Connection) -> None:
    """From now on SQLite's text comes as its bytes, which may be no text at all."""
    base = connection.connection.dbapi_connection
    if isinstance(base, sqlite3.Connection):
        base.text_factory = StoredText


def doubts(connection: Connection) -> Iterator[Issue]:
    """Why what is read may not be of one moment: engines without transactions, other dialects."""
    name = connection.dialect.name
    if name in ("mysql", "mariadb"):
        count = connection.exec_driver_sql(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() "
            "AND table_type = 'BASE TABLE' AND engine NOT IN ('InnoDB', 'RocksDB', 'TokuDB')"
        ).scalar()
        if count:
            message = (
                f"tables whose engine knows no transactions: {count}; nobody may write to them"
            )
            yield Issue("EXT053", code("EXT053").severity, message)
    elif name == "sqlite":
        for table in virtual_tables(connection):
            message = f"table {table} is virtual; its rows are made by a program and are not read"
            yield Issue("EXT030", code("EXT030").severity, message)
    elif name != "postgresql":
        message = f"the toolkit knows of no snapshot for {name}; nobody may write to it"
        yield Issue("EXT053", code("EXT053").severity, message)


def _closed(url: URL, fault: Exception) -> NeedsPerson:
    inner = fault.orig if isinstance(fault, DBAPIError) else fault
    number = getattr(inner, "sqlstate", None) or next(
        (arg for arg in getattr(inner, "args", ()) if isinstance(arg, int)), None
    )
    told = f"{type(inner).__name__}{f' {number}' if number else ''}"
    return NeedsPerson(
        "EXT050",
        f"the {url.get_backend_name()} database does not let us in ({told})",
        kept="nothing of this export was staged",
        try_="check host, port, user and password, and that the account may read",
    )
