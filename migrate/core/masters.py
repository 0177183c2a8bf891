"""Master entries of the practice against those that the new EHR has already.

By identifier first; what has no sure match is proposed by name to a person. Nothing is ever
matched by its name alone, and nothing but a patient whom nobody resembles is new by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process, utils

How = Literal["identifier", "decided", "new", "open"]
CREATE = "create"
ALIKE = 80.0
PROPOSALS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A provider, payer, site or patient: its id, identifiers (NPI, payer id, record number),
    name and, for patients, date of birth (ISO)."""

    id: str
    identifiers: frozenset[str]
    name: str
    birth: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An entry of the new EHR that looks like ours; ``score`` 0 to 100."""

    id: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of one entry: ``their_id`` '' with ``new`` means that it is to be created."""

    ours: Entry
    how: How
    their_id: str
    proposals: tuple[Proposal, ...] = ()
    why: str = ""


def identifier_form(text: str) -> str:
    """An identifier for comparing: upper case, without blanks and hyphens.

    >>> identifier_form(" 12-34 a")
    '1234A'
    """
    return "".join(letter for letter in text.upper() if letter.isalnum())


def match(
    ours: Sequence[Entry],
    theirs: Sequence[Entry],
    decided: Mapping[str, str],
    *,
    may_be_new: bool,
) -> list[Matched]:
    """The outcome of each of ours, in their order.

    ``decided`` is our id → their id, or ``create``. ``may_be_new``: without a proposal it is new
    (patients); else a person decides that too. Two of ours never share one of theirs unseen.
    """
    by_identifier: dict[str, set[str]] = {}
    for entry in theirs:
        for one in entry.identifiers:
            by_identifier.setdefault(one, set()).add(entry.id)
    known = {entry.id: entry for entry in theirs}
    found = [_one(entry, known, by_identifier, decided, may_be_new) for entry in ours]
    taken = Counter(one.their_id for one in found if one.their_id and one.how == "identifier")
    return [
        _open(one.ours, known, "another of ours has the same identifier")
        if one.how == "identifier" and taken[one.their_id] > 1
        else one
        for one in found
    ]


def _one(
    entry: Entry,
    known: Mapping[str, Entry],
    by_identifier: Mapping[str, set[str]],
    decided: Mapping[str, str],
    may_be_new: bool,
) -> Matched:
    said = decided.get(entry.id)
    if said == CREATE:
        return Matched(entry, "decided", "")
    if said is not None and said in known:
        return Matched(entry, "decided", said)
    same: set[str] = set()
    for one in entry.identifiers:
        same |= by_identifier.get(one, set())
    if said is not None:
        return _open(entry, known, "the decided entry is not in the new EHR's list")
    if len(same) > 1:
        return _open(entry, known, "its identifiers fit several entries", same)
    if len(same) == 1:
        (other,) = same
        if entry.birth and known[other].birth and entry.birth != known[other].birth:
            return _open(entry, known, "same identifier, another date of birth", same)
        return Matched(entry, "identifier", other)
    made = _open(entry, known, "no entry with its identifier")
    return Matched(entry, "new", "") if may_be_new and not made.proposals else made


def _open(entry: Entry, known: Mapping[str, Entry], why: str, first: Iterable[str] = ()) -> Matched:
    proposals = [Proposal(one, known[one].name, 100.0) for one in sorted(first)]
    names = {key: other.name for key, other in known.items() if _could_be(entry, other)}
    for _, score, key in process.extract(
        entry.name,
        names,
        scorer=fuzz.token_sort_ratio,
        processor=utils.default_process,
        score_cutoff=ALIKE,
        limit=PROPOSALS,
    ):
        if key not in first:
            proposals.append(Proposal(key, names[key], round(score, 1)))
    return Matched(entry, "open", "", tuple(proposals[:PROPOSALS]), why)


def _could_be(entry: Entry, other: Entry) -> bool:
    """Whether dates of birth allow that two entries are one."""
    return not entry.birth or not other.birth or entry.birth == other.birth
