"""What the terminal says of a sheet and of two runs."""

from __future__ import annotations

from collections.abc import Mapping

TEXT_TABLES = (
    "source table",
    "in the export",
    "came across",
    "combined",
    "left out",
    "held back",
    "unaccounted",
)
TEXT_TOTAL = "all tables"
TEXT_RESOURCES = ("made of it", "made", "loaded", "read back")
TEXT_PATIENTS = (
    "patients: {extracted} in the export = {mapped} came across + {merged} combined + "
    "{excluded} left out + {rejected} held back; loaded {loaded}, read back {read_back}"
)
TEXT_MONEY = (
    "money",
    "in the export",
    "moved",
    "left behind",
    "difference",
    "loaded",
    "load difference",
)
TEXT_CONTROLS = "totals of the old system: {agree} of {total} agree with the export"
TEXT_CONTROL_HEADER = ("  differs", "old report", "export", "difference")
TEXT_LATER = "for later"
NOT_PROVEN = "completeness of the export: not proven (no controls.csv with the old totals)"
BALANCED: Mapping[str | None, str] = {
    None: "does not tie out: rows or money are unaccounted for",
    "map": "ties out through mapping: every row and every cent is accounted for",
    "load": "ties out through loading: everything mapped has arrived",
    "verify": "ties out through verification: everything loaded was read back and matched",
}

TEXT_CHANGED = "{name}: {before} → {after}"
TEXT_CHANGED_TABLES = (
    "source table",
    "in the export",
    "now",
    "left out",
    "now",
    "held back",
    "now",
)
