"""Tables of a package as CSV or XLSX, in parts of so many rows, with their control totals."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from migrate.targets.handover.xlsx import ROWS_AT_MOST, write_xlsx

if TYPE_CHECKING:
    from migrate.core.layouts.ast import Layout, LayoutFile

Row = tuple[str | None, ...]
ADDRESS = ("_id", "_at", "_file", "_row")
_RISKY = tuple("=+-@\t\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(slots=True)
class Written:
    """What became of one file of the layout: its parts, rows, patients and sums by column."""

    name: str
    parts: list[str] = field(default_factory=list)
    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before a risky one.

    >>> guarded("=1+1"), guarded("-12.50"), guarded("-see note")
    ("'=1+1", '-12.50', "'-see note")
    """
    if text.startswith(_RISKY) and _NUMBER.fullmatch(text) is None:
        return "'" + text
    return text


def write_table(
    folder: Path, handed: Path, file: LayoutFile, layout: Layout, tables: Iterable[pa.Table]
) -> Written:
    """Write one file of the layout to ``folder`` and what it says, with addresses, to ``handed``.

    ``tables`` have ``_id``, ``_at`` and the columns of the file as text. ``handed`` gets
    ``<file>.parquet``: ``_id``, ``_at``, ``_file`` (the part), ``_row`` (its line, the header
    being 1) and the columns.
    """
    names = [column.name for column in file.columns]
    written = Written(file.name)
    numbers = [column.name for column in file.columns if column.form == "number"]
    written.sums = {name: Decimal(0) for name in numbers}
    limit = file.split or (ROWS_AT_MOST if file.format == "xlsx" else None)
    with Handed(handed / f"{file.name}.parquet", names) as keeper:
        rows = _rows(tables, names, numbers, written, keeper, file, limit)
        first = next(rows, None)
        part = 0
        while first is not None or part == 0:
            part += 1
            content = islice(rows, None if limit is None else limit - 1)
            whole = _chained(first, content)
            write_part(folder / part_name(file, part), names, whole, layout)
            written.parts.append(part_name(file, part))
            first = next(rows, None)
    return written


def part_name(file: LayoutFile, part: int) -> str:
    """``results.csv``, or ``results-001.csv`` where the desk wants parts."""
    number = f"-{part:03d}" if file.split else ""
    if not file.split and part > 1:
        number = f"-{part:03d}"
    return f"{file.name}{number}.{'xlsx' if file.format == 'xlsx' else 'csv'}"


def write_part(path: Path, header: Sequence[str], rows: Iterable[Row], layout: Layout) -> None:
    """One CSV (UTF-8, CRLF, quoted where needed) or XLSX file of rows under a header."""
    shown = (tuple(_cell(text, layout.guard) for text in row) for row in rows)
    if path.suffix == ".xlsx":
        write_xlsx(path, path.stem, _chained(tuple(header), shown))
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=layout.delimiter, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(shown)


def _cell(text: str | None, guard: bool) -> str:
    if text is None:
        return ""
    return guarded(text) if guard else text


def _chained(first: Row | None, rest: Iterable[Row]) -> Iterator[Row]:
    if first is not None:
        yield first
    yield from rest


def _rows(
    tables: Iterable[pa.Table],
    names: Sequence[str],
    numbers: Sequence[str],
    written: Written,
    keeper: Handed,
    file: LayoutFile,
    limit: int | None,
) -> Iterator[Row]:
    """The rows of all tables, counted, summed and kept with the place that they get."""
    for table in tables:
        places = range(written.rows, written.rows + table.num_rows)
        if limit is None:
            files = [part_name(file, 1)] * table.num_rows
            lines = [place + 2 for place in places]
        else:
            files = [part_name(file, place // limit + 1) for place in places]
            lines = [place % limit + 2 for place in places]
        keeper.keep(table, files, lines)
        for name in numbers:
            cells = table.column(name).to_pylist()
            written.sums[name] += sum((Decimal(cell) for cell in cells if cell), Decimal(0))
        written.rows += table.num_rows
        yield from zip(*(table.column(name).to_pylist() for name in names), strict=True)


class Handed:
    """``<file>.parquet`` of what was handed over, with the place of each row."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        address = [(name, pa.string()) for name in ADDRESS[:3]]
        self._schema = pa.schema(
            [*address, ("_row", pa.int64()), *((name, pa.string()) for name in names)]
        )
        self._names = names
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def __enter__(self) -> Handed:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def keep(self, table: pa.Table, files: Sequence[str], lines: Sequence[int]) -> None:
        """Add rows of ``_id``, ``_at`` and cells, with the file and line that they got."""
        columns = [table.column("_id"), table.column("_at")]
        columns += [pa.array(files, pa.string()), pa.array(lines, pa.int64())]
        columns += [table.column(name).cast(pa.string()) for name in self._names]
        self._writer.write_table(pa.table(columns, schema=self._schema))


def add_handed(folder: Path, earlier: Path, package: str) -> None:
    """Add what an ``earlier`` package handed over, under that package's name, to ``folder``."""
    for path in sorted(folder.glob("*.parquet")):
        before = pq.read_table(earlier / path.name)
        files = [f"{package}/{name}" for name in before.column("_file").to_pylist()]
        place = before.schema.get_field_index("_file")
        before = before.set_column(place, "_file", pa.array(files, pa.string()))
        whole = path.with_suffix(".part")
        source = pq.ParquetFile(path)
        with pq.ParquetWriter(whole, source.schema_arrow, compression="zstd") as writer:
            writer.write_table(before.cast(source.schema_arrow))
            for batch in source.iter_batches():
                writer.write_batch(batch)
        whole.replace(path)
