"""A target that fails on demand, around a real one: for tests of whoever loads.

The script names the call of ``apply`` or ``read`` (1..) at which something goes wrong, and what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from migrate.core.ports import Capabilities, Receipt, Stored, Target, Write
from migrate.errors import FailedForNow

Kind = Literal[
    "before",  # fails, nothing written
    "after",  # everything written, the answer lost
    "partial",  # the first ``keep`` writes done, then it fails
    "unknown before",  # receipts say "unknown", nothing written
    "unknown after",  # receipts say "unknown", everything written
    "refuse",  # entry ``keep`` refused, the others done
    "conflict",  # entry ``keep`` answered as a conflict though it is none
    "missing receipt",  # all written, the last receipt left out
    "reordered",  # all written, receipts in reverse
    "lost",  # receipts say done, entry ``keep`` was never written
    "read fails",  # this call of ``read`` fails
]


@dataclass(frozen=True, slots=True)
class Fault:
    """At the ``call``-th call (1..) of apply (of read for 'read fails'), ``kind`` happens."""

    call: int
    kind: Kind
    keep: int = 0


@dataclass(slots=True)
class FaultyTarget:
    """Wraps ``inner``; ``script`` is what goes wrong, ``calls`` what was asked so far.

    ``max_bundle`` makes the bundles smaller than the inner target's, so that there are more calls.
    """

    inner: Target
    script: Sequence[Fault] = ()
    max_bundle: int | None = None
    calls: dict[str, int] = field(default_factory=lambda: {"apply": 0, "read": 0})
    name: str = "faulty"

    def identity(self) -> str:
        """The inner target's."""
        return self.inner.identity()

    def capabilities(self) -> Capabilities:
        """The inner target's, with this one's bundle size."""
        found = self.inner.capabilities()
        return replace(found, max_bundle=self.max_bundle or found.max_bundle)

    def count(self, resource_type: str) -> int | None:
        """The inner target's."""
        return self.inner.count(resource_type)

    def close(self) -> None:
        """Close the inner target."""
        self.inner.close()

    def read(self, refs: Sequence[tuple[str, str]]) -> Iterator[Stored]:
        """The inner target's state, or a scripted failure."""
        if self._next("read", {"read fails"}) is not None:
            raise _failure()
        return self.inner.read(refs)

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """The inner target's receipts, with what the script does to them."""
        fault = self._next("apply", None)
        if fault is None:
            return self.inner.apply(writes)
        if fault.kind == "before":
            raise _failure()
        if fault.kind == "partial":
            self.inner.apply(writes[: fault.keep])
            raise _failure()
        if fault.kind == "unknown before":
            return [Receipt(write.type, write.id, "unknown", None, "504") for write in writes]
        if fault.kind in ("refuse", "conflict", "lost"):
            return self._one_entry(fault, writes)
        receipts = list(self.inner.apply(writes))
        if fault.kind == "after":
            raise _failure()
        if fault.kind == "missing receipt":
            return receipts[:-1]
        if fault.kind == "reordered":
            return receipts[::-1]
        return [replace(one, outcome="unknown", version=None, status="504") for one in receipts]

    def _one_entry(self, fault: Fault, writes: Sequence[Write]) -> Sequence[Receipt]:
        place = min(fault.keep, len(writes) - 1)
        one = writes[place]
        receipts = list(self.inner.apply([*writes[:place], *writes[place + 1 :]]))
        odd = {
            "refuse": Receipt(one.type, one.id, "refused", None, "422"),
            "conflict": Receipt(one.type, one.id, "conflict", None, "409"),
            "lost": Receipt(one.type, one.id, "created", "1", "201"),
        }[fault.kind]
        return [*receipts[:place], odd, *receipts[place:]]

    def _next(self, method: str, kinds: set[str] | None) -> Fault | None:
        self.calls[method] += 1
        for fault in self.script:
            matches = fault.kind in kinds if kinds else fault.kind != "read fails"
            if fault.call == self.calls[method] and matches:
                return fault
        return None


def _failure() -> FailedForNow:
    return FailedForNow("LOD003", "the target gave no answer (scripted)")
