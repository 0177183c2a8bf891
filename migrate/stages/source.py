"""The export of a project: which extractor reads it, and the digest that says it is the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.errors import AskedWrongly
from migrate.plugins import extractor, extractors
from migrate.store.files import file_digest
from migrate.store.manifest import files_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate.core.model import SourceFile
    from migrate.core.ports import Extractor


_NAMED = frozenset(
    {".csv", ".tsv", ".tab", ".psv", ".dat", ".sql", ".dump", ".db", ".sqlite", ".dbf", ".mdb"}
)


def choose_extractor(source: str, named: str | None) -> Extractor:
    """The named extractor, or the one that is surest of this export.

    Raises AskedWrongly: EXT001 (no such export), EXT002 (nobody can read it), PRJ040 (no
    extractor of this name).
    """
    if "://" not in source and not Path(source).exists():
        raise AskedWrongly(
            "EXT001",
            f"there is no folder, file or archive '{source}'",
            try_="check [source] from in migration.toml, and that the drive is attached",
        )
    if named is not None:
        return extractor(named)
    known = extractors()
    sure = [(found.confidence, name) for name in known if (found := known[name].detect(source))]
    if not sure:
        raise AskedWrongly(
            "EXT002",
            f"nothing that this tool reads was found in '{source}' ({_size_words(source)})",
            try_="check that this is the export's own folder; "
            f"readable are exports for: {', '.join(known)}",
        )
    return known[max(sure)[1]]


def _size_words(source: str) -> str:
    if "://" in source:
        return "an address"
    files = source_files(source)
    empty = sum(path.stat().st_size == 0 for path in files.values())
    return f"files: {len(files)}, of them empty: {empty}"


def kinds_of_files(files: Sequence[SourceFile]) -> list[dict[str, object]]:
    """Files that are no tables, counted by what they were taken for.

    Not by name: scans and letters are often named after the patient.
    """
    found: dict[str, list[int]] = {}
    for file in files:
        entry = found.setdefault(file.dialect or "", [0, 0])
        entry[0] += 1
        entry[1] += file.bytes
    return [
        {"taken_for": kind, "files": count, "bytes": size}
        for kind, (count, size) in sorted(found.items())
    ]


def named_files(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Those files that may be named in what is published: tables and dumps, no documents."""
    return [file for file in files if Path(file.path).suffix.lower() in _NAMED]


def source_files(source: str) -> dict[str, Path]:
    """The ordinary files of an export on disk, by their path inside it."""
    root = Path(source)
    if root.is_file():
        return {root.name: root}
    found = {}
    for folder, _, names in os.walk(root, followlinks=False):
        for name in names:
            path = Path(folder, name)
            if path.is_file():
                found[path.relative_to(root).as_posix()] = path
    return found


def source_digest(source: str) -> str | None:
    """One digest over the names and bytes of all files of an export; None for an address."""
    if "://" in source:
        return None
    return files_digest({name: file_digest(path) for name, path in source_files(source).items()})


def source_state(source: str) -> dict[str, tuple[int, int]]:
    """Size and time of change of all files of an export, to see that nobody writes to it."""
    if "://" in source:
        return {}
    states = {name: path.stat() for name, path in source_files(source).items()}
    return {name: (state.st_size, state.st_mtime_ns) for name, state in states.items()}
