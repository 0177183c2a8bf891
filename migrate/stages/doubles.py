"""Second copies that late writes left in a target that gives ids itself: found, and removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from migrate.core.plan import in_batches
from migrate.core.ports import Doubling

if TYPE_CHECKING:
    from migrate.core.plan import Step
    from migrate.core.ports import Stored, Target

_AT_ONCE = 1000


def doubles(target: Target, steps: Iterable[Step]) -> list[Stored]:
    """Second copies of what these steps wrote, in their order; none in most targets."""
    if not isinstance(target, Doubling) or target.capabilities().client_ids:
        return []
    refs = ((step.type, step.id) for step in steps if step.action != "conflict")
    return [one for batch in in_batches(refs, _AT_ONCE) for one in target.doubles(batch)]


def sweep(target: Target, steps: Iterable[Step]) -> tuple[int, list[Stored]]:
    """Remove second copies, what points at others first; how many, and those that had to stay."""
    found = doubles(target, steps)[::-1]
    if not found or not isinstance(target, Doubling):
        return 0, []
    gone = target.remove(found)
    stay = [one for one, done in zip(found, gone, strict=True) if not done]
    return len(found) - len(stay), stay
