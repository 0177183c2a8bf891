"""What is found in one document, and the key of a fact.

A fact's key is a digest of all that the entry says of the patient. What belongs to the document
(its author, the section's path, the entry's ids) is not part of it and stands in ``mentions``,
so the same fact in five documents is five equal rows, and one resource.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from migrate.extractors.ccda.values import Cells
from migrate.extractors.ccda.xml import Element, Raw


@dataclass(slots=True)
class Reject:
    """An entry that could not be read, as it was written."""

    table: str
    at: str
    code: str
    raw: bytes


@dataclass(slots=True)
class Found:
    """The rows of one document by table, each with its XPath; and what was held back.

    ``agents`` has the key of every participation that was read: one author speaks of many entries.
    """

    document: str
    patient: str
    parts: dict[str, Raw]
    rows: dict[str, list[tuple[str, Cells]]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    agents: dict[Element, str | None] = field(default_factory=dict)

    def add(self, table: str, cells: Cells, at: str) -> None:
        """Notes a row."""
        self.rows.setdefault(table, []).append((at, cells))

    def all(self) -> Iterator[tuple[str, str, Cells]]:
        """Table, XPath and cells of every row."""
        for table, rows in self.rows.items():
            for at, cells in rows:
                yield table, at, cells


def digest(parts: Iterator[str]) -> str:
    """40 hexadecimal digits of SHA-256 over length-prefixed parts."""
    message = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(message.encode()).hexdigest()[:40]


def fact(table: str, cells: Cells, at: str, found: Found) -> str:
    """Notes a row whose key is a digest of its cells; gives the key."""
    said = ["0:", f"{len(table)}:{table}"]
    for name in sorted(cells):
        cell = cells[name]
        if cell:
            said += (f"{len(name)}:{name}", f"{len(cell)}:{cell}")
    key = hashlib.sha256("".join(said).encode()).hexdigest()[:40]
    found.add(table, cells | {"key": key}, at)
    return key
