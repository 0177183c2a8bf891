"""Documents of a package as files in batches, with their index."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from migrate.targets.handover.documents import Converted, converted
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
        for table in tables:
            rows = table.to_pylist()
            cells = [self._one(row) for row in rows]
            for name in cells[0]:
                column = pa.array([one[name] for one in cells], pa.string())
                table = table.set_column(table.schema.get_field_index(name), name, column)
            yield table

    def _one(self, row: Mapping[str, str | None]) -> dict[str, str | None]:
        """Write one document; what the index says of it."""
        try:
            raw = base64.b64decode(row[self._rule.data] or "", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        made = converted(raw, row[self._rule.type], to_pdf=self._rule.convert)
        name = self._name(row)
        path = self._put(name, made.suffix, made.content)
        original = (
            self._put(f"original-{name}", made.original[1], made.original[0])
            if (made.original)
            else None
        )
        self.documents += 1
        self.pages += made.pages or 0
        self.states[made.state] += 1
        return self._cells(made, raw, path, original)

    def _cells(
        self, made: Converted, raw: bytes, path: str, original: str | None
    ) -> dict[str, str | None]:
        return {
            self._rule.data: None,
            "file_name": path,
            "file_bytes": str(len(made.content)),
            "file_sha256": hashlib.sha256(made.content).hexdigest(),
            "pages": None if made.pages is None else str(made.pages),
            "original_name": original,
            "original_sha256": hashlib.sha256(raw).hexdigest(),
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
