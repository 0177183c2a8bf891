"""The shapes of an issue, its address and its code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class IssueCode:
    """One kind of problem: what it means and what to do about it, in plain words."""

    code: str
    title: str
    severity: Severity
    means: str
    do: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a problem sits: a source cell, a FHIR element, or both. Parts not known are None.

    ``at`` is the position inside ``file``: a physical line number for text files, an XPath for
    XML. ``row`` is the ordinal of the record in its staged table (column ``_row``).
    """

    table: str | None = None
    row: int | None = None
    column: str | None = None
    file: str | None = None
    at: str | None = None
    resource: str | None = None
    element: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """A problem as a value: a code of the catalogue, its address, and how many rows share it."""

    code: str
    severity: Severity
    message: str
    address: Address = Address()
    rows: int = 1
