"""Entry ids under which documents say different things of one patient."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.extractors.ccda.values import Cells


class EntryVersions:
    """Counts the ids that stand for more than one fact of a patient, by table.

    Holds two numbers an id, not the ids: hundreds of thousands fit in some tens of megabytes.
    """

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._several: dict[str, set[int]] = {}

    def note(self, cells: Cells) -> None:
        """Takes a row of ``entry_ids``."""
        table = cells.get("fact_table") or ""
        entry = hash((table, cells.get("patient"), cells.get("system"), cells.get("value")))
        fact = hash(cells.get("fact"))
        if self._first.setdefault(entry, fact) != fact:
            self._several.setdefault(table, set()).add(entry)

    def found(self) -> Iterator[tuple[str, int]]:
        """Table and number of ids with several versions."""
        for table in sorted(self._several):
            yield table, len(self._several[table])
