"""What stands in the NDJSON files of a run: lines by partition, the longest line.

``fhir/lines.json`` is written with the files; it gives a reader the partition of each line
(lines are ordered by it) and the buffer that the longest line needs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FILE = "lines.json"


@dataclass(frozen=True, slots=True)
class TypeLines:
    """One resource type: number of lines in each of the 64 partitions, bytes of the longest."""

    partitions: tuple[int, ...]
    longest: int

    @property
    def total(self) -> int:
        """All lines of the type."""
        return sum(self.partitions)


def write_lines(fhir: Path, lines: dict[str, TypeLines]) -> None:
    """Write ``lines.json`` into the folder of the NDJSON files."""
    document = {
        name: {"partitions": list(entry.partitions), "longest": entry.longest}
        for name, entry in sorted(lines.items())
    }
    (fhir / FILE).write_text(json.dumps(document, indent=1) + "\n")


def read_lines(fhir: Path) -> dict[str, TypeLines]:
    """What :func:`write_lines` wrote; empty where nothing was mapped yet."""
    path = fhir / FILE
    if not path.is_file():
        return {}
    document = json.loads(path.read_text())
    return {
        name: TypeLines(tuple(entry["partitions"]), entry["longest"])
        for name, entry in document.items()
    }
