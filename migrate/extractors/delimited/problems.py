"""Issues of this extractor, with the severity that the catalogue gives their codes."""

from __future__ import annotations

from migrate.core.issues import Address, Issue, code


def problem(
    name: str,
    message: str,
    *,
    table: str | None = None,
    file: str | None = None,
    row: int | None = None,
    at: str | None = None,
    rows: int = 1,
) -> Issue:
    """An issue at a place of the export. ``message`` names files and tables, never a value."""
    address = Address(table=table, row=row, file=file, at=at)
    return Issue(name, code(name).severity, message, address, rows)
