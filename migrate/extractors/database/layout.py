"""What a database says of its tables: columns, types, keys; and their staged names."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import sqltypes

from migrate.core.model import ForeignKey, SourceColumn, column_name, unique_names
from migrate.errors import AskedWrongly

_SYSTEM = frozenset(
    {"information_schema", "performance_schema", "mysql", "sys", "pg_catalog", "pg_toast"}
)
_LARGE = (sqltypes._Binary, sqltypes.Text, sqltypes.JSON, sqltypes.NullType)
_MYSQL_LARGE = ("blob", "mediumblob", "longblob", "mediumtext", "longtext", "json", "geometry")
_MYSQL_COLUMNS = """
    SELECT c.table_name, c.column_name, lower(c.data_type), c.column_type
    FROM information_schema.columns c JOIN information_schema.tables t
      ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = :schema AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
    ORDER BY c.table_name, c.ordinal_position"""
_MYSQL_KEYS = """
    SELECT table_name, constraint_name, column_name, referenced_table_name,
      referenced_column_name
    FROM information_schema.key_column_usage
    WHERE table_schema = :schema ORDER BY table_name, constraint_name, ordinal_position"""
Path = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its own name, and its type as the database writes it.

    ``large``: its cells may be megabytes.
    """

    name: str
    declared: str | None
    large: bool = False


@dataclass(slots=True)
class Table:
    """A table of the database. ``names`` are the columns' staged names, in their order."""

    schema: str | None
    name: str
    staged: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    links: list[ForeignKey] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def source_name(self) -> str:
        """The database's own name, with its schema where there is one."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"

    def source_columns(self, filled: Sequence[int]) -> tuple[SourceColumn, ...]:
        """The columns with the number of cells that hold something."""
        named = zip(self.columns, self.names, filled, strict=True)
        return tuple(SourceColumn(own, c.name, c.declared, n) for c, own, n in named)

    def staged_columns(self, own: Iterable[str]) -> tuple[str, ...]:
        """Staged names of these columns."""
        names = {c.name: staged for c, staged in zip(self.columns, self.names, strict=True)}
        return tuple(names[name] for name in own)


def tables(connection: Connection, schemas: Sequence[str]) -> list[Table]:
    """All tables of the schemas (of all but the server's own where none is named), by name."""
    if connection.dialect.name in ("mysql", "mariadb"):
        found = list(_mysql_tables(connection, schemas))
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inspector = inspect(connection)
            found = [
                each
                for schema in _schemas(inspector, connection, schemas)
                for each in _tables_of(inspector, connection, schema)
            ]
    return sorted(_linked(_named(found)), key=lambda pair: pair.staged)


@dataclass(frozen=True, slots=True)
class _Raw:
    """A table in the database's own names; links as SQLAlchemy's inspector gives them."""

    path: Path
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    links: tuple[Mapping[str, Any], ...]


def _schemas(
    inspector: Inspector, connection: Connection, asked: Sequence[str]
) -> Sequence[str | None]:
    if connection.dialect.name not in ("postgresql", "mssql", "oracle"):
        return list(asked) or [None]
    there = [n for n in inspector.get_schema_names() if n not in _SYSTEM and n[:3] != "pg_"]
    missing = sorted(set(asked) - set(there))
    if missing:
        raise AskedWrongly(
            "EXT023",
            f"[source.options] schemas: the database has no schema '{missing[0]}'",
            try_=f"it has {len(there)}: {', '.join(sorted(there)[:10])}",
        )
    return sorted(asked or there)


def _tables_of(inspector: Inspector, connection: Connection, schema: str | None) -> Iterator[_Raw]:
    columns = inspector.get_multi_columns(schema=schema)
    keys = inspector.get_multi_pk_constraint(schema=schema)
    links = inspector.get_multi_foreign_keys(schema=schema)
    virtual = virtual_tables(connection)
    for name in sorted(inspector.get_table_names(schema=schema)):
        if name in virtual or name.startswith(tuple(f"{each}_" for each in virtual)):
            continue  # a virtual table keeps its index in tables named after it
        path = (schema, name)
        yield _Raw(
            path,
            tuple(
                Column(c["name"], _declared(c["type"], connection), _is_large(c["type"]))
                for c in columns.get(path, ())
            ),
            tuple(keys[path]["constrained_columns"]) if keys.get(path) else (),
            tuple(links.get(path, ())),
        )


def _is_large(kind: object) -> bool:
    return isinstance(kind, _LARGE) or type(kind).__name__ in ("BYTEA", "BLOB", "CLOB", "XML")


# --- MySQL and MariaDB: SQLAlchemy reads SHOW CREATE TABLE, and passes over what it does not know


def _mysql_tables(connection: Connection, schemas: Sequence[str]) -> Iterator[_Raw]:
    wanted: list[str | None] = [*schemas] or [None]
    for schema in wanted:
        name = schema or connection.engine.url.database
        if not name:
            raise AskedWrongly(
                "EXT023",
                "the address names a server and no database",
                try_="write it like mysql://USER@HOST/DATABASE",
            )
        columns: dict[str, list[Column]] = {}
        for table, column, kind, declared in _asked(connection, _MYSQL_COLUMNS, name):
            columns.setdefault(table, []).append(Column(column, declared, kind in _MYSQL_LARGE))
        keys, links = _mysql_keys(connection, name)
        for table, found in columns.items():
            of_table = tuple(link for link in links.get(table, {}).values())
            yield _Raw((schema, table), tuple(found), tuple(keys.get(table, ())), of_table)


def _mysql_keys(
    connection: Connection, schema: str
) -> tuple[dict[str, list[str]], dict[str, dict[str, Any]]]:
    keys: dict[str, list[str]] = {}
    links: dict[str, dict[str, Any]] = {}
    for table, name, column, target, aim in _asked(connection, _MYSQL_KEYS, schema):
        if name == "PRIMARY":
            keys.setdefault(table, []).append(column)
        elif target is not None:
            link = links.setdefault(table, {}).setdefault(
                name,
                {"referred_table": target, "constrained_columns": [], "referred_columns": []},
            )
            link["constrained_columns"].append(column)
            link["referred_columns"].append(aim)
    return keys, links


def _asked(connection: Connection, query: str, schema: str) -> list[tuple[Any, ...]]:
    rows = connection.execute(text(query), {"schema": schema})
    return [
        tuple(cell.decode() if isinstance(cell, bytes) else cell for cell in row) for row in rows
    ]


def virtual_tables(connection: Connection) -> list[str]:
    """SQLite's virtual tables: programs answer for them."""
    if connection.dialect.name != "sqlite":
        return []
    found = connection.exec_driver_sql(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%' "
        "ORDER BY name"
    )
    return [str(row[0]) for row in found]


def _declared(kind: Any, connection: Connection) -> str | None:
    try:
        return str(kind.compile(dialect=connection.dialect))
    except (SQLAlchemyError, AttributeError, NotImplementedError):
        return None


def _named(found: Sequence[_Raw]) -> list[tuple[_Raw, Table]]:
    """Staged names as dumps get them: the table's, with its schema where that is taken."""
    taken: set[str] = set()
    named = []
    for raw in found:
        schema, own = raw.path
        name = column_name(own)
        if name in taken and schema is not None:
            name = column_name(f"{schema}_{own}")
        number, first = 1, name
        while name in taken:
            number += 1
            name = f"{first}_{number}"
        taken.add(name)
        staged = unique_names([column.name for column in raw.columns])
        table = Table(schema, own, name, raw.columns, names=staged)
        table.key = table.staged_columns(raw.key)
        named.append((raw, table))
    return named


def _linked(named: Sequence[tuple[_Raw, Table]]) -> list[Table]:
    known = {raw.path: table for raw, table in named}
    for raw, table in named:
        for link in raw.links:
            schema = link.get("referred_schema")
            target = known.get(
                (schema if schema is not None else table.schema, link["referred_table"])
            )
            if target is None or not link["referred_columns"]:
                continue
            table.links.append(
                ForeignKey(
                    table.staged_columns(link["constrained_columns"]),
                    target.staged,
                    target.staged_columns(link["referred_columns"]),
                )
            )
    return [table for _, table in named]
