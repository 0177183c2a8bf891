"""An archive's seal: a digest of every file in a list that ``sha256sum -c`` reads, too."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from migrate.store.files import file_digest, write_json

FACTS = "archive.json"
SEALS = "MANIFEST.sha256"
_LINE = re.compile(r"^([0-9a-f]{64})  (\S.*)$")
_PAGES = ("charts/", "tables/", "unreadable/")


@dataclass(slots=True)
class SealCheck:
    """What a check found; paths are the archive's own names (numbers), never of the export."""

    digest: str
    files: int = 0
    rows: int = 0
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    rows_promised: int = 0

    @property
    def whole(self) -> bool:
        """Whether every file is there, is what it was, and the pages hold as many rows as said."""
        same = not (self.changed or self.missing or self.added)
        return same and self.files > 0 and self.rows == self.rows_promised

    def document(self) -> dict[str, object]:
        """The published form."""
        return {
            "whole": self.whole,
            "digest": self.digest,
            "files": self.files,
            "rows": self.rows,
            "rows_promised": self.rows_promised,
            "changed": list(self.changed),
            "missing": list(self.missing),
            "added": list(self.added),
        }


def seal(folder: Path, facts: Mapping[str, object]) -> tuple[str, int]:
    """Write the facts and the list of digests; the list's own digest, and how many files."""
    write_json(folder / FACTS, facts)
    count = 0
    with (folder / SEALS).open("w", encoding="utf-8", newline="\n") as handle:
        for path in _files(folder):
            if path != SEALS:
                handle.write(f"{file_digest(folder / path)}  {path}\n")
                count += 1
    return file_digest(folder / SEALS), count


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() or path.is_symlink():
            yield path.relative_to(folder).as_posix()


def opened(folder: Path, row_mark: re.Pattern[bytes]) -> SealCheck | None:
    """Read every file of an archive against its list, and count the rows on its pages.

    None when the folder has no readable list of digests or no facts.
    """
    try:
        text = (folder / SEALS).read_text("utf-8")
        facts: dict[str, Any] = orjson.loads((folder / FACTS).read_bytes())
        promised = int(facts["rows"]) + int(facts["unreadable"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    found = [_LINE.match(line) for line in text.splitlines()]
    if not all(found):
        return None
    listed = {line[2]: line[1] for line in found if line}
    check = SealCheck(file_digest(folder / SEALS), len(listed), rows_promised=promised)
    there = set(_files(folder)) - {SEALS}
    check.missing = tuple(sorted(set(listed) - there))
    check.added = tuple(sorted(there - set(listed)))
    changed = []
    for path in sorted(set(listed) & there):
        whole, rows = _read(folder / path, row_mark if path.startswith(_PAGES) else None)
        check.rows += rows
        if whole != listed[path]:
            changed.append(path)
    check.changed = tuple(changed)
    return check


def _read(path: Path, row_mark: re.Pattern[bytes] | None) -> tuple[str, int]:
    if path.is_symlink():
        return "", 0
    if row_mark is None:
        return file_digest(path), 0
    content = path.read_bytes()
    return hashlib.sha256(content).hexdigest(), len(row_mark.findall(content))
