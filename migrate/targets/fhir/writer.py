"""Writing: bundles in lanes, every entry's own status, and what is refused found by halving.

Nothing is sent a second time here. A write without a clear answer gets the receipt "unknown"; the
caller finds out by reading, and decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from migrate.core.ports import Receipt, Write
from migrate.errors import FailedForNow
from migrate.targets.fhir.bundles import (
    PATIENCE,
    NoBundle,
    Sent,
    entries,
    judged,
    receipts,
    tag,
    writing,
)
from migrate.targets.fhir.lanes import Lane, Links
from migrate.targets.fhir.probe import Found
from migrate.targets.fhir.together import together
from migrate.targets.fhir.wire import TooLarge, Wire

_DEAD = "424"  # RFC 4918: what it depends on was not done


class Writer:
    """Carries out writes on a server with these abilities."""

    def __init__(self, wire: Wire, found: Found, size: int, threads: int) -> None:
        self.found = found
        self._wire = wire
        self._size = min(size, found.bundle)
        self._most = self._threads = threads
        self._sent = Sent(found.if_match, found.if_none_match)

    @property
    def at_once(self) -> int:
        """How many writes fill all lanes."""
        return self._size * self._most

    def apply(self, writes: Sequence[Write], held: Mapping[int, bytes]) -> list[Receipt]:
        """A receipt each. ``held``: the content that a delete (by its number) will remove.

        Raises FailedForNow where no write at all has an answer, and what the wire raises.
        """
        answers: dict[int, Receipt] = {}
        failures: list[Exception] = []
        for start, end in _runs(writes):
            run = _Run(self, writes[start:end], start, held)
            failures += run.go(answers, self._threads)
            if failures:
                break
        self._adapt(failures)
        for error in failures:
            final = not isinstance(error, FailedForNow) or error.code == "LOD023"
            if final or not answers:
                raise error
        return [answers.get(n) or _unknown(one) for n, one in enumerate(writes)]

    def send(self, links: Links, writes: Sequence[Write], numbers: Sequence[int]) -> list[Receipt]:
        """Send some of these as one bundle; split it where it is too much or partly refused."""
        chosen = [writes[n] for n in numbers]
        if len(chosen) == 1 or not self.found.batches:
            return [self._alone(one) for one in chosen]
        kind = self.found.transactions
        body = writing("transaction" if kind else "batch", chosen, self._sent)
        try:
            answer = self._wire.ask("POST", "", body, {"Prefer": "return=minimal"})
        except TooLarge:
            raise FailedForNow("LOD003", "the target's answer is too large") from None
        if answer.status == 413:
            self._size = max(1, min(self._size, len(chosen) // 2))
        if answer.status not in (200, 201):
            halves = links.halves(numbers)
            if halves is None:
                return [judged(one, str(answer.status), None) for one in chosen]
            return self._in_turn(links, writes, numbers, halves)
        try:
            found = receipts(chosen, entries(answer.body))
        except NoBundle:
            raise FailedForNow("LOD003", "the target's answer is no bundle") from None
        if kind and any(one.outcome in ("conflict", "refused") for one in found):
            # Run as a batch after all: from now on nothing may count on the whole.
            self.found = replace(self.found, transactions=False)
        if any(one.outcome == "unknown" and one.status in PATIENCE for one in found):
            self._threads = max(1, self._threads // 2)
            self._wire.hold(1.0 if answer.wait_s is None else answer.wait_s)
        return found

    def _in_turn(
        self,
        links: Links,
        writes: Sequence[Write],
        numbers: Sequence[int],
        halves: Sequence[Sequence[int]],
    ) -> list[Receipt]:
        answers: dict[int, Receipt] = {}
        for half in halves:
            alive = without_dead(links, writes, half, answers)
            if alive:
                try:
                    answers.update(zip(alive, self.send(links, writes, alive), strict=True))
                except FailedForNow as error:
                    if error.code == "LOD023" or not answers:
                        raise
                    break
        return [answers.get(n) or _unknown(writes[n]) for n in numbers]

    def _alone(self, write: Write) -> Receipt:
        headers = {"Prefer": "return=minimal"}
        if write.if_version is not None and self._sent.if_match:
            headers["If-Match"] = f'W/"{write.if_version}"'
        if write.if_version is None and write.op == "put" and self._sent.if_none_match:
            headers["If-None-Match"] = "*"
        method = "DELETE" if write.op == "delete" else "PUT"
        try:
            answer = self._wire.ask(method, f"{write.type}/{write.id}", write.content, headers)
        except TooLarge:
            raise FailedForNow("LOD003", "the target's answer is too large") from None
        return judged(write, str(answer.status), tag(answer.etag))

    def _adapt(self, failures: Sequence[Exception]) -> None:
        """Fewer at a time after a failure, one more after each success."""
        if failures:
            self._threads = max(1, self._threads // 2)
        else:
            self._threads = min(self._most, self._threads + 1)

    def order(self, links: Links) -> list[list[Lane]]:
        """What may go at the same time, by what this server keeps together."""
        return links.phases(self._size) if self.found.transactions else links.levels(self._size)


class _Run:
    """Writes of one kind (puts or deletes) that follow each other. Deletes go in the order of a
    creation, reversed: what points at something goes before it."""

    def __init__(
        self, writer: Writer, writes: Sequence[Write], start: int, held: Mapping[int, bytes]
    ) -> None:
        self._writer = writer
        self._deletes = writes[0].op == "delete"
        places = list(range(start, start + len(writes)))
        if self._deletes:
            places.reverse()
            writes = [replace(one, content=held.get(n)) for n, one in
                      zip(places, reversed(writes), strict=True)]  # fmt: skip
        self._places, self._links = places, Links(writes)
        self._writes = [replace(one, content=None) if self._deletes else one for one in writes]

    def go(self, answers: dict[int, Receipt], threads: int) -> list[Exception]:
        """Send everything; answers are added, failures given back."""
        phases = self._writer.order(self._links)
        mine: dict[int, Receipt] = {}
        failures: list[Exception] = []
        for phase in reversed(phases) if self._deletes else phases:
            calls = [partial(self._lane, lane, mine) for lane in phase]
            failures += [one.error for one in together(calls, threads) if one.error is not None]
            if failures:
                break
        answers.update({self._places[n]: one for n, one in mine.items()})
        return failures

    def _lane(self, lane: Lane, mine: dict[int, Receipt]) -> None:
        for bundle in reversed(lane) if self._deletes else lane:
            numbers = without_dead(self._links, self._writes, bundle, mine)
            if self._deletes:
                numbers.reverse()
            if numbers:
                found = self._writer.send(self._links, self._writes, numbers)
                mine.update(zip(numbers, found, strict=True))


def without_dead(
    links: Links, writes: Sequence[Write], numbers: Sequence[int], answers: dict[int, Receipt]
) -> list[int]:
    """Those that point at nothing that was refused to be created; the others are answered."""
    alive = []
    for number in numbers:
        one = writes[number]
        before = (answers.get(other) for other in links.points_at[number])
        if one.op == "put" and any(
            there is not None and there.outcome == "refused" for there in before
        ):
            answers[number] = Receipt(one.type, one.id, "refused", None, _DEAD)
        else:
            alive.append(number)
    return alive


def _unknown(write: Write) -> Receipt:
    return Receipt(write.type, write.id, "unknown", None, "no answer")


def _runs(writes: Sequence[Write]) -> list[tuple[int, int]]:
    """Where the kind of write changes."""
    cuts = [n for n in range(1, len(writes)) if writes[n].op != writes[n - 1].op]
    return list(zip([0, *cuts], [*cuts, len(writes)], strict=True)) if writes else []
