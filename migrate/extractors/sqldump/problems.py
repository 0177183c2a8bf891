"""Issues and refusals of this extractor; messages name files and tables, never a value."""

from __future__ import annotations

from migrate.core.issues import Address, Issue, code
from migrate.errors import NeedsPerson


def problem(
    name: str, message: str, *, table: str | None = None, file: str | None = None, at: str = ""
) -> Issue:
    """An issue at a line of a file, with the severity that the catalogue gives its code."""
    address = Address(table=table, file=file, at=at or None)
    return Issue(name, code(name).severity, message, address)


def damaged(path: str, why: str) -> NeedsPerson:
    """A file that cannot be read to its end."""
    return NeedsPerson(
        "EXT021",
        f"file '{path}' {why}",
        kept="nothing of this export was staged",
        try_="ask the vendor for the file again, or unpack it by hand and name the folder",
    )


def computed(path: str, line: int, what: str) -> NeedsPerson:
    """A script that computes its values, so that only a database could tell them."""
    return NeedsPerson(
        "EXT031",
        f"file '{path}', line {line}: the script {what}; it is a program, not a dump",
        kept="nothing of this export was staged",
        try_="load the script into a database of its kind, and name that database "
        "or a dump of it as the export",
    )
