"""What a checked layout says: the files of a package and how each cell is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from migrate.core.profiles.ast import Place

Form = Literal["text", "date", "datetime", "number"]
DateStyle = Literal["iso", "us", "compact"]
FileFormat = Literal["csv", "xlsx", "ccd", "documents"]
FORMS: tuple[Form, ...] = ("text", "date", "datetime", "number")
DATE_STYLES: tuple[DateStyle, ...] = ("iso", "us", "compact")
FILE_FORMATS: tuple[FileFormat, ...] = ("csv", "xlsx", "ccd", "documents")


@dataclass(frozen=True, slots=True)
class Test:
    """``path = 'a'``, ``path in ('a', 'b')``, ``path.exists()``; ``positive`` False: not so.

    ``path`` are member names with whether each repeats; ``values`` empty means ``exists()``.
    """

    path: tuple[tuple[str, bool], ...]
    values: tuple[str, ...]
    positive: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a member, a filter (all tests hold) or one place of the list (from 0)."""

    name: str = ""
    repeats: bool = False
    tests: tuple[Test, ...] = ()
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A path that was checked against R4.

    ``root`` True: it starts at the resource, else at the element of the file's ``each``.
    ``type`` is the FHIR type of what it gives.
    """

    steps: tuple[Step, ...]
    root: bool
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """One place that a cell may come from: a path, or a path of the resource it refers to."""

    path: Path
    of: str | None = None
    via: Path | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``sources`` are tried in order; a cell holds one value, or all with ``join``.

    ``codes`` maps values; ``keep`` leaves unmapped ones as they are instead of empty. ``width``
    is the desk's limit in characters: a longer value is cut where ``cut`` says so, else left out;
    both are listed as losses.
    """

    name: str
    sources: tuple[Source, ...]
    place: Place
    constant: str | None = None
    form: Form = "text"
    join: str | None = None
    codes: Mapping[str, str] | None = None
    keep: bool = False
    width: int | None = None
    cut: bool = False
    compared: bool = True


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """How a file of format ``documents`` gets its documents: columns, name rule, batches."""

    data: str
    type: str
    name: str
    convert: bool = True


@dataclass(frozen=True, slots=True)
class Expression:
    """A scalar SQL expression over the columns of the new EHR's export, and those columns."""

    sql: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Another table of the export, whose ``take`` columns stand beside each row where its ``key``
    equals the row's ``on``."""

    table: str
    on: str
    key: str
    take: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class Returns:
    """Where the new EHR's export gives these rows back: its table, and each column out of it.

    A column of the file that is not among ``columns`` is looked for under its own name.
    """

    table: str
    columns: Mapping[str, Expression] = field(default_factory=dict)
    where: Expression | None = None
    beside: Beside | None = None


@dataclass(frozen=True, slots=True)
class LayoutFile:
    """One file (or section) of a package: rows of one resource type, one a resource or element.

    ``key`` are the columns by which a row is known again; ``patient`` is the column that names
    the patient. ``split`` limits the rows of one file. ``leaves`` maps element paths (without
    indexes; ``meta.*`` for all below, ``*.coding.display`` for all that end so) to the reason why
    they are not carried; ``others`` is the reason for resources that ``where`` leaves out.
    """

    name: str
    format: FileFormat
    type: str
    where: tuple[Test, ...]
    each: Path | None
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    patient: str | None
    place: Place
    split: int | None = None
    leaves: Mapping[str, str] = field(default_factory=dict)
    documents: DocumentRule | None = None
    returns: Returns | None = None
    section: str | None = None
    others: str = ""

    def column(self, name: str) -> Column:
        """The column of this name. Raises KeyError."""
        return {column.name: column for column in self.columns}[name]


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole layout. ``left_out`` maps resource types to the reason why no file has them."""

    name: str
    title: str
    files: tuple[LayoutFile, ...]
    left_out: Mapping[str, str]
    leaves: Mapping[str, str]
    dates: DateStyle
    delimiter: str
    guard: bool
    digest: str

    def types(self) -> tuple[str, ...]:
        """The resource types that its files carry, sorted."""
        return tuple(sorted({file.type for file in self.files}))
