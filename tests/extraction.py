"""All events of an extraction, sorted, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from migrate.core.issues import Issue
from migrate.core.model import SourceTable
from migrate.core.ports import Extractor, ExtractRequest, OtherFile, RowReject, Rows, TableDone
from migrate.extractors.delimited import DelimitedExtractor


class Extraction:
    """What an extractor, by default the delimited one, makes of an export."""

    def __init__(
        self,
        source: Path,
        options: Mapping[str, object] | None = None,
        extractor: Extractor | None = None,
    ) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.rejects: list[RowReject] = []
        self.tables: dict[str, SourceTable] = {}
        self.others: dict[str, str] = {}
        self.issues: list[Issue] = []
        reader = extractor or DelimitedExtractor()
        for event in reader.extract(ExtractRequest(str(source), options or {})):
            match event:
                case Rows():
                    self.rows.setdefault(event.table, []).extend(event.batch.to_pylist())
                case RowReject():
                    self.rejects.append(event)
                case TableDone():
                    self.tables[event.table.name] = event.table
                case OtherFile():
                    self.others[event.file.path] = event.file.dialect or ""
                case Issue():
                    self.issues.append(event)

    def cells(self, table: str) -> list[tuple[str | None, ...]]:
        """The data cells of a table's rows."""
        names = [column.name for column in self.tables[table].columns]
        return [tuple(row[name] for name in names) for row in self.rows.get(table, [])]

    def codes(self) -> list[tuple[int, str, str]]:
        """Row, line and code of the rejects."""
        return [(reject.row, reject.at, reject.code) for reject in self.rejects]

    def issue_codes(self) -> list[str]:
        """The codes of the issues, sorted."""
        return sorted(issue.code for issue in self.issues)


def extract(
    folder: Path,
    content: bytes,
    options: Mapping[str, object] | None = None,
    name: str = "t.csv",
) -> Extraction:
    """Extract an export of one file."""
    (folder / name).write_bytes(content)
    return Extraction(folder, options)
