"""Keeps what a later export only dates anew as it was loaded.

A profile may write the export's instant into a resource (``{context: exported}``: the date of a
Provenance, the day of a balance). A later export would change each of them though the old system
changed nothing. Where a resource differs from the earlier run's by that instant alone, the
earlier line stays.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from migrate.store.files import full_disk_in_words, sync_folder


def carry_over(fhir: Path, earlier: Path, instant: str, instants: Iterable[str]) -> int:
    """Put the earlier lines back in all files of a fhir folder; how many.

    ``instant`` is what this run's resources carry, ``instants`` what the earlier ones may.
    """
    new = _quoted(instant)
    olds = [old for old in map(_quoted, dict.fromkeys(instants)) if old != new]
    kept = 0
    for path in sorted(fhir.glob("*.ndjson")):
        before = earlier / path.name
        if olds and before.is_file():
            kept += _file(path, before, new, olds)
    return kept


def _file(path: Path, before: Path, new: bytes, olds: list[bytes]) -> int:
    known = {
        _id(line): hashlib.sha256(line).digest()
        for line in _lines(before)
        if any(old in line for old in olds)
    }
    if not known:
        return 0
    kept = 0
    beside = path.with_name(f".{path.name}.part")
    with full_disk_in_words(path), beside.open("wb") as handle:
        for line in _lines(path):
            digest = known.get(_id(line)) if new in line else None
            if digest is not None:
                same = (line.replace(new, old) for old in olds)
                found = next((one for one in same if hashlib.sha256(one).digest() == digest), None)
                kept += found is not None
                line = found or line
            handle.write(line)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)
    sync_folder(path.parent)
    return kept


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        yield from handle


def _id(line: bytes) -> str:
    return str(orjson.loads(line)["id"])


def _quoted(text: str) -> bytes:
    return orjson.dumps(text)
