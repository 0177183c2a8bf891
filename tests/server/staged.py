"""Staged cells of a whole export, held against those of another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from migrate.core.issues import Issue
from migrate.core.model import SourceTable
from migrate.core.ports import Extractor, ExtractRequest, RowReject, Rows, TableDone
from migrate.extractors.database import DatabaseExtractor


@dataclass
class Staged:
    """Tables and rows by staged name."""

    tables: dict[str, SourceTable] = field(default_factory=dict)
    rows: dict[str, list[tuple[str | None, ...]]] = field(default_factory=dict)
    rejects: list[RowReject] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    @staticmethod
    def of(extractor: Extractor, source: str, **request: Any) -> Staged:
        """What an extractor makes of an export."""
        staged = Staged()
        for event in extractor.extract(ExtractRequest(source, **request)):
            match event:
                case Rows():
                    columns = [column.to_pylist() for column in event.batch.columns[:-3]]
                    staged.rows.setdefault(event.table, []).extend(zip(*columns, strict=True))
                case TableDone():
                    staged.tables[event.table.name] = event.table
                    staged.rows.setdefault(event.table.name, [])
                case RowReject():
                    staged.rejects.append(event)
                case Issue():
                    staged.issues.append(event)
        return staged

    def cells(self) -> int:
        """How many cells there are."""
        return sum(len(rows) * len(self.tables[name].columns) for name, rows in self.rows.items())

    def with_doubles_as_such(self) -> Staged:
        """Cells of floating columns in one spelling: old servers wrote 17 digits."""
        made = Staged(self.tables, {}, self.rejects, self.issues)
        for name, rows in self.rows.items():
            floating = [
                column.declared_type in ("real", "double precision")
                for column in self.tables[name].columns
            ]
            made.rows[name] = [
                tuple(
                    repr(float(cell)) if is_float and cell is not None else cell
                    for cell, is_float in zip(row, floating, strict=True)
                )
                for row in rows
            ]
        return made

    def differences(self, other: Staged) -> list[str]:
        """Tables, columns and the number of rows that are not the same; nothing when equal."""
        found = [
            f"only one has {name}" for name in sorted(self.tables.keys() ^ other.tables.keys())
        ]
        if self.rejects or other.rejects:
            found.append("rejects")
        for name in self.tables.keys() & other.tables.keys():
            columns = [column.name for column in self.tables[name].columns]
            if columns != [column.name for column in other.tables[name].columns]:
                found.append(f"columns of {name}")
                continue
            left = Counter(self.rows[name])
            left.subtract(Counter(other.rows[name]))
            if any(left.values()):
                found.append(f"{name}: {sum(map(abs, left.values()))} rows differ")
        return found


def live(url: str, **request: Any) -> Staged:
    """What the extractor of live databases reads."""
    return Staged.of(DatabaseExtractor(), url, **request)
