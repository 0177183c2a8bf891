"""Every list of the report as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from migrate.core.reconcile.sheet import Reconciliation, money_text

_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula: texts that look like one get a ``'``.

    >>> safe_cell("=1+1"), safe_cell("-12.50"), safe_cell(None)
    ("'=1+1", '-12.50', '')
    """
    text = "" if value is None else str(value)
    if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.match(text):
        return "'" + text
    return text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV document (RFC 4180, CRLF) of safe cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue()


def records_csv(header: Sequence[str], records: Iterable[Mapping[str, object]]) -> str:
    """The same from records; a key that a record lacks is an empty cell."""
    return csv_text(header, ([record.get(name) for name in header] for record in records))


def sheet_lists(sheet: Reconciliation) -> dict[str, str]:
    """File name → CSV text of everything on the reconciliation sheet."""
    document = sheet.document()
    lists = {
        f"{name}.csv": records_csv(header, document[name])  # type: ignore[arg-type]
        for name, header in _HEADERS.items()
    }
    lists["reasons.csv"] = csv_text(
        ("table", "fate", "stage", "code", "reason", "rows", "first_rows"),
        (
            (f.table, f.fate, f.stage, f.code, f.reason, f.rows, " ".join(map(str, f.sample)))
            for f in sheet.fates
        ),
    )
    lists["months.csv"] = csv_text(
        ("table", "month", "extracted", "mapped", "merged", "excluded", "rejected"),
        (
            (m.table, m.month, m.extracted, m.mapped, m.merged, m.excluded, m.rejected)
            for m in sheet.months
        ),
    )
    lists["money-left.csv"] = csv_text(
        ("measure", "fate", "code", "reason", "rows", "amount"),
        (
            (line.measure, left.fate, left.code, left.reason, left.rows, money_text(left.amount))
            for line in sheet.money
            for left in line.left
        ),
    )
    lists["columns-unclaimed.csv"] = csv_text(("table", "column", "filled"), sheet.unclaimed)
    return lists


_HEADERS = {
    "tables": ("table", "extracted", "mapped", "merged", "excluded", "rejected", "residual"),
    "resources": ("type", "mapped", "loaded", "read_back"),
    "money": (
        "measure",
        "currency",
        "as_of",
        "source",
        "mapped",
        "left_behind",
        "loaded",
        "map_difference",
        "load_difference",
    ),
    "controls": ("name", "old_report", "extracted", "difference"),
}
