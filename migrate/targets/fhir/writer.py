"""Writing: bundles in lanes, every entry's own status, and what is refused found by halving.

Nothing is sent a second time here. A write without a clear answer gets the receipt "unknown"; the
caller finds out by reading, and decides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from migrate.core.ports import Receipt, Stored, Write
from migrate.errors import FailedForNow
from migrate.targets.fhir.bundles import (
    PATIENCE,
    Kind,
    NoBundle,
    Sent,
    entries,
    judged,
)
from migrate.targets.fhir.forms import Form
from migrate.targets.fhir.lanes import Lane, Links
from migrate.targets.fhir.probe import Found
from migrate.targets.fhir.together import together
from migrate.targets.fhir.wire import Answer, TooLarge, Wire

Look = Callable[[Sequence[tuple[str, str]]], Iterable[Stored]]
# One bundle is to take about this long: far from the time limit, and long against the round trip.
_LONG_S, _SHORT_S = 30.0, 10.0
# HAPI keeps tags, profiles and security labels that a PUT leaves out, unless it is told not to.
_AS_SENT = {"X-Meta-Snapshot-Mode": "TAG, PROFILE, SECURITY_LABEL"}
_ROUNDS = 4
DEAD = "424"  # RFC 4918: what it depends on was not done


class Writer:
    """Carries out writes on a server with these abilities."""

    def __init__(
        self,
        wire: Wire,
        form: Form,
        found: Found,
        size: int,
        threads: int,
        look: Look,
        heard: Callable[[int], None],
    ) -> None:
        self.found, self.heard = found, heard
        self._wire, self._form, self._look = wire, form, look
        self._size = self._largest = min(size, found.bundle)
        self._chart = found.bundle  # up to here a chart goes as a whole
        self._most = self._threads = threads
        self._sent = Sent(found.if_match, found.if_none_match, found.never_version)
        # The server takes what was deleted before for something that is there (HAPI).
        self._deleted_counts = False

    @property
    def at_once(self) -> int:
        """How many writes fill all lanes a few times, so that none waits long for the slowest."""
        return max(_ROUNDS * self._size * self._most, self._chart)

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

    def send(
        self, links: Links, writes: Sequence[Write], numbers: Sequence[int], sure: bool = False
    ) -> list[Receipt]:
        """Send some of these as one bundle; split it where it is too much or partly refused.

        ``sure``: that the new ones are not there was just seen by reading.
        """
        if self._deleted_counts and not sure:
            return self._sorted_out(links, writes, numbers, None)
        chosen = [writes[n] for n in numbers]
        sent = replace(self._sent, never_version=False) if sure else self._sent
        if len(chosen) == 1 or not self.found.batches:
            found = [self._alone(one, sent) for one in chosen]
        else:
            answer = self._bundle(chosen, sent)
            status = str(answer.status)
            if status in ("409", "412") and self.found.transactions and chosen[0].op == "put":
                return self._sorted_out(links, writes, numbers, status, sure)
            if answer.status not in (200, 201):
                return self._in_turn(links, writes, numbers, status)
            found = self._receipts(chosen, answer)
        odd = [n for n, one in zip(numbers, found, strict=True) if _new(writes[n], one)]
        if odd and sent.never_version:
            settled = dict(zip(odd, self._sorted_out(links, writes, odd, "409"), strict=True))
            found = [settled.get(n, one) for n, one in zip(numbers, found, strict=True)]
        return found

    def _bundle(self, chosen: Sequence[Write], sent: Sent) -> Answer:
        """Send; what fails or takes long makes the next bundles smaller, what is quick larger."""
        kind: Kind = "transaction" if self.found.transactions else "batch"
        body = self._form.bundle(kind, chosen, sent)
        begun, half = time.monotonic(), max(1, len(chosen) // 2)
        try:
            answer = self._wire.ask("POST", "", body, {"Prefer": self._form.prefer, **_AS_SENT})
        except TooLarge:
            self._smaller(half)
            raise FailedForNow("LOD003", "the target's answer is too large") from None
        except FailedForNow:
            self._smaller(half)
            raise
        took = time.monotonic() - begun
        if answer.status == 413:
            self._smaller(half)
            self._largest = self._size
        elif took > _LONG_S:
            self._smaller(half)
        elif took < _SHORT_S and len(chosen) >= self._size:
            self._size = min(self._largest, 2 * self._size)
        return answer

    def _smaller(self, size: int) -> None:
        self._size, self._chart = min(self._size, size), min(self._chart, size)

    def _receipts(self, chosen: Sequence[Write], answer: Answer) -> list[Receipt]:
        try:
            found = self._form.receipts(chosen, entries(answer.body))
        except NoBundle:
            raise FailedForNow("LOD003", "the target's answer is no bundle") from None
        if self.found.transactions and any(
            one.outcome in ("conflict", "refused") and one.status[:1] != "2" for one in found
        ):
            # Run as a batch after all: from now on nothing may count on the whole.
            self.found = replace(self.found, transactions=False)
        if any(one.outcome == "unknown" and one.status in PATIENCE for one in found):
            self._threads = max(1, self._threads // 2)
            self._wire.hold(1.0 if answer.wait_s is None else answer.wait_s)
        return found

    def _sorted_out(
        self,
        links: Links,
        writes: Sequence[Write],
        numbers: Sequence[int],
        status: str | None,
        sure: bool = False,
    ) -> list[Receipt]:
        """Find by reading whose condition is broken, and send the others again.

        ``status`` is the server's refusal of these, None before they are sent at all.
        """
        present = self._look([(writes[n].type, writes[n].id) for n in numbers])
        answers: dict[int, Receipt] = {}
        for number, now in zip(numbers, present, strict=True):
            one = writes[number]
            if now.version != one.if_version:
                answers[number] = Receipt(one.type, one.id, "conflict", now.version, "412")
        rest = [n for n in numbers if n not in answers]
        if status is not None and not answers:
            if sure or not self._sent.never_version:
                return self._in_turn(links, writes, numbers, status)
            self._deleted_counts = True
        if rest:
            answers.update(zip(rest, self.send(links, writes, rest, True), strict=True))
        return [answers[n] for n in numbers]

    def _in_turn(
        self,
        links: Links,
        writes: Sequence[Write],
        numbers: Sequence[int],
        status: str,
    ) -> list[Receipt]:
        """In two halves, where the server refused them together with ``status``."""
        halves = links.halves(sorted(numbers))
        if halves is None:
            return [judged(writes[n], status, None) for n in numbers]
        answers: dict[int, Receipt] = {}
        if writes[numbers[0]].op == "delete":  # what points at something goes before it
            halves = (halves[1][::-1], halves[0][::-1])
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

    def _alone(self, write: Write, sent: Sent) -> Receipt:
        one = self._form.alone(write, sent)
        headers = {"Prefer": self._form.prefer, **_AS_SENT, **one.headers}
        try:
            answer = self._wire.ask(one.method, one.path, one.body, headers)
        except TooLarge:
            raise FailedForNow("LOD003", "the target's answer is too large") from None
        return self._form.receipt(write, answer)

    def _adapt(self, failures: Sequence[Exception]) -> None:
        """Fewer at a time after a failure, one more after each success."""
        if failures:
            self._threads = max(1, self._threads // 2)
        else:
            self._threads = min(self._most, self._threads + 1)

    def order(self, links: Links) -> list[list[Lane]]:
        """What may go at the same time, by what this server keeps together."""
        if not self.found.transactions:
            return links.levels(self._size)
        share = -(-len(links.charts) // self._threads)
        return links.phases(self._size, max(1, min(self._size, share)), self._chart)


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
                self._writer.heard(len(found))


def without_dead(
    links: Links, writes: Sequence[Write], numbers: Sequence[int], answers: dict[int, Receipt]
) -> list[int]:
    """Those that point at nothing that was refused, or of which nobody knows yet whether it was
    created; the others are answered, and not sent."""
    alive = []
    for number in numbers:
        one = writes[number]
        before = {answers[n].outcome for n in links.points_at[number] if n in answers}
        if one.op == "put" and "refused" in before:
            answers[number] = Receipt(one.type, one.id, "refused", None, DEAD)
        elif one.op == "put" and "unknown" in before:
            answers[number] = Receipt(one.type, one.id, "unknown", None, "not sent")
        else:
            alive.append(number)
    return alive


def _new(write: Write, receipt: Receipt) -> bool:
    """Whether something that was not there when it was planned is said to be there."""
    return receipt.outcome == "conflict" and write.op == "put" and write.if_version is None


def _unknown(write: Write) -> Receipt:
    return Receipt(write.type, write.id, "unknown", None, "no answer")


def _runs(writes: Sequence[Write]) -> list[tuple[int, int]]:
    """Where the kind of write changes."""
    cuts = [n for n in range(1, len(writes)) if writes[n].op != writes[n - 1].op]
    return list(zip([0, *cuts], [*cuts, len(writes)], strict=True)) if writes else []
