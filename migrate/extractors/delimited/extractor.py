"""The extractor of delimited exports: plan every file, then read table by table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from migrate.core.issues import code
from migrate.core.model import SourceColumn, SourceFile, SourceTable
from migrate.core.ports import Detection, ExtractEvent, ExtractRequest, Rows, TableDone
from migrate.errors import MigrateError
from migrate.extractors.archive import ExportFile, open_export, told
from migrate.extractors.delimited import documents
from migrate.extractors.delimited.dialect import TABLE_SUFFIXES, TEXT_SUFFIXES
from migrate.extractors.delimited.documents import magic, other_file, suffix_of
from migrate.extractors.delimited.planning import HEAD, TablePlan, plan_export
from migrate.extractors.delimited.problems import problem
from migrate.extractors.delimited.reader import FileCount, FilePlan, FileReader
from migrate.extractors.delimited.settings import read_settings
from migrate.extractors.delimited.survey import looks_binary


class DelimitedExtractor:
    """CSV, TSV and their kin: a folder (and all below it), a zip archive, or one file.

    Settings are those of :mod:`migrate.extractors.delimited.settings`.
    """

    name = "delimited"

    def detect(self, source: str) -> Detection | None:
        """How much of the export looks delimited, by names and first bytes."""
        try:
            files = [file for file in open_export(source) if file.refused is None and file.size]
            tables = sum(_looks_delimited(file) for file in files)
        except MigrateError:
            return None
        if not tables:
            return None
        share = tables / len(files)
        return Detection(
            round(0.5 + 0.45 * share, 3), f"{tables} of {len(files)} files are delimited text"
        )

    def extract(self, request: ExtractRequest) -> Iterator[ExtractEvent]:
        """Yield rows, rejects, tables, other files and issues, in the order of the files' paths.

        Raises AskedWrongly (EXT001, EXT002, EXT023, EXT026) and NeedsPerson (EXT020, EXT021).
        """
        settings = read_settings(request.options)
        plan = plan_export(open_export(request.source), settings)
        yield from plan.issues
        if not plan.tables and not plan.documents:
            yield problem("EXT002", "no table and no document was found in the export")
        for table in plan.tables.values():
            if request.tables is None or table.name in request.tables:
                yield from _table_events(table)
        if request.tables is None or documents.TABLE in request.tables:
            yield from documents.document_events(plan.documents)
        for file, reason in plan.listed:
            yield other_file(file, reason)


def _looks_delimited(file: ExportFile) -> bool:
    suffix = suffix_of(file.name)
    if suffix not in TABLE_SUFFIXES and (suffix not in TEXT_SUFFIXES or not suffix):
        return False
    with file.open() as stream:
        head = stream.read(HEAD)
    if magic(head) or looks_binary(head):
        return False
    first = head.split(b"\n", 1)[0]
    return suffix in TABLE_SUFFIXES or any(mark in b"\t|;," for mark in first)


def _table_events(table: TablePlan) -> Iterator[ExtractEvent]:
    row = 1
    filled = dict.fromkeys(table.columns, 0)
    counts: list[FileCount] = []
    for plan in table.files:
        reader = FileReader(plan, table.name, table.places(plan), row)
        for event in reader.events():
            if isinstance(event, Rows):
                _count_filled(event.batch, filled)
            yield event
        row = reader.row
        counts.append(reader.count)
        yield from _file_issues(table, plan, reader.count)
    done = _source_table(table, filled, counts)
    if done.rows + done.rejected == 0:
        message = f"table {table.name} has no rows"
        yield problem("EXT004", message, table=table.name, file=table.files[0].file.path)
    yield TableDone(done)


def _source_table(table: TablePlan, filled: dict[str, int], counts: list[FileCount]) -> SourceTable:
    return SourceTable(
        name=table.name,
        source_name=table.source_name,
        columns=tuple(
            SourceColumn(name, source, table.types.get(name), filled[name])
            for name, source in table.columns.items()
        ),
        files=tuple(_source_file(plan) for plan in table.files),
        rows=sum(count.rows for count in counts),
        rejected=sum(count.rejects.total() for count in counts),
    )


def _source_file(plan: FilePlan) -> SourceFile:
    found, dialect = plan.survey, plan.dialect
    header = "header" if plan.header else "no header"
    return SourceFile(
        path=plan.file.path,
        sha256=found.sha256,
        bytes=found.size,
        encoding=found.encoding + (" with BOM" if found.mark else ""),
        dialect=f"{dialect.words()}, {header}",
        physical_lines=found.physical_lines(dialect.line_end),
    )


def _file_issues(table: TablePlan, plan: FilePlan, count: FileCount) -> Iterator[ExtractEvent]:
    path = plan.file.path
    for name, rows in sorted(count.rejects.items()):
        row, at = count.first[name]
        message = f"{rows} row(s) of {told(path)} (first: line {at}): {code(name).title}"
        yield problem(name, message, table=table.name, file=path, row=row, at=at, rows=rows)
    if count.bare and count.rows > count.bare:
        message = f"{told(path)} ends {count.bare} row(s) with LF and the others with CR LF"
        yield problem("EXT015", message, table=table.name, file=path, rows=count.bare)
    if count.literal_quotes:
        message = (
            f"{count.literal_quotes} row(s) of {told(path)} hold a quote inside an unquoted cell"
        )
        yield problem("EXT016", message, table=table.name, file=path, rows=count.literal_quotes)


def _count_filled(batch: pa.RecordBatch, filled: dict[str, int]) -> None:
    """Count cells that hold something else than white space."""
    for number, name in enumerate(filled):
        column = batch.column(number)
        some = len(column) - column.null_count
        if some:
            some -= _blank_cells(column)
        filled[name] += some


def _blank_cells(column: pa.Array) -> int:
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset :][: len(column) + 1]
    starts, lengths = offsets[:-1], np.diff(offsets)
    content = column.buffers()[2]
    empty = int((lengths == 0).sum()) - int(column.null_count)
    if content is None or len(content) == 0:
        return empty
    first = np.frombuffer(content, np.uint8)[np.minimum(starts, len(content) - 1)]
    maybe = np.flatnonzero((first <= 32) & (lengths > 0))
    if len(maybe) == 0:
        return empty
    cells = column.take(pa.array(maybe))
    trimmed = pc.binary_length(pc.ascii_trim(cells, " \t\r\n"))
    return empty + int(pc.sum(pc.equal(trimmed, 0)).as_py() or 0)
