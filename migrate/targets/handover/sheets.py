"""Spreadsheets that a new EHR exports, as CSV files that the extractor for those reads.

Needs the extra part ``xlsx`` (openpyxl). A sheet is a table; cells are taken as a person sees them
with the day before the clock: dates in ISO form, whole numbers without a point, truth as Y and N.
"""

from __future__ import annotations

import csv
import datetime
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from migrate.errors import AskedWrongly, NeedsPerson

_NOT_NAME = re.compile(r"\W+")


def as_csv(export: Path, folder: Path) -> Path:
    """``export``, or where it is a workbook or a folder with some, ``folder`` with its tables.

    A workbook with one sheet is a table of the file's name, else each sheet is one of its own.
    Other files of the folder are left to their own extractor only where there is no workbook.
    Raises AskedWrongly (HND035) for what is no workbook or stands beside other tables, NeedsPerson
    (HND035) without the extra part.
    """
    books = _books(export)
    if not books:
        return export
    if export.is_dir() and any(export.rglob("*.csv")):
        raise AskedWrongly(
            "HND035",
            "the export has workbooks and CSV files side by side",
            try_="put those that belong together in a folder of their own",
        )
    folder.mkdir(mode=0o700)
    for book in books:
        _convert(book, folder)
    return folder


def _books(export: Path) -> list[Path]:
    if export.is_dir():
        return sorted(path for path in export.rglob("*.xlsx") if not path.name.startswith("~$"))
    return [export] if export.suffix.lower() == ".xlsx" else []


def _convert(path: Path, folder: Path) -> None:
    try:
        import openpyxl  # type: ignore[import-untyped]
    except ImportError:
        raise NeedsPerson(
            "HND035",
            "the export is a workbook, but the part 'xlsx' is not installed",
            kept="everything as it was",
            try_="pip install 'ehr-migrate[xlsx]', or ask the new EHR for CSV",
        ) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets = book.worksheets
        for sheet in sheets:
            name = path.stem if len(sheets) == 1 else sheet.title
            out = folder / f"{_NOT_NAME.sub('_', name)}.csv"
            if out.exists():
                raise AskedWrongly(
                    "HND035", f"two sheets are called '{out.stem}'", try_="name them apart"
                )
            with out.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows(_rows(sheet.iter_rows(values_only=True)))
        book.close()
    except (OSError, KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile) as error:
        raise AskedWrongly(
            "HND035",
            f"a workbook of the export cannot be read ({type(error).__name__})",
            kept="everything as it was",
            try_="open it and save it again as XLSX, or ask the new EHR for CSV",
        ) from None


def _rows(rows: Iterator[tuple[object, ...]]) -> Iterator[list[str]]:
    """Rows with something in them, as wide as the header."""
    width = 0
    for row in rows:
        cells = [cell_text(cell) for cell in row]
        if not any(cells):
            continue
        if not width:
            width = max(n for n, cell in enumerate(cells, 1) if cell)
        yield (cells + [""] * width)[:width]


def cell_text(value: object) -> str:
    """A cell as text.

    >>> cell_text(datetime.datetime(2026, 1, 2)), cell_text(12.0), cell_text(True), cell_text(None)
    ('2026-01-02', '12', 'Y', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
