"""Every list of the report as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from migrate.core.reconcile.groups import AMOUNTS
from migrate.core.reconcile.sheet import Reconciliation, money_text
from migrate.report import words

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
    lists["money-grouped.csv"] = records_csv(_GROUPED, (g.document() for g in sheet.money_by))
    lists["columns-unclaimed.csv"] = csv_text(("table", "column", "filled"), sheet.unclaimed)
    return lists


def report_lists(sheet: Reconciliation, document: Mapping[str, Any]) -> dict[str, str]:
    """File name → CSV text of every list of the report; no chart value is in any."""
    finding = ("code", "where", "count", "severity", "message")
    verdicts = [
        *({**line, "state": "closes the gate"} for line in document["blocked_by"]),
        *({**line, "state": "accepted"} for line in document["accepted"]),
        *({**line, "state": "warning"} for line in document["warnings"]),
    ]
    columns = document["columns"]
    excluded = [
        (group["table"], name, "excluded", group["reason"])
        for group in columns["by_reason"]
        for name in group["columns"]
    ]
    return sheet_lists(sheet) | {
        "findings.csv": records_csv(("state", *finding, "reason", "by", "role"), verdicts),
        "checks.csv": records_csv(_CHECK, document["checks"]),
        "notes.csv": records_csv(("code", "title", "table", "column", "rows"), document["notes"]),
        "columns-excluded.csv": csv_text(("table", "column", "fate", "reason"), excluded),
        "files.csv": records_csv(("path", "bytes", "sha256"), document["files"]),
        "domains.csv": records_csv(("domain", "made", "loaded", "read_back"), document["domains"]),
        "codes.csv": records_csv(
            ("crosswalk", "table", "column", "outcome", "codes", "rows"), document["codes"]
        ),
        "alerting.csv": records_csv(("kind", *words.STANDINGS), document["alerting"]),
        "history.csv": records_csv(("run", "exported_at", *words.HISTORY), document["history"]),
        "aging.csv": records_csv(
            ("name", "old_report", "export", "difference", "moved", "left_behind"),
            (document["aging"] or {"buckets": ()})["buckets"],
        ),
    }


_GROUPED = ("by", "measure", "groups", "partly", "lines", "unnamed", *AMOUNTS, "unread")
_CHECK = ("id", "category", "severity", "examined", "failed", "threshold", "verdict", "waived_by")
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
