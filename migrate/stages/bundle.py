"""``bundle``: the run's resources as FHIR transaction bundles, for whoever loads them elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.core.bundles import bundle, entry, filled
from migrate.errors import AskedWrongly
from migrate.stages.wanted import Index, index_resources
from migrate.store.files import folder_replaced

if TYPE_CHECKING:
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Run


@dataclass(frozen=True, slots=True)
class Bundles:
    """Where they lie and how many there are."""

    folder: Path
    bundles: int
    resources: int

    def document(self) -> dict[str, object]:
        """The published form."""
        counts: dict[str, object] = {"bundles": self.bundles, "resources": self.resources}
        return {"folder": str(self.folder)} | counts


def run(run: Run, folder: Path, size: int, progress: Progress) -> Bundles:
    """Write ``bundle-00001.json`` … in the order of writing: nothing points at a later bundle.

    Raises AskedWrongly when the run is not mapped yet.
    """
    if run.manifest("map") is None:
        raise AskedWrongly("PRJ007", "nothing is mapped yet", try_="ehr-migrate map")
    if folder.exists() and any(folder.iterdir()):
        raise AskedWrongly("PRJ009", "the folder for the bundles is not empty", try_="name another")
    index = index_resources(run.fhir, progress)
    progress.start("bundling", len(index.names))
    written = 0
    with folder_replaced(folder) as beside:
        for written, entries in enumerate(filled(_entries(index, run.fhir), size), 1):
            path = beside / f"bundle-{written:05d}.json"
            path.write_bytes(bundle(entries))
            progress.advance(len(entries))
    progress.done()
    return Bundles(folder, written, len(index.names))


def _entries(index: Index, fhir: Path) -> Iterator[tuple[int, bytes]]:
    files: dict[str, int] = {}
    try:
        for placed in index.order():
            number = placed.ordinal
            kind, identity = index.ref(number)
            if kind not in files:
                files[kind] = os.open(fhir / f"{kind}.ndjson", os.O_RDONLY)
            line = os.pread(files[kind], index.lengths[number], index.offsets[number])
            yield placed.knot, entry(kind, identity, line)
    finally:
        for handle in files.values():
            os.close(handle)
