"""CCDs of a package as files, with the place of every row in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from migrate.targets.handover.ccd import Author, document_of
from migrate.targets.handover.tables import Handed, Written

if TYPE_CHECKING:
    from migrate.core.layouts.ast import LayoutFile

Row = Mapping[str, str | None]
_AT_ONCE = 5000


class CcdWriter:
    """Writes a CCD a patient below ``ccd/``, in folders of so many where the desk wants that.

    ``handed`` gets a parquet file for each file of the layout: ``_file`` is the document, ``_row``
    the ordinal of the entry in its section. To be used in ``with``.
    """

    def __init__(
        self,
        folder: Path,
        handed: Path,
        patients: LayoutFile,
        files: Sequence[LayoutFile],
        author: Author,
    ) -> None:
        self._folder, self._author, self._patients = folder, author, patients
        self._sections = {file.name: file.section or "" for file in files}
        self._keepers: dict[str, _Keeper] = {}
        self._stack = ExitStack()
        for file in (patients, *files):
            names = [column.name for column in file.columns]
            keeper = self._stack.enter_context(Handed(handed / f"{file.name}.parquet", names))
            self._keepers[file.name] = _Keeper(keeper, names)
        self.documents = 0

    def __enter__(self) -> CcdWriter:
        return self

    def __exit__(self, *_: object) -> None:
        for keeper in self._keepers.values():
            keeper.flush()
        self._stack.close()

    def write(self, patient: Row, rows: Mapping[str, Sequence[Row]]) -> None:
        """One patient's document; ``rows`` by file of the layout."""
        split = self._patients.split
        batch = f"batch-{self.documents // split + 1:03d}/" if split else ""
        name = f"ccd/{batch}{patient['id']}.xml"
        sections: dict[str, list[Row]] = {}
        for file, some in rows.items():
            section = sections.setdefault(self._sections[file], [])
            keeper = self._keepers[file]
            for ordinal, row in enumerate(some, len(section) + 1):
                keeper.add(row, name, ordinal)
            section.extend(some)
        self._keepers[self._patients.name].add(patient, name, 1)
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(document_of(patient, sections, self._author))
        self.documents += 1

    def written(self) -> list[Written]:
        """What each file of the layout holds."""
        return [
            Written(name, [f"ccd/ ({self.documents:,} documents)"], keeper.rows)
            for name, keeper in self._keepers.items()
        ]


class _Keeper:
    """Collects rows with their places until there are enough to write."""

    def __init__(self, handed: Handed, names: Sequence[str]) -> None:
        self._handed, self._names = handed, ("_id", "_at", *names)
        self._held: list[Row] = []
        self._files: list[str] = []
        self._lines: list[int] = []
        self.rows = 0

    def add(self, row: Row, file: str, line: int) -> None:
        self._held.append(row)
        self._files.append(file)
        self._lines.append(line)
        self.rows += 1
        if len(self._held) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if self._held:
            columns = {
                name: pa.array([row[name] for row in self._held], pa.string())
                for name in self._names
            }
            self._handed.keep(pa.table(columns), self._files, self._lines)
        self._held, self._files, self._lines = [], [], []
