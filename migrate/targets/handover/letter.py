"""The cover letter of a package, in plain words: what is in it, what is not, how to check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate.targets.handover.tables import Written


@dataclass(frozen=True, slots=True)
class Letter:
    """What the letter speaks of. ``missing`` are (resource type, facts, why)."""

    practice: str
    desk: str
    layout: str
    patients: int
    as_of: str
    files: Sequence[Written]
    documents: Mapping[str, int]
    open_work: int
    no_work: Mapping[str, str]
    missing: Sequence[tuple[str, int, str]]
    canary: bool = False
    canary_gone: bool = False


def letter_text(letter: Letter) -> str:
    """The letter, at most 78 characters a line where the words allow it."""
    lines = [
        f"Records of {letter.practice}",
        f"for: {letter.desk} (layout {letter.layout})",
        f"as of {letter.as_of}",
        "",
        f"This package holds the records of {_patients(letter.patients)}. Please import all of it,",
        "or none of it and tell us why; a file that is imported twice makes double records.",
        *_about_the_canary(letter),
        "",
        "What is in it",
        "",
        *_files(letter),
        "",
        "patients.csv lists every patient with the old identifiers. Please fill in the column",
        "new_id, or send us your own list of patients with both numbers.",
        f"open-work.csv lists {letter.open_work:,} things that were not finished on that day, each",
        "with the person who owns it. They are for people to read, not to import.",
        *(["There is none of:"] if letter.no_work else []),
        *(f"  {kind}: {why}" for kind, why in letter.no_work.items()),
        "",
        "What is not in it, and why",
        "",
        *_missing(letter),
        "",
        "How to check",
        "",
        "1. sha256sum -c MANIFEST.sha256 says whether every file arrived as it was sent.",
        "2. control-totals.csv has the rows and sums of each file. After the import your own",
        "   counts should be these.",
        "3. When the import has ended, please export what you now hold. We read that export",
        "   back and compare it with this package, row by row and value by value.",
        "",
        "Dates are as the old system had them: a date that was known only by its month or year",
        "stays so. Codes and words stand side by side; where a code is missing the words count.",
    ]
    return "\n".join(lines) + "\n"


def _patients(number: int) -> str:
    return f"{number:,} patient{'s' if number != 1 else ''}"


def _about_the_canary(letter: Letter) -> list[str]:
    if letter.canary:
        return [
            "",
            "It is one chart, to be imported before all others. Please tell us what your system",
            "sent or started because of it: texts, letters, portal mail, review tasks, messages to",
            "registries. The others follow when a person at the practice says that nothing was.",
        ]
    if letter.canary_gone:
        return [
            "",
            "One patient is not in it: the chart that you imported first. It must stay as it is.",
        ]
    return []


def _files(letter: Letter) -> list[str]:
    rows = [
        f"  {', '.join(_shown(one.parts))}: {one.rows:,} row{'s' if one.rows != 1 else ''}"
        for one in letter.files
    ]
    rows += [f"  {name}: {count:,}" for name, count in letter.documents.items()]
    return rows or ["  nothing"]


def _shown(parts: Sequence[str]) -> list[str]:
    if len(parts) <= 3:
        return list(parts)
    return [parts[0], f"… {parts[-1]} ({len(parts)} parts)"]


def _missing(letter: Letter) -> list[str]:
    if not letter.missing:
        return ["  Nothing: every fact that we have is in it."]
    return [f"  {kind}: {facts:,} facts. {why}" for kind, facts, why in letter.missing]
