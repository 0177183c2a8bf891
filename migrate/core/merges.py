"""Patient merge records → who survives: chains are followed, circles found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "circle", "missing", "conflict", "empty"]


@dataclass(frozen=True, slots=True)
class MergeRecord:
    """One record: row number, the key merged away, the key it went into."""

    row: int
    old: str | None
    into: str | None


@dataclass(frozen=True, slots=True)
class Merged:
    """The survivor's key of each key merged away, the keys that have none because their
    records form a circle, and the status of each record by row."""

    survivors: dict[str, str]
    circle: frozenset[str]
    status: dict[int, Status]


def resolve_merges(records: Iterable[MergeRecord], patients: frozenset[str]) -> Merged:
    """Follow merge records to the record that survives.

    A record without both keys is ``empty``; records that send one key to different places are
    in ``conflict`` and have no effect; one whose chain ends at a key that no patient row has
    is ``missing`` and has no effect; one whose chain leads into a circle is ``circle``.
    """
    known = list(records)
    status: dict[int, Status] = {}
    targets: dict[str, set[str]] = {}
    for record in known:
        if record.old is None or record.into is None:
            status[record.row] = "empty"
        else:
            targets.setdefault(record.old, set()).add(record.into)
    into = {old: next(iter(found)) for old, found in targets.items() if len(found) == 1}
    ends = {old: _end(old, into) for old in into}
    survivors = {old: end for old, end in ends.items() if end is not None and end in patients}
    circle = frozenset(old for old, end in ends.items() if end is None)
    for record in known:
        if record.row not in status and record.old is not None:
            status[record.row] = _status(record.old, targets, ends, survivors)
    return Merged(survivors, circle, status)


def _end(old: str, into: dict[str, str]) -> str | None:
    """Where the chain from a key ends; None where it never does."""
    seen = {old}
    key = old
    while key in into:
        key = into[key]
        if key in seen:
            return None
        seen.add(key)
    return key


def _status(
    old: str,
    targets: dict[str, set[str]],
    ends: dict[str, str | None],
    survivors: dict[str, str],
) -> Status:
    if len(targets[old]) > 1:
        return "conflict"
    if ends[old] is None:
        return "circle"
    return "ok" if old in survivors else "missing"
