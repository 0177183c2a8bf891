"""Reading crosswalk files: ``source, system, code, display, equivalence, reviewer, comment``."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence

from migrate.core.profiles.ast import Crosswalk, CrosswalkEntry, Place
from migrate.core.profiles.problems import Problems, choice
from migrate.core.profiles.source import ProfileLibrary, SourceText

COLUMNS = ("source", "system", "code", "display", "equivalence", "reviewer", "comment")
EQUIVALENCES = (
    "relatedto",
    "equivalent",
    "equal",
    "wider",
    "subsumes",
    "narrower",
    "specializes",
    "inexact",
    "unmatched",
    "disjoint",
)


def _lines(text: str) -> list[str]:
    """The file's lines with their ends, so that a quoted cell may hold line ends."""
    return [line + "\n" for line in text.removeprefix("\ufeff").split("\n")]


class Crosswalks:
    """The crosswalks that a profile uses, each read and checked once.

    ``names`` are the profile's own name and those that it extends, nearest first.
    """

    def __init__(
        self,
        library: ProfileLibrary,
        names: Sequence[str],
        systems: Mapping[str, str],
        problems: Problems,
    ) -> None:
        self._library = library
        self._names = names
        self._systems = systems
        self._problems = problems
        self._read: dict[str, Crosswalk | None] = {}
        self.files: list[SourceText] = []

    def get(self, name: str, place: Place) -> Crosswalk | None:
        """The crosswalk of this name; PRO022 at ``place`` where there is none."""
        if name not in self._read:
            source = self._find(name)
            self._read[name] = None if source is None else self._parse(name, source)
            if source is not None:
                self.files.append(source)
        if self._read[name] is None:
            folder = f"mappings/{self._names[0] if self._names else 'PROFILE'}/crosswalks"
            self._problems.add(
                "PRO022", place, f"there is no crosswalk '{name}'", f"the file {folder}/{name}.csv"
            )
        return self._read[name]

    def used(self) -> tuple[Crosswalk, ...]:
        """All that were read, by name."""
        return tuple(c for _, c in sorted(self._read.items()) if c is not None)

    def _find(self, name: str) -> SourceText | None:
        shared = None
        for profile in self._names:
            source = self._library.crosswalk(profile, name)
            if source is not None and "/shared/" not in f"/{source.path}":
                return source
            shared = shared or source
        return shared

    def _parse(self, name: str, source: SourceText) -> Crosswalk:
        reader = csv.reader(_lines(source.text), strict=True)
        entries: list[CrosswalkEntry] = []
        try:
            header = [cell.strip() for cell in next(reader, [])]
            if self._header_ok(header, source):
                entries = list(self._entries(reader, header, source))
        except csv.Error as error:
            self._bad(source, reader.line_num, f"not readable as CSV ({error})", "RFC 4180 CSV")
        return Crosswalk(name, tuple(entries), source.path)

    def _bad(self, source: SourceText, line: int, message: str, write: str) -> None:
        self._problems.add("PRO026", Place(source.path, line, 1), message, write)

    def _header_ok(self, header: list[str], source: SourceText) -> bool:
        missing = [column for column in COLUMNS if column not in header and column != "comment"]
        if missing:
            self._bad(
                source,
                1,
                f"the crosswalk has no column {', '.join(missing)}",
                f"the header {','.join(COLUMNS)}",
            )
        return not missing

    def _entries(
        self, rows: Iterator[list[str]], header: list[str], source: SourceText
    ) -> Iterator[CrosswalkEntry]:
        seen: set[tuple[str, str, str]] = set()
        for line, row in enumerate(rows, start=2):
            if not any(row):
                continue
            if len(row) != len(header):
                self._bad(source, line, f"{len(row)} cells, not {len(header)}", "quotes if needed")
                continue
            cell = dict(zip(header, row, strict=True))
            entry = CrosswalkEntry(
                cell["source"].strip(),
                self._system(cell["system"].strip(), source, line),
                cell["code"].strip(),
                cell["display"].strip(),
                cell["equivalence"].strip(),
                cell["reviewer"].strip(),
                cell.get("comment", "").strip(),
            )
            self._check(entry, seen, source, line)
            seen.add((entry.source, entry.system, entry.code))
            yield entry

    def _system(self, text: str, source: SourceText, line: int) -> str:
        if text and text not in self._systems and ":" not in text:
            write = choice(text, self._systems)
            self._bad(source, line, f"'{text}' is neither an alias nor a URL", write)
        return self._systems.get(text, text)

    def _check(
        self, entry: CrosswalkEntry, seen: set[tuple[str, str, str]], source: SourceText, line: int
    ) -> None:
        if not entry.source:
            self._bad(source, line, "a line without a source code", "the local code")
        if (entry.source, entry.system, entry.code) in seen:
            self._bad(source, line, "the same source and target as a line before", "it once")
        if entry.equivalence not in EQUIVALENCES:
            write = choice(entry.equivalence, EQUIVALENCES)
            self._bad(source, line, f"'{entry.equivalence}' is no equivalence", write)
        elif (entry.equivalence == "unmatched") == bool(entry.code):
            self._bad(
                source,
                line,
                "a target code and 'unmatched' exclude each other, and one is needed",
                "a code, or equivalence 'unmatched' without one",
            )
