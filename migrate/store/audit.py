"""``audit.jsonl``: who did what to which digests, one line each, chained by digest.

Each line carries the digest of the line before it, so that a line that is changed, taken out or
put in later is found. No chart values: names of people, verbs, counts and digests only.
"""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import orjson

from migrate.store.files import full_disk_in_words

AUDIT_FILE = "audit.jsonl"
_START = "0" * 64


def append(project: Path, what: str, who: str, facts: Mapping[str, object]) -> None:
    """Add a line. ``facts`` are counts, names of files and digests. The disk has it on return.

    The caller holds the project's lock. A last line that a killed process left half written is
    cut off first: it was never reported as done.
    """
    path = project / AUDIT_FILE
    with full_disk_in_words(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            last, end = _last_line(handle)
            previous = _START if last is None else orjson.loads(last)["digest"]
            number = 1 if last is None else int(orjson.loads(last)["n"]) + 1
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            entry: dict[str, object] = {
                "n": number,
                "at": now,
                "what": what,
                "who": who,
                "facts": dict(facts),
                "previous": previous,
            }
            os.ftruncate(handle, end)
            os.pwrite(handle, _sealed(entry) + b"\n", end)
            os.fsync(handle)
        finally:
            os.close(handle)


def damaged_lines(project: Path) -> list[int]:
    """The numbers (1..) of lines whose digest or chain does not fit; empty when all is well."""
    path = project / AUDIT_FILE
    if not path.exists():
        return []
    wrong = []
    previous = _START
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            entry = orjson.loads(line)
            given = entry.pop("digest")
            fits = (
                given == _digest(entry) and entry["previous"] == previous and entry["n"] == number
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            given, fits = "", False
        if not fits:
            wrong.append(number)
        previous = given
    return wrong


def _digest(entry: Mapping[str, object]) -> str:
    return hashlib.sha256(orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _sealed(entry: dict[str, object]) -> bytes:
    return orjson.dumps(entry | {"digest": _digest(entry)}, option=orjson.OPT_SORT_KEYS)


def _last_line(handle: int) -> tuple[bytes | None, int]:
    """The last whole line and the offset behind it."""
    size = os.fstat(handle).st_size
    tail = b""
    start = size
    while start > 0:
        step = min(start, 1 << 16)
        start -= step
        tail = os.pread(handle, step, start) + tail
        end = tail.rfind(b"\n")
        if end >= 0 and (before := tail.rfind(b"\n", 0, end)) >= 0:
            return tail[before + 1 : end], start + end + 1
    end = tail.rfind(b"\n")
    return (None, 0) if end < 0 else (tail[:end], end + 1)
