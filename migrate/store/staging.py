"""Staging: what an extractor yields becomes Parquet files, reject files and a manifest.

The files are written into folders beside their places and moved there when all is done, the
rejects first and the folder with the manifest last. A crash or a full disk at any moment leaves
what was there before, never half an extraction.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
import pyarrow as pa

from migrate import __version__
from migrate.core.issues import Address, Issue
from migrate.core.model import ADDRESS_COLUMNS, Manifest, SourceFile, SourceTable
from migrate.core.ports import ExtractEvent, OtherFile, RowReject, Rows, TableDone
from migrate.errors import NeedsPerson, OurBug, disk_is_full
from migrate.store.files import folder_replaced, write_json
from migrate.store.manifest import input_digest, read_manifest, write_manifest
from migrate.store.parquet import ParquetFile

__all__ = ["Staged", "read_issues", "read_manifest", "stage", "staged_schema"]

MANIFEST = "manifest.json"
ISSUES = "issues.json"
_ADDRESS_TYPES = {"_row": pa.int64(), "_file": pa.string(), "_at": pa.string()}
_REJECTS = pa.schema(
    {
        "row": pa.int64(),
        "file": pa.string(),
        "at": pa.string(),
        "code": pa.string(),
        "raw": pa.binary(),
    }
)
_MOST_HELD = 192 << 20
_REJECTS_HELD = 4 << 20


@dataclass(frozen=True, slots=True)
class Staged:
    """A finished extraction: its manifest, and the issues that were met on the way."""

    manifest: Manifest
    issues: tuple[Issue, ...]


def staged_schema(columns: Sequence[str]) -> pa.Schema:
    """The Arrow schema of a staged table: text columns, then the address columns."""
    return pa.schema({name: pa.string() for name in columns} | _ADDRESS_TYPES)


def stage(
    events: Iterable[ExtractEvent],
    folder: Path,
    rejects: Path,
    *,
    extractor: str,
    exported_at: str,
    digest: str | None = None,
) -> Staged:
    """Write an extraction to ``folder`` and ``rejects``, replacing what is there.

    ``digest`` is the input digest where the caller has one, by default it is made of the files'
    names and digests. Raises NeedsPerson (EXT024) on a full disk, OurBug (EXT099) when an
    extractor's counts are not those of its rows.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    rejects.parent.mkdir(parents=True, exist_ok=True)
    with _full_disk_in_words(), folder_replaced(folder) as staged:
        with folder_replaced(rejects) as held, _Writing(staged, held) as writing:
            for event in events:
                writing.take(event)
            writing.finish()
        tables = tuple(sorted(writing.tables, key=lambda table: table.name))
        others = tuple(sorted(writing.other_files, key=lambda file: file.path))
        manifest = Manifest(
            extractor=extractor,
            exported_at=exported_at,
            input_digest=digest or input_digest(tables, others),
            tool_version=__version__,
            tables=tables,
            other_files=others,
        )
        write_json(staged / ISSUES, [asdict(issue) for issue in writing.issues])
        write_manifest(staged / MANIFEST, manifest)
    return Staged(manifest, tuple(writing.issues))


def read_issues(folder: Path) -> tuple[Issue, ...]:
    """The issues of a staged folder."""
    entries: list[dict[str, Any]] = orjson.loads((folder / ISSUES).read_bytes())
    return tuple(Issue(**{**entry, "address": Address(**entry["address"])}) for entry in entries)


class _full_disk_in_words:
    """Turns 'no space left', from Python or from Arrow, into EXT024."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        full = isinstance(fault, OSError) and disk_is_full(fault)
        if full or (isinstance(fault, NeedsPerson) and fault.code == "PRJ010"):
            raise NeedsPerson(
                "EXT024",
                "the disk became full while the export was staged",
                kept="what was staged before; the unfinished extraction is not used",
                try_="free about the size of the export, then: ehr-migrate extract",
            ) from None


@dataclass(slots=True)
class _Rejects:
    """The reject file of one table."""

    file: ParquetFile
    held: list[RowReject] = field(default_factory=list)
    held_bytes: int = 0

    def add(self, reject: RowReject) -> None:
        self.held.append(reject)
        self.held_bytes += len(reject.raw) + 64
        if self.held_bytes > _REJECTS_HELD:
            self.flush()

    def flush(self) -> None:
        columns = [
            pa.array([getattr(reject, name) for reject in self.held], kind)
            for name, kind in zip(_REJECTS.names, _REJECTS.types, strict=True)
        ]
        if self.held:
            self.file.add(pa.RecordBatch.from_arrays(columns, schema=_REJECTS))
        self.held, self.held_bytes = [], 0


class _Writing:
    """The files being written: a staged file and maybe a reject file for each open table."""

    def __init__(self, folder: Path, rejects: Path) -> None:
        self.tables: list[SourceTable] = []
        self.other_files: list[SourceFile] = []
        self.issues: list[Issue] = []
        self._folder = folder
        self._rejects_folder = rejects
        self._open: dict[str, ParquetFile] = {}
        self._rejects: dict[str, _Rejects] = {}

    def __enter__(self) -> _Writing:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to do: unfinished files lie in folders that are thrown away."""

    def take(self, event: ExtractEvent) -> None:
        """Write what an event carries."""
        match event:
            case Rows():
                self._rows(event)
            case RowReject():
                self._reject(event)
            case TableDone():
                self._table_done(event.table)
            case OtherFile():
                self.other_files.append(event.file)
            case Issue():
                self.issues.append(event)

    def finish(self) -> None:
        """All events were taken. Raises OurBug for a table that was never done."""
        left = sorted({*self._open, *self._rejects})
        if left:
            raise OurBug("EXT099", f"table {left[0]} was never finished by its extractor")

    def _rows(self, event: Rows) -> None:
        file = self._open.get(event.table)
        if file is None:
            names = [name for name in event.batch.schema.names if name not in ADDRESS_COLUMNS]
            file = self._create(event.table, names)
        file.add(event.batch)
        if sum(each.held_bytes for each in self._open.values()) > _MOST_HELD:
            max(self._open.values(), key=lambda each: each.held_bytes).flush()

    def _create(self, table: str, columns: Sequence[str]) -> ParquetFile:
        path = self._folder / f"{table}.parquet"
        file = self._open[table] = ParquetFile(path, staged_schema(columns))
        return file

    def _reject(self, reject: RowReject) -> None:
        known = self._rejects.get(reject.table)
        if known is None:
            path = self._rejects_folder / f"{reject.table}.parquet"
            known = self._rejects[reject.table] = _Rejects(ParquetFile(path, _REJECTS))
        known.add(reject)

    def _table_done(self, table: SourceTable) -> None:
        names = [column.name for column in table.columns]
        file = self._open.pop(table.name, None) or self._create(table.name, names)
        self._open.pop(table.name, None)
        file.close()
        rejected = 0
        if (rejects := self._rejects.pop(table.name, None)) is not None:
            rejects.flush()
            rejects.file.close()
            rejected = rejects.file.rows
        if (file.rows, rejected) != (table.rows, table.rejected) or (
            file.schema != staged_schema(names)
        ):
            raise OurBug("EXT099", f"table {table.name}: rows or columns are not what was counted")
        self.tables.append(table)


def staged_outputs(folder: Path, rejects: Path) -> list[Path]:
    """All files of an extraction, for its stage manifest."""
    found = [entry for entry in (*folder.iterdir(), *rejects.iterdir()) if entry.is_file()]
    return sorted(found, key=os.fspath)


def counts(manifest: Manifest) -> Mapping[str, int]:
    """How much an extraction staged: tables, rows, rows that could not be read, other files."""
    return {
        "tables": len(manifest.tables),
        "rows": sum(table.rows for table in manifest.tables),
        "rejected": sum(table.rejected for table in manifest.tables),
        "other_files": len(manifest.other_files),
    }
