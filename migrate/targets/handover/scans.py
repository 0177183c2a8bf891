"""Documents of a package as files in batches, with their index."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from migrate.targets.handover.documents import Converted, bound_together, converted
from migrate.targets.handover.documents.kinds import SUFFIXES, kind_of
from migrate.targets.handover.tables import Written, write_table

if TYPE_CHECKING:
    from migrate.core.layouts.ast import Layout, LayoutFile

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NOT_NAME = re.compile(r"[^A-Za-z0-9-]+")
_LONGEST = 100


class ScanWriter:
    """Writes the documents of one file of a layout below its own folder, and then the index."""

    def __init__(self, folder: Path, file: LayoutFile, layout: Layout) -> None:
        assert file.documents is not None
        self._folder, self._file, self._layout, self._rule = folder, file, layout, file.documents
        self._names: Counter[str] = Counter()
        self.documents = 0
        self.pages = 0
        self.states: Counter[str] = Counter()

    def write(self, handed: Path, tables: Iterable[pa.Table]) -> Written:
        """All documents, then the index as one CSV (or in parts) with a row a document."""
        return write_table(self._folder, handed, self._file, self._layout, self._indexed(tables))

    def _indexed(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """A row a document; the pages of one that came as a file each are one row, the first."""
        for table in tables:
            places: list[int] = []
            cells: list[dict[str, str | None]] = []
            rows = enumerate(table.to_pylist())
            for _, group in groupby(rows, key=lambda one: one[1]["_id"]):
                for place, made in self._of_resource(list(group)):
                    places.append(place)
                    cells.append(made)
            table = table.take(places)
            for name in cells[0]:
                column = pa.array([one[name] for one in cells], pa.string())
                table = table.set_column(table.schema.get_field_index(name), name, column)
            yield table

    def _of_resource(
        self, rows: Sequence[tuple[int, Mapping[str, str | None]]]
    ) -> Iterator[tuple[int, dict[str, str | None]]]:
        raws = [self._raw(row) for _, row in rows]
        together = len(rows) > 1 and self._rule.convert
        whole = bound_together(raws) if together else None
        if whole is not None:
            yield rows[0][0], self._put_all(rows[0][1], whole, raws)
            return
        for (place, row), raw in zip(rows, raws, strict=True):
            made = converted(raw, row[self._rule.type], to_pdf=self._rule.convert)
            yield place, self._put_all(row, made, [raw])

    def _raw(self, row: Mapping[str, str | None]) -> bytes:
        try:
            return base64.b64decode(row[self._rule.data] or "", validate=True)
        except (binascii.Error, ValueError):
            return b""

    def _put_all(
        self, row: Mapping[str, str | None], made: Converted, raws: Sequence[bytes]
    ) -> dict[str, str | None]:
        """Write a document and its originals; what the index says of it."""
        name = self._name(row)
        path = self._put(name, made.suffix, made.content)
        originals = [made.original] if made.original else []
        if len(raws) > 1:
            originals = [(raw, SUFFIXES[kind_of(raw)]) for raw in raws]
        numbered = len(originals) > 1
        kept = [
            self._put(f"original-{name}{f'-page{n:03d}' if numbered else ''}", suffix, raw)
            for n, (raw, suffix) in enumerate(originals, 1)
        ]
        self.documents += 1
        self.pages += made.pages or 0
        self.states[made.state] += 1
        return self._cells(made, raws, path, kept)

    def _cells(
        self, made: Converted, raws: Sequence[bytes], path: str, kept: Sequence[str]
    ) -> dict[str, str | None]:
        return {
            self._rule.data: None,
            "file_name": path,
            "file_bytes": str(len(made.content)),
            "file_sha256": hashlib.sha256(made.content).hexdigest(),
            "pages": None if made.pages is None else str(made.pages),
            "original_name": "; ".join(kept) or None,
            "original_sha256": "; ".join(hashlib.sha256(raw).hexdigest() for raw in raws),
            "state": made.state,
        }

    def _name(self, row: Mapping[str, str | None]) -> str:
        """The desk's name rule, in letters that every system takes; numbered where it is taken."""
        text = _PLACEHOLDER.sub(lambda m: _NOT_NAME.sub("", row[m[1]] or ""), self._rule.name)
        text = re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9_-]+", "", text)).strip("_")[:_LONGEST]
        split = self._file.split
        if split and self.documents % split == 0:
            self._names.clear()
        name = text or "document"
        self._names[name.lower()] += 1
        taken = self._names[name.lower()]
        return name if taken == 1 else f"{name}_{taken}"

    def _put(self, name: str, suffix: str, content: bytes) -> str:
        split = self._file.split
        batch = f"batch-{self.documents // split + 1:03d}" if split else "all"
        kind = "originals" if name.startswith("original-") else self._file.name
        path = Path(kind) / batch / f"{name.removeprefix('original-')}{suffix}"
        whole = self._folder / path
        whole.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole.write_bytes(content)
        return path.as_posix()
