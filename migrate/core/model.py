"""What an export is once it is staged: tables, their files, columns and keys.

A staged table is a Parquet file whose data columns are all text (NULL where the export had
nothing), named by :func:`column_name`, followed by the address columns:

``_row``   BIGINT, 1.. in the order of the export, unique in the table, rejected rows counted too
``_file``  VARCHAR, the file inside the export, with ``/``
``_at``    VARCHAR, where in that file: a physical line number, or an XPath
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ADDRESS_COLUMNS = ("_row", "_file", "_at")

_NOT_A_NAME = re.compile(r"[^0-9a-z]+")


def column_name(source_name: str) -> str:
    """The staged name of a table or column: lower case, everything else than a-z0-9 as ``_``.

    >>> column_name("Start Date"), column_name("PATIENTID"), column_name("2nd")
    ('start_date', 'patientid', 'c_2nd')
    """
    name = _NOT_A_NAME.sub("_", source_name.strip().lower()).strip("_")
    if not name:
        return "c"
    return f"c_{name}" if name[0].isdigit() else name


def unique_names(source_names: list[str]) -> list[str]:
    """Staged names for a whole header; a repeated name gets ``_2``, ``_3`` … in order."""
    seen: dict[str, int] = {}
    taken: set[str] = set()
    result = []
    for source_name in source_names:
        base = name = column_name(source_name)
        while name in taken:
            seen[base] = seen.get(base, 1) + 1
            name = f"{base}_{seen[base]}"
        taken.add(name)
        result.append(name)
    return result


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the export that a table was read from.

    ``physical_lines`` counts line ends (plus a last line without one); ``dialect`` says in
    words how it was read (delimiter, quote, line end), for the report.
    """

    path: str
    sha256: str
    bytes: int
    encoding: str | None = None
    dialect: str | None = None
    physical_lines: int | None = None


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column: its staged name, the export's own name and declared type, cells with a value."""

    name: str
    source_name: str
    declared_type: str | None = None
    filled: int = 0


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``columns`` of this table point at ``target_columns`` of ``target``."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One staged table. ``rows`` are staged rows, ``rejected`` rows that could not be read.

    The records that the export held are ``rows + rejected``.
    """

    name: str
    source_name: str
    columns: tuple[SourceColumn, ...]
    files: tuple[SourceFile, ...]
    rows: int
    rejected: int = 0
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    declared_rows: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished extraction staged; written last, as ``staged/manifest.json``.

    ``exported_at`` is an instant (ISO 8601 with zone) of ``migration.toml``, never the clock.
    ``input_digest`` is over the files' names and digests.
    """

    extractor: str
    exported_at: str
    input_digest: str
    tool_version: str
    tables: tuple[SourceTable, ...]
    other_files: tuple[SourceFile, ...] = field(default=())

    def table(self, name: str) -> SourceTable | None:
        """The table of this staged name, or None."""
        return next((table for table in self.tables if table.name == name), None)
