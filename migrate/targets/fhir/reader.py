"""Reading resources by id: by searches or in batches, whichever the server is quicker at, and one
by one where it takes neither.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal, TypeVar

from migrate.core.plan import in_batches
from migrate.core.ports import Stored
from migrate.errors import FailedForNow, NeedsPerson
from migrate.targets.fhir.bundles import (
    NoBundle,
    Ref,
    as_stored,
    entries,
    parsed,
    reading,
    stored,
)
from migrate.targets.fhir.lookup import Looked, looked, searching, to_confirm
from migrate.targets.fhir.together import together
from migrate.targets.fhir.wire import TooLarge, Wire

ATTEMPTS = 5
Way = Literal["search", "batch"]
_WAYS: tuple[Way, ...] = ("search", "batch")
_MANY = 50  # fewer say nothing about the pace
T = TypeVar("T")


class Pace:
    """Which of two ways of reading was quicker so far; each is tried once on many resources."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent: dict[Way, tuple[int, float]] = {}

    def quicker(self, resources: int) -> Way:
        """The way to take for that many."""
        with self._lock:
            if "search" not in self._spent or resources < _MANY:
                return "search"
            if "batch" not in self._spent:
                self._spent["batch"] = (0, 0.0)  # the next one need not wait for this trial
                return "batch"
            return min(_WAYS, key=self._cost)

    def took(self, way: Way, resources: int, seconds: float) -> None:
        """How long one reading took."""
        if resources >= _MANY:
            with self._lock:
                before = self._spent.get(way, (0, 0.0))
                self._spent[way] = (before[0] + resources, before[1] + seconds)

    def _cost(self, way: Way) -> float:
        resources, seconds = self._spent[way]
        return seconds / resources if resources else float("inf")


class Reader:
    """Reads with patience: at most ``ATTEMPTS`` times each, then FailedForNow (LOD023).

    ``searches``: whether the server's search may be asked for resources by their ids. What a
    search does not find is asked for by id, some of it when it is much; once a search was wrong,
    none is asked any more.
    """

    def __init__(
        self,
        wire: Wire,
        size: int,
        threads: int,
        pause: Callable[[float], None] = time.sleep,
        *,
        searches: bool = True,
    ) -> None:
        self._wire, self._size, self._threads, self._pause = wire, size, threads, pause
        self.searches = searches
        self._pace = Pace()

    def read(self, refs: Sequence[Ref]) -> Iterator[Stored]:
        """The present state of each, in their order."""
        order = sorted(range(len(refs)), key=lambda place: refs[place][0])
        share = -(-len(refs) // self._threads)
        parts = list(in_batches(order, max(1, min(self._size, share))))
        calls = [partial(self._some, [refs[place] for place in part]) for part in parts]
        found: dict[int, Stored] = {}
        for part, ended in zip(parts, together(calls, self._threads), strict=True):
            if ended.error is not None:
                raise ended.error
            found.update(zip(part, ended.value or (), strict=True))
        for place in range(len(refs)):
            yield found.pop(place)

    def count(self, resource_type: str) -> int | None:
        """How many of a type a search counts; None where it does not say."""

        def once() -> int | None:
            answer = self._wire.ask("GET", f"{resource_type}?_summary=count&_total=accurate")
            if answer.status != 200:
                return None
            total = _object(answer.body).get("total")
            return total if isinstance(total, int) else None

        return self.patiently(once)

    def patiently(self, once: Callable[[], T]) -> T:
        """Try a reading call again after passing faults. Raises FailedForNow (LOD023)."""
        for attempt in range(ATTEMPTS):
            try:
                return once()
            except FailedForNow as error:
                if error.code == "LOD023":
                    raise
                if attempt + 1 < ATTEMPTS:
                    self._pause(0.5 * 2**attempt)
        raise FailedForNow(
            "LOD023",
            f"the target failed {ATTEMPTS} times in a row",
            kept="every write that was answered is journalled; the others will be looked up",
            try_="see that the target is well, then run the same command again",
            retry_after_s=60,
        )

    def _some(self, refs: Sequence[Ref]) -> list[Stored]:
        if len(refs) == 1 or self._size == 1:
            return [self.patiently(partial(self._alone, ref)) for ref in refs]
        way = self._pace.quicker(len(refs)) if self.searches else "batch"
        begun = time.monotonic()
        try:
            found = (self._searched if way == "search" else self._batched)(refs)
        except TooLarge:
            half = len(refs) // 2
            return [*self._some(refs[:half]), *self._some(refs[half:])]
        self._pace.took(way, len(refs), time.monotonic() - begun)
        return found

    def _searched(self, refs: Sequence[Ref]) -> list[Stored]:
        """By searches; what these do not find is not believed before it is looked at by id."""

        def once() -> Looked:
            answer = self._wire.ask("POST", "", searching(refs))
            try:
                return looked(refs, entries(answer.body) if answer.status == 200 else [])
            except NoBundle:
                raise FailedForNow("LOD003", "the target's answer is no bundle") from None

        said = self.patiently(once)
        if not (said.sure or said.found):
            self.searches = False  # it takes no such searches
        known = dict(said.found)
        asked = to_confirm(said.absent) if said.sure else said.absent
        confirmed = dict(zip(asked, self._batched(asked), strict=True)) if asked else {}
        if any(one.content is not None for one in confirmed.values()):
            self.searches = False
            rest = [ref for ref in said.absent if ref not in confirmed]
            confirmed.update(zip(rest, self._batched(rest), strict=True) if rest else ())
        known.update(confirmed)
        return [known.get(ref) or Stored(*ref, None, None) for ref in refs]

    def _batched(self, refs: Sequence[Ref]) -> list[Stored]:
        found = self.patiently(lambda: self._batch(refs)) if len(refs) > 1 else [None]
        return [
            one or self.patiently(partial(self._alone, ref))
            for ref, one in zip(refs, found, strict=True)
        ]

    def _batch(self, refs: Sequence[Ref]) -> list[Stored | None]:
        answer = self._wire.ask("POST", "", reading(refs))
        if answer.status != 200:
            # It takes no batches, or none of that size: smaller from now on, and alone here.
            self._size = max(1, min(self._size, len(refs)) // 2)
            return [None] * len(refs)
        try:
            return stored(refs, entries(answer.body))
        except NoBundle:
            raise FailedForNow("LOD003", "the target's answer is no bundle") from None

    def _alone(self, ref: Ref) -> Stored:
        try:
            answer = self._wire.ask("GET", "/".join(ref))
        except TooLarge:
            raise too_large() from None
        if answer.status in (404, 410):
            return Stored(*ref, None, None)
        resource = _object(answer.body)
        if answer.status != 200 or (resource.get("resourceType"), resource.get("id")) != ref:
            raise FailedForNow("LOD003", f"the target answered {answer.status} to a reading")
        return as_stored(ref, resource)


def too_large() -> NeedsPerson:
    """The refusal of a single resource that is larger than what is read."""
    return NeedsPerson(
        "LOD064",
        "a resource is larger than what is read into memory",
        try_="raise largest_answer_mb in [target.options]",
    )


def _object(body: bytes) -> dict[str, object]:
    try:
        return parsed(body)
    except NoBundle:
        raise FailedForNow("LOD003", "the target's answer is no JSON") from None
