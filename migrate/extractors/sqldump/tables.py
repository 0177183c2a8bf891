"""The tables of an extraction: what is known of each, and its rows on their way out."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from migrate.core.model import (
    ForeignKey,
    SourceColumn,
    SourceFile,
    SourceTable,
    column_name,
    unique_names,
)
from migrate.core.ports import RowReject, Rows
from migrate.extractors.sqldump.cells import Cell, ColumnKind, as_kind, column_kind
from migrate.extractors.sqldump.ddl import Link, TableText

_HELD_ROWS = 20_000
_HELD_BYTES = 8 << 20
Name = tuple[str, ...]


@dataclass(slots=True)
class Table:
    """One table: staged name, the dump's own names, columns with types and kinds, counts.

    ``declared``: how many rows the export itself says it has.
    """

    name: str
    source_name: str
    columns: dict[str, str | None]
    key: tuple[str, ...] = ()
    links: list[Link] = field(default_factory=list)
    path: Name = ()
    rows: int = 0
    rejected: int = 0
    files: list[str] = field(default_factory=list)
    staged: list[str] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    kinds: list[ColumnKind] = field(default_factory=list)
    wanted: bool = True
    dropped: bool = False
    computed: list[str] = field(default_factory=list)
    declared: int | None = None

    def settle(self) -> None:
        """Columns are final: names, kinds and counters follow."""
        self.staged = unique_names(list(self.columns))
        self.filled = [0] * len(self.columns)
        self.kinds = [column_kind(declared) for declared in self.columns.values()]

    def positions(self, listed: Sequence[str] | None) -> list[int] | None:
        """Where the values of an INSERT or COPY belong; None for a column nobody knows."""
        if listed is None:
            return list(range(len(self.columns)))
        exact = {name: at for at, name in enumerate(self.columns)}
        loose = {name.lower(): at for at, name in enumerate(self.columns)}
        found = [exact.get(name, loose.get(name.lower(), -1)) for name in listed]
        return None if -1 in found or len(set(found)) < len(found) else found


class Catalogue:
    """All tables met so far, by their path (database or schema, then name)."""

    def __init__(self, chosen: frozenset[str] | None) -> None:
        self._tables: dict[Name, Table] = {}
        self._loose: dict[Name, Table] = {}
        self._taken: set[str] = set()
        self._chosen = chosen

    def find(self, path: Name) -> Table | None:
        """The table of this path, exactly or in other letters."""
        return self._tables.get(path) or self._loose.get(_lower(path))

    def define(self, path: Name, text: TableText) -> Table:
        """A table by its DDL. The same one twice is one; one with rows keeps its columns."""
        known = self.find(path)
        if known is None:
            known = self._tables[path] = self._loose[_lower(path)] = self._new(path)
        if known.rows + known.rejected == 0:
            known.columns, known.key, known.links = dict(text.columns), text.key, list(text.links)
            known.computed, known.dropped = list(text.computed), False
            known.settle()
        return known

    def from_rows(self, path: Name, columns: Sequence[str]) -> Table:
        """A table of which the dump has rows and no DDL."""
        return self.define(path, TableText(path, dict.fromkeys(columns)))

    def _new(self, path: Name) -> Table:
        name = column_name(path[-1])
        if name in self._taken and len(path) > 1:
            name = column_name("_".join(path[-2:]))
        number, base = 1, name
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        wanted = self._chosen is None or name in self._chosen
        source = path[-1] if len(path) < 2 else ".".join(path[-2:])
        return Table(name, source, {}, path=path, wanted=wanted)

    def finished(self) -> list[Table]:
        """The tables that are to be told of, in the order of their names."""
        found = [t for t in self._tables.values() if t.wanted and t.columns and not t.dropped]
        return sorted(found, key=lambda table: table.name)

    def without_values(self) -> Iterator[tuple[str, list[str]]]:
        """Tables with rows, and their columns that the database computes and the dump lacks."""
        for table in self.finished():
            filled = dict(zip(table.columns, table.filled, strict=True))
            empty = [name for name in table.computed if not filled.get(name, 1)]
            if table.rows and empty:
                yield table.name, empty

    def source_table(self, table: Table, files: dict[str, SourceFile]) -> SourceTable:
        """What a finished table was."""
        names = dict(zip(table.columns, table.staged, strict=True))
        columns = [
            SourceColumn(staged, own, table.columns[own], filled)
            for (own, staged), filled in zip(names.items(), table.filled, strict=True)
        ]
        return SourceTable(
            name=table.name,
            source_name=table.source_name,
            columns=tuple(columns),
            files=tuple(files[path] for path in table.files),
            rows=table.rows,
            rejected=table.rejected,
            primary_key=_staged(table, table.key) or (),
            foreign_keys=tuple(self._links(table)),
            declared_rows=table.declared,
        )

    def _links(self, table: Table) -> Iterator[ForeignKey]:
        for link in table.links:
            target = self.find(link.target) or self.find((*table.path[:-1], link.target[-1]))
            columns = _staged(table, link.columns)
            if target is None or columns is None or not target.columns:
                continue
            aims = _staged(target, link.target_columns or target.key)
            if aims and len(aims) == len(columns):
                yield ForeignKey(columns, target.name, aims)


def _lower(path: Name) -> Name:
    return tuple(part.lower() for part in path)


def _staged(table: Table, own: Sequence[str]) -> tuple[str, ...] | None:
    places = table.positions(list(own))
    return None if places is None else tuple(table.staged[at] for at in places)


class Sink:
    """Rows of one table out of one file, gathered into batches of text.

    ``charset`` is how the bytes of text cells are written.
    """

    def __init__(self, table: Table, file: str, charset: str) -> None:
        self.table, self.file, self.charset = table, file, charset
        self._cells: list[list[Cell]] = []
        self._lines: list[int] = []
        self._bytes = 0
        if file not in table.files:
            table.files.append(file)

    def add(self, cells: list[Cell], line: int, raw: bytes) -> Iterator[Rows | RowReject]:
        """One row, its cells in the table's order, already of the columns' kinds."""
        if self.charset != "utf-8":
            cells = [self._recoded(cell) for cell in cells]
        if not _is_text(cells):
            yield from self.reject(line, raw, "EXT012")
            return
        self._cells.append(cells)
        self._lines.append(line)
        self._bytes += len(raw)
        if len(self._cells) >= _HELD_ROWS or self._bytes > _HELD_BYTES:
            yield from self.flush()

    def reject(self, line: int, raw: bytes, code: str) -> Iterator[Rows | RowReject]:
        """A record that is none."""
        yield from self.flush()
        table = self.table
        table.rejected += 1
        number = table.rows + table.rejected
        yield RowReject(table.name, number, self.file, str(line), code, raw[: 64 << 20])

    def flush(self) -> Iterator[Rows]:
        """Send what is held."""
        if self._cells:
            columns = list(zip(*self._cells, strict=True))
            arrays = [pa.array(column, pa.binary()).cast(pa.string()) for column in columns]
            lines = pa.array(self._lines, pa.int64())
            self._cells, self._lines, self._bytes = [], [], 0
            yield self._batch(arrays, lines)

    def add_columns(
        self, columns: list[Any], lines: Any, raw: Callable[[int], bytes], *, verbatim: bool = False
    ) -> Iterator[Rows | RowReject]:
        """Many rows: a binary array for each column of the table, or None for an absent one.

        ``raw`` gives the bytes of a row by its number among these; ``verbatim``: bytes of
        binary columns are text already.
        """
        rows = len(lines)
        made = []
        for array, kind in zip(columns, self.table.kinds, strict=True):
            if array is None:
                made.append(pa.nulls(rows, pa.string()))
            elif kind != "text" and not verbatim:
                cells = [
                    None if cell is None else as_kind(cell, kind) for cell in array.to_pylist()
                ]
                made.append(pa.array(cells, pa.binary()).cast(pa.string()))
            else:
                made.append(self._text(array))
        if all(array is not None for array in made):
            yield from self.flush()
            yield self._batch(made, pa.array(lines, pa.int64()))
            return
        cells_of = [None if c is None else c.to_pylist() for c in columns]
        for at in range(rows):
            row: list[Cell] = []
            for column, kind in zip(cells_of, self.table.kinds, strict=True):
                cell: Cell = None if column is None else column[at]
                row.append(cell if cell is None or verbatim else as_kind(cell, kind))
            yield from self.add(row, int(lines[at]), raw(at))

    def _text(self, array: Any) -> Any:
        """A column as text; None where a cell is no text in the charset."""
        if self.charset != "utf-8":
            cells = [self._recoded(cell) for cell in array.to_pylist()]
            array = pa.array(cells, pa.binary())
        try:
            return array.cast(pa.string())
        except pa.ArrowInvalid:
            return None

    def _recoded(self, cell: Cell) -> Cell:
        if cell is None or cell.isascii():
            return cell
        return cell.decode(self.charset, "sqldump-c1").encode("utf-8", "surrogateescape")

    def _batch(self, arrays: list[Any], lines: Any) -> Rows:
        table = self.table
        rows = len(lines)
        first = table.rows + table.rejected + 1
        table.rows += rows
        numbers = pa.array(np.arange(first, first + rows, dtype=np.int64))
        for at, array in enumerate(arrays):
            table.filled[at] += _filled(array)
        files = pa.array([self.file]).take(pa.array(np.zeros(rows, np.int64)))
        arrays = [*arrays, numbers, files, lines.cast(pa.string())]
        names = [*table.staged, "_row", "_file", "_at"]
        return Rows(table.name, pa.RecordBatch.from_arrays(arrays, names=names))


def _is_text(cells: list[Cell]) -> bool:
    try:
        for cell in cells:
            if cell is not None and not cell.isascii():
                cell.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _filled(array: Any) -> int:
    """Cells that hold something else than white space."""
    if array.null_count == len(array):
        return 0
    sizes = pc.binary_length(pc.ascii_trim(array, " \t\r\n"))
    return int(pc.sum(pc.greater(sizes, 0)).as_py() or 0)


def _c1(error: UnicodeError) -> tuple[str, int]:
    """MySQL's latin1 is cp1252 with the five free places filled by control characters."""
    assert isinstance(error, UnicodeDecodeError)
    if error.encoding not in ("charmap", "cp1252"):
        return error.object[error.start : error.end].decode("ascii", "surrogateescape"), error.end
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("sqldump-c1", _c1)
