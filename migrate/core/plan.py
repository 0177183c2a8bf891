"""What a load would do: each wanted resource held against what the target has now.

The decision is pure: what is wanted, what is present, and what our own receipts say we put there
last. Nothing that somebody else put or changed is ever written over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, TypeVar

from migrate.core.ports import Stored, Write

Action = Literal["create", "update", "leave", "conflict"]
Reason = Literal[
    "new",
    "new again",
    "same",
    "changed by us",
    "present",
    "changed by somebody else",
    "deleted by somebody else",
]


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Known:
    """The last thing that we did to a resource of the target, by receipt.

    ``digest`` is the SHA-256 (hexadecimal) of what we put there, None when we deleted it;
    ``version`` the target's own name of that state, None where it has none.
    """

    digest: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a plan.

    ``seq`` 0.. is the order of writing; ``unit`` numbers what becomes visible together (a chart
    or a shared resource), ``knot`` what can only be written together (references in a circle).
    ``digest`` is the SHA-256 (hexadecimal) of the wanted JSON line; ``offset`` and ``length``
    are its place, in bytes, in ``fhir/<type>.ndjson``. ``if_version`` is the version that the
    plan saw, None where the resource was not there.
    """

    seq: int
    unit: int
    knot: int
    patient: str | None
    type: str
    id: str
    action: Action
    reason: Reason
    digest: str
    offset: int
    length: int
    if_version: str | None

    @property
    def writes(self) -> bool:
        """Whether a load writes for this step."""
        return self.action in ("create", "update")

    def write(self, content: bytes) -> Write:
        """The write of this step."""
        return Write("put", self.type, self.id, content, self.if_version)


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """A plan's head; its steps are rows of ``plan.parquet``, whose digest is ``steps_digest``.

    ``counts``: action → type → steps. ``reasons``: reason → steps. ``present``: type → how many
    the target said that it held before (None: it cannot say). ``gate`` is the verdict under which
    the plan was made, in published form.
    """

    run: str
    target_kind: str
    target_identity: str
    steps_digest: str
    steps: int
    counts: Mapping[str, Mapping[str, int]]
    reasons: Mapping[str, int]
    patients: Mapping[str, int]
    present: Mapping[str, int | None]
    gate: Mapping[str, object] = field(default_factory=dict)

    def total(self, *actions: Action) -> int:
        """How many steps have one of these actions."""
        return sum(sum(self.counts.get(action, {}).values()) for action in actions)


def decide(
    *, same: bool, present: Stored, known: Known | None, present_is_ours: bool
) -> tuple[Action, Reason]:
    """What to do about one wanted resource.

    ``same``: the target holds what is wanted, declared differences aside. ``present_is_ours``:
    the content there is what we put there last, for targets that name no versions.
    """
    if present.content is None:
        if known is None:
            return "create", "new"
        if known.digest is None:
            return "create", "new again"
        return "conflict", "deleted by somebody else"
    if same:
        return "leave", "same"
    if known is None or known.digest is None:
        return "conflict", "present"
    untouched = present.version == known.version if known.version is not None else present_is_ours
    return ("update", "changed by us") if untouched else ("conflict", "changed by somebody else")


Settled = Literal["done", "not done", "conflict"]


def settle(write: Write, present: Stored, *, holds_it: bool, untouched: bool) -> Settled:
    """What became of a write whose answer never came, by reading; never assumed.

    ``holds_it``: the target holds what the write would have put. ``untouched``: what it holds is
    still what the write would have replaced.
    """
    if write.op == "delete":
        if present.content is None:
            return "done"
        return "not done" if untouched else "conflict"
    if present.content is not None and holds_it:
        return "done"
    if present.content is None:
        return "not done" if write.if_version is None else "conflict"
    return "not done" if write.if_version is not None and untouched else "conflict"


def in_batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of ``size``, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
