"""Sending writes so that nothing is lost or doubled: intent first, answer after, doubts by reading.

Used by every stage that writes to a target.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from migrate.core.compare import same
from migrate.core.plan import settle
from migrate.core.ports import Receipt, Stored, Write
from migrate.errors import FailedForNow

if TYPE_CHECKING:
    from migrate.core.ports import Target
    from migrate.store.journal import Entry, Journal

ATTEMPTS = 5
_LONGEST_PAUSE_S = 30.0
Pause = Callable[[float], None]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Intent:
    """One write, the digest of what it puts (None: a delete) and what it replaces."""

    write: Write
    digest: str | None
    before: bytes | None = None

    @property
    def ref(self) -> tuple[str, str]:
        """(type, id)."""
        return self.write.type, self.write.id


class Sender:
    """Sends the writes of one session of a journal to a target.

    A call that fails, or whose answer is unknown, is settled by reading and tried again, at most
    ``ATTEMPTS`` times; then FailedForNow (LOD023), with all that is known in the journal.
    """

    def __init__(
        self, target: Target, journal: Journal, session: int, pause: Pause = time.sleep
    ) -> None:
        self._target = target
        self._journal = journal
        self._session = session
        self._pause = pause

    def read(self, refs: Sequence[tuple[str, str]]) -> list[Stored]:
        """What the target holds now, with patience."""
        return self._patiently(lambda: list(self._target.read(refs)))

    def send(self, intents: Sequence[Intent]) -> list[Receipt]:
        """Carry out writes; a final receipt each, in their order: never 'unknown'."""
        answers: dict[tuple[str, str], Receipt] = {}
        waiting = list(intents)

        def once() -> None:
            nonlocal waiting
            numbers = self._journal.intend(
                self._session, [(one.write, one.digest, one.before) for one in waiting]
            )
            doubts = self._apply(dict(zip(numbers, waiting, strict=True)), answers)
            answers.update(self._settle(doubts))
            waiting = [one for one in waiting if one.ref not in answers]
            if waiting:
                raise FailedForNow("LOD003", "the target left some writes undone")

        self._patiently(once)
        return [answers[one.ref] for one in intents]

    def settle_open(self, contents: dict[tuple[str, str], bytes]) -> int:
        """Settle what an earlier, killed session left open; how many there were.

        ``contents`` are the wanted lines of open puts, as far as they are still known.
        """
        entries = self._journal.open_entries()
        doubts = {entry.n: _intent_of(entry, contents) for entry in entries}
        self._patiently(lambda: self._settle(doubts))
        return len(entries)

    def _apply(
        self, intents: dict[int, Intent], answers: dict[tuple[str, str], Receipt]
    ) -> dict[int, Intent]:
        """Send once; journal and collect the clear answers, give back the doubtful ones."""
        try:
            receipts = self._target.apply([one.write for one in intents.values()])
        except (FailedForNow, OSError) as error:
            if isinstance(error, FailedForNow) and error.code == "LOD023":
                raise
            self._failed(error, intents)
            return intents
        by_ref = {(one.type, one.id): one for one in receipts}
        clear: list[tuple[int, Receipt]] = []
        doubts: dict[int, Intent] = {}
        for number, intent in intents.items():
            receipt = by_ref.get(intent.ref)
            if receipt is None or receipt.outcome in ("unknown", "conflict"):
                doubts[number] = intent
            else:
                clear.append((number, receipt))
                answers[intent.ref] = receipt
        self._journal.answer(clear)
        return doubts

    def _failed(self, error: Exception, intents: dict[int, Intent]) -> None:
        """Wait as long as the target asked for before its state is read."""
        wait = error.retry_after_s if isinstance(error, FailedForNow) else None
        if wait and intents:
            self._pause(min(float(wait), _LONGEST_PAUSE_S))

    def _settle(self, doubts: dict[int, Intent]) -> dict[tuple[str, str], Receipt]:
        """Find out by reading what became of writes; journal it. Not-done ones are left out."""
        if not doubts:
            return {}
        present = self.read([one.ref for one in doubts.values()])
        found: list[tuple[int, Receipt]] = []
        undone: list[int] = []
        for (number, intent), stored in zip(doubts.items(), present, strict=True):
            receipt = _settled(intent, stored)
            if receipt is None:
                undone.append(number)
            else:
                found.append((number, receipt))
        self._journal.answer(found)
        self._journal.drop(undone)
        return {(one.type, one.id): one for _, one in found}

    def _patiently(self, action: Callable[[], Answer]) -> Answer:
        """Try a few times, with growing pauses. Raises FailedForNow (LOD023)."""
        for attempt in range(ATTEMPTS):
            try:
                return action()
            except (FailedForNow, OSError) as error:
                if isinstance(error, FailedForNow) and error.code == "LOD023":
                    raise
                if attempt + 1 < ATTEMPTS:
                    self._pause(min(0.5 * 2**attempt, _LONGEST_PAUSE_S))
        raise FailedForNow(
            "LOD023",
            f"the target failed {ATTEMPTS} times in a row",
            kept="every write that was answered is journalled; the others will be looked up",
            try_="see that the target is well, then run the same command again",
            retry_after_s=60,
        )


def _intent_of(entry: Entry, contents: dict[tuple[str, str], bytes]) -> Intent:
    content = contents.get((entry.type, entry.id))
    if content is not None and hashlib.sha256(content).hexdigest() != entry.digest:
        content = None
    op = "delete" if entry.op == "delete" else "put"
    write = Write(op, entry.type, entry.id, content, entry.if_version)  # type: ignore[arg-type]
    return Intent(write, entry.digest, entry.before)


def _settled(intent: Intent, stored: Stored) -> Receipt | None:
    """The receipt of a doubtful write by what the target holds; None: it did not happen."""
    write = intent.write
    holds_it = stored.content is not None and (
        hashlib.sha256(stored.content).hexdigest() == intent.digest
        or (write.content is not None and same(write.content, stored.content))
    )
    if stored.version is not None:
        untouched = stored.version == write.if_version
    else:
        untouched = stored.content is not None and stored.content == intent.before
    verdict = settle(write, stored, holds_it=holds_it, untouched=untouched)
    if verdict == "not done":
        return None
    if verdict == "conflict":
        return Receipt(write.type, write.id, "conflict", stored.version, "by reading")
    if write.op == "delete":
        return Receipt(write.type, write.id, "deleted", None, "by reading")
    outcome = "created" if write.if_version is None else "updated"
    return Receipt(write.type, write.id, outcome, stored.version, "by reading")  # type: ignore[arg-type]
