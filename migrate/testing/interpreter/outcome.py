"""What an interpretation gives, in the shape of the engine's own files."""

from __future__ import annotations

from dataclasses import dataclass

#: type, id, table, row, rule, role
LineageLine = tuple[str, str, str, int, str, str]
#: table, row, fate, code, reason, rule, patient
FateLine = tuple[str, int, str, str | None, str | None, str | None, str | None]
#: code, table, column, rule, rows
NoteLine = tuple[str, str, str, str, int]
#: crosswalk, source, table, column, outcome, rows
MissLine = tuple[str, str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class Interpretation:
    """All that a profile says of some tables.

    ``resources``: resource type → the lines in their order, without line ends; the other
    members have the columns of ``lineage.parquet``, ``fates.parquet``, ``notes.parquet`` and
    ``misses.parquet``, in no particular order.
    """

    resources: dict[str, list[bytes]]
    lineage: list[LineageLine]
    fates: list[FateLine]
    notes: list[NoteLine]
    misses: list[MissLine]
