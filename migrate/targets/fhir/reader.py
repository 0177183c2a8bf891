"""Reading resources by id: in batches where the server takes them, one by one where it does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

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
from migrate.targets.fhir.together import together
from migrate.targets.fhir.wire import TooLarge, Wire

ATTEMPTS = 5
T = TypeVar("T")


class Reader:
    """Reads with patience: at most ``ATTEMPTS`` times each, then FailedForNow (LOD023)."""

    def __init__(
        self, wire: Wire, size: int, threads: int, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._wire, self._size, self._threads, self._pause = wire, size, threads, pause

    def read(self, refs: Sequence[Ref]) -> Iterator[Stored]:
        """The present state of each, in their order."""
        share = -(-len(refs) // self._threads)
        parts = list(in_batches(refs, max(1, min(self._size, share))))
        calls = [partial(self._some, part) for part in parts]
        for ended in together(calls, self._threads):
            if ended.error is not None:
                raise ended.error
            yield from ended.value or ()

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
        found: list[Stored | None] = [None] * len(refs)
        if len(refs) > 1 and self._size > 1:
            try:
                found = self.patiently(lambda: self._batch(refs))
            except TooLarge:
                half = len(refs) // 2
                return [*self._some(refs[:half]), *self._some(refs[half:])]
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
            raise NeedsPerson(
                "LOD064",
                "a resource is larger than what is read into memory",
                try_="raise largest_answer_mb in [target.options]",
            ) from None
        if answer.status in (404, 410):
            return Stored(*ref, None, None)
        resource = _object(answer.body)
        if answer.status != 200 or (resource.get("resourceType"), resource.get("id")) != ref:
            raise FailedForNow("LOD003", f"the target answered {answer.status} to a reading")
        return as_stored(ref, resource)


def _object(body: bytes) -> dict[str, object]:
    try:
        return parsed(body)
    except NoBundle:
        raise FailedForNow("LOD003", "the target's answer is no JSON") from None
