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

Action = Literal[
    "create", "update", "leave", "conflict", "later", "retire", "delete", "keep", "gone"
]
# The actions for which a load writes.
WRITING: tuple[Action, ...] = ("create", "update", "retire", "delete")
Reason = Literal[
    "new",
    "new again",
    "same",
    "changed by us",
    "present",
    "changed by somebody else",
    "deleted by somebody else",
    "outside the scope",
    "gone from the export",
    "left out now",
    "held back now",
    "its table is not there",
    "still pointed at",
    "content not known any more",
    "no such state for its type",
    "gone, but changed by somebody else",
    "retired before",
]
# What the target held when the plan was made.
WAS_THERE: frozenset[Reason] = frozenset(
    {
        "same",
        "changed by us",
        "present",
        "changed by somebody else",
        "gone from the export",
        "left out now",
        "held back now",
        "its table is not there",
        "still pointed at",
        "content not known any more",
        "no such state for its type",
        "gone, but changed by somebody else",
        "retired before",
    }
)


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

    ``create``, ``update``, ``leave`` and ``conflict`` are of resources that the run wants;
    ``later`` is of one that a scope rule leaves behind with its chart, until it is asked for.
    The others are of resources that earlier runs loaded and this one does not make any more:
    ``retire`` gives them another status, ``delete`` takes them away, ``keep`` leaves them by the
    project's own rule, ``gone`` leaves them because nobody has decided yet.

    ``seq`` 0.. is the order of writing; ``unit`` numbers what becomes visible together (a chart
    or a shared resource), ``knot`` what can only be written together (references in a circle).
    ``digest`` is the SHA-256 (hexadecimal) of the wanted JSON line, empty where none is wanted;
    ``offset`` and ``length`` are its place, in bytes, in ``<folder>/<type>.ndjson``.
    ``if_version`` is the version that the plan saw, None where the resource was not there.
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
        return self.action in WRITING

    @property
    def wanted(self) -> bool:
        """Whether it is of a resource that the run itself made."""
        return self.action in ("create", "update", "leave", "conflict") and (
            self.reason not in ("retired before", "gone, but changed by somebody else")
        )

    @property
    def folder(self) -> str:
        """The run's folder that holds the wanted line."""
        return "fhir" if self.wanted or self.action == "later" else "gone"

    def did(self, known: Known | None) -> bool:
        """Whether the last thing that we did to the resource is this very write."""
        return known is not None and (known.digest or "") == self.digest

    def write(self, content: bytes) -> Write:
        """The write of this step; ``content`` is of no matter to a delete."""
        if self.action == "delete":
            return Write("delete", self.type, self.id, None, self.if_version)
        return Write("put", self.type, self.id, content, self.if_version)


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """A plan's head; its steps are rows of ``plan.parquet``, whose digest is ``steps_digest``.

    ``counts``: action → type → steps. ``reasons``: reason → steps. ``present``: type → how many
    the target said that it held before (None: it cannot say), ``others``: type → how many of
    them no receipt of ours accounts for, where there are any. ``gate`` is the verdict under which
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
    others: Mapping[str, int] = field(default_factory=dict)

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
