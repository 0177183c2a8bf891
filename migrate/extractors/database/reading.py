"""Rows of a database as staged batches: streamed, counted, with a digest a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError

from migrate.core.issues import Issue, code
from migrate.core.model import SourceFile, SourceTable
from migrate.core.ports import ExtractEvent, RowReject, Rows, TableDone
from migrate.errors import FailedForNow, MigrateError, NeedsPerson
from migrate.extractors.database.exact import Cell, readers, select
from migrate.extractors.database.extractor import Options
from migrate.extractors.database.layout import Table, tables
from migrate.extractors.database.snapshot import doubts, keep_text, snapshot, words

_HELD_ROWS = 20_000
_HELD_BYTES = 8 << 20
_FETCHED = 2_000
_FETCHED_LARGE = 50
_NAMED = 12
_PASSING = (1053, 1077, 1205, 1213, 1317, 1927, 2006, 2013, 2055)  # MySQL: gone, locked, killed


def database_events(
    url: URL, options: Options, chosen: frozenset[str] | None
) -> Iterator[ExtractEvent]:
    """All tables, or those of these staged names, out of one snapshot.

    Raises AskedWrongly (EXT001, EXT023), NeedsPerson (EXT050) and FailedForNow (EXT055).
    """
    with snapshot(url) as connection:
        try:
            found = tables(connection, options.schemas)
            yield from doubts(connection)
            keep_text(connection)
        except SQLAlchemyError as fault:
            raise _broken("its catalogue", fault) from None
        kind = words(connection)
        left = [
            table.staged for table in found if chosen is not None and table.staged not in chosen
        ]
        if left:
            yield _left(left)
        if not found:
            yield Issue("EXT002", code("EXT002").severity, "no table was found in the database")
        for table in found:
            if table.staged not in left:
                yield from _Reading(table, kind).events(connection)


def catalogue_of(url: URL, options: Options) -> dict[str, tuple[str, ...]]:
    """The tables' staged names and keys. Raises as :func:`database_events` does."""
    with snapshot(url) as connection:
        try:
            return {table.staged: table.key for table in tables(connection, options.schemas)}
        except SQLAlchemyError as fault:
            raise _broken("its catalogue", fault) from None


def _left(names: Sequence[str]) -> Issue:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    message = (
        f"tables that the profile does not name were not read: {', '.join(names[:_NAMED])}{more}"
    )
    return Issue("EXT052", code("EXT052").severity, message)


def _broken(what: str, fault: SQLAlchemyError) -> MigrateError:
    """Reading stopped: for good where the account may not read, for now otherwise."""
    inner = fault.orig if isinstance(fault, DBAPIError) else fault
    state = str(getattr(inner, "sqlstate", None) or "")
    number = next((arg for arg in getattr(inner, "args", ()) if isinstance(arg, int)), 0)
    passing = state[:2] in ("08", "53", "57", "40") or number in _PASSING
    if not passing and not isinstance(fault, InterfaceError):
        return NeedsPerson(
            "EXT050",
            f"the database does not let us read {what} ({type(inner).__name__} {state or number})",
            kept="nothing of this export was staged",
            try_="have the account given the right to read it, rows behind policies included",
        )
    return FailedForNow(
        "EXT055",
        f"the database broke off while {what} was read ({type(inner).__name__} {state or number})",
        kept="nothing of this export was staged",
        try_="run the same command again",
    )


class _Reading:
    """One table on its way out."""

    def __init__(self, table: Table, kind: str) -> None:
        self._table = table
        self._kind = kind
        self._path = table.source_name.replace("\\", "_").lstrip("/") or "_"
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._filled = [0] * len(table.columns)
        self._number = self._rows = self._rejected = 0
        self._held: list[list[str | None]] = []
        self._numbers: list[int] = []
        self._size = 0

    def events(self, connection: Connection) -> Iterator[ExtractEvent]:
        """Rows, rejects, and the table at the end."""
        table = self._table
        try:
            yield from self._read(connection, readers(connection, table))
        except SQLAlchemyError as fault:
            raise _broken(f"table {table.staged}", fault) from None
        yield from self._flush()
        file = SourceFile(self._path, self._digest.hexdigest(), self._bytes, "utf-8", self._kind)
        yield TableDone(
            SourceTable(
                name=table.staged,
                source_name=table.source_name,
                columns=table.source_columns(self._filled),
                files=(file,),
                rows=self._rows,
                rejected=self._rejected,
                primary_key=table.key,
                foreign_keys=tuple(table.links),
            )
        )

    def _read(
        self, connection: Connection, reading: Sequence[Callable[[object], Cell]]
    ) -> Iterator[ExtractEvent]:
        large = any(column.large for column in self._table.columns)
        result = connection.exec_driver_sql(
            select(connection, self._table),
            execution_options={
                "stream_results": True,
                "max_row_buffer": _FETCHED_LARGE if large else _FETCHED,
                "no_parameters": True,
            },
        )
        try:
            for row in result:
                cells = [read(value) for read, value in zip(reading, row, strict=False)]
                yield from self._take(cells)
        finally:
            result.close()

    def _take(self, cells: list[Cell]) -> Iterator[ExtractEvent]:
        self._number += 1
        if any(isinstance(each, bytes) for each in cells):
            yield from self._flush()
            raw = b"\t".join(c if isinstance(c, bytes) else (c or "").encode() for c in cells)
            self._rejected += 1
            self._hash(raw)
            at = str(self._number)
            yield RowReject(
                self._table.staged, self._number, self._path, at, "EXT012", raw or b"\t"
            )
            return
        row = [each for each in cells if not isinstance(each, bytes)]
        self._held.append(row)
        self._numbers.append(self._number)
        self._size += sum(len(each) for each in row if each is not None)
        if len(self._held) >= _HELD_ROWS or self._size > _HELD_BYTES:
            yield from self._flush()

    def _flush(self) -> Iterator[Rows]:
        if not self._held:
            return
        self._hash(orjson.dumps(self._held))
        arrays = [pa.array(column, pa.string()) for column in zip(*self._held, strict=True)]
        for at, array in enumerate(arrays):
            self._filled[at] += _filled(array)
        count = len(self._held)
        numbers = pa.array(np.asarray(self._numbers, dtype=np.int64))
        files = pa.array([self._path]).take(pa.array(np.zeros(count, np.int64)))
        names = [*self._table.names, "_row", "_file", "_at"]
        columns = [*arrays, numbers, files, numbers.cast(pa.string())]
        self._rows += count
        self._held, self._numbers, self._size = [], [], 0
        yield Rows(self._table.staged, pa.RecordBatch.from_arrays(columns, names=names))

    def _hash(self, raw: bytes) -> None:
        self._digest.update(raw)
        self._bytes += len(raw)


def _filled(array: pa.StringArray) -> int:
    """Cells that hold something else than white space."""
    if array.null_count == len(array):
        return 0
    sizes = pc.binary_length(pc.ascii_trim(array, " \t\r\n"))
    return int(pc.sum(pc.greater(sizes, 0)).as_py() or 0)
