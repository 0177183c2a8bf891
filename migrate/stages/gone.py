"""What earlier runs loaded and this one does not make any more: decided by the project's rule.

By default nothing is done and each is listed. A rule (``[delta] gone``) is followed only where
the export says that the rows are gone or left out; never on a doubt, never over somebody else's
edit, and never under something that stays and points there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.core.ordering import rank
from migrate.core.plan import Action, Reason, Step, in_batches
from migrate.core.references import references
from migrate.core.retiring import GoneRule, can_be, retired
from migrate.stages.wanted import wanted_contents
from migrate.store.differences import why_gone
from migrate.store.files import folder_replaced
from migrate.store.plans import steps_for

if TYPE_CHECKING:
    from migrate.core.plan import Known
    from migrate.core.ports import Stored, Target
    from migrate.store.journal import Memory
    from migrate.store.settings import GoneRules
    from migrate.store.workspace import Project, Run

Ref = tuple[str, str]
GONE_FOLDER = "gone"
_AT_ONCE = 500
_DECIDABLE: frozenset[Reason] = frozenset({"gone from the export", "left out now"})


@dataclass(slots=True)
class _Gone:
    """One leftover: what we know of it, what is there, what becomes of it."""

    ref: Ref
    known: Known
    held: Stored
    why: Reason
    action: Action = "gone"
    reason: Reason = "gone from the export"
    content: bytes | None = None
    line: bytes = b""
    patient: str | None = None


def gone_steps(
    project: Project,
    run: Run,
    leftovers: Sequence[Ref],
    target: Target,
    memory: Memory,
    keys: Callable[[], Mapping[str, Sequence[str]]],
    first: Step,
) -> Iterator[Step]:
    """The steps of ``leftovers``, after all others: changed ones first, deletes last.

    ``first`` has the numbers (seq, unit, knot) to go on from. Writes the run's ``gone`` folder.
    """
    others = [one for one in reversed(project.runs()) if one.id != run.id]
    why = why_gone(leftovers, others, run, keys)
    found = _present(leftovers, target, memory, why)
    _contents(found, others)
    rules = project.settings.gone
    for one in found:
        _decide(one, rules)
    _keep_what_is_pointed_at(found)
    with folder_replaced(run.folder / GONE_FOLDER) as folder:
        yield from _steps(found, folder, first)


def _present(
    leftovers: Sequence[Ref], target: Target, memory: Memory, why: Mapping[Ref, Reason]
) -> list[_Gone]:
    """The leftovers that are still there, with our last receipt of each."""
    found = []
    for batch in in_batches(leftovers, _AT_ONCE):
        for ref, held in zip(batch, target.read(batch), strict=True):
            known = memory.known(*ref)
            if held.content is not None and known is not None:
                found.append(_Gone(ref, known, held, why[ref]))
    return found


def _contents(found: Sequence[_Gone], others: Sequence[Run]) -> None:
    """Find the line that we put there, in the run that made it."""
    waiting = {one.ref: one for one in found}
    for run in others:
        with wanted_contents(run.folder) as contents:
            for step in steps_for(run, waiting):
                one = waiting[step.type, step.id]
                if step.wanted and one.known.digest in _digests(line := contents.of(step), step):
                    one.line, one.patient = line, step.patient
        waiting = {ref: one for ref, one in waiting.items() if not one.line}


def _digests(line: bytes, step: Step) -> list[str]:
    """What a receipt of a line may say: its own digest, or that of one of its retired forms."""
    rules: tuple[GoneRule, ...] = ("inactive", "entered-in-error")
    forms = [retired(line, rule, step.type) for rule in rules if can_be(rule, step.type)]
    return [step.digest, *(hashlib.sha256(form).hexdigest() for form in forms)]


def _decide(one: _Gone, rules: GoneRules) -> None:
    kind = one.ref[0]
    rule: GoneRule = rules.of(kind)
    one.reason = one.why
    if not _untouched(one):
        one.action, one.reason = "conflict", "gone, but changed by somebody else"
    elif rule == "keep":
        one.action = "keep"
    elif rule == "ask" and rules.by_type.get(kind, rules.default) != "ask":
        one.reason = "no such state for its type"
    elif rule == "ask" or one.why not in _DECIDABLE:
        one.action = "gone"
    elif rule == "delete":
        one.action = "delete"
    elif not one.line:
        one.reason = "content not known any more"
    else:
        one.content = retired(one.line, rule, kind)
        one.action = "retire"
        if hashlib.sha256(one.content).hexdigest() == one.known.digest:
            one.action, one.reason = "leave", "retired before"


def _untouched(one: _Gone) -> bool:
    if one.known.version is not None:
        return one.held.version == one.known.version
    return hashlib.sha256(one.held.content or b"").hexdigest() == one.known.digest


def _keep_what_is_pointed_at(found: Sequence[_Gone]) -> None:
    """Nothing is deleted under a leftover that stays and points at it.

    What the run itself wants points only at what the run makes.
    """
    by_ref = {one.ref: one for one in found}
    needed = [ref for one in found if one.action != "delete" for ref in _points_at(one)]
    while needed:
        one = by_ref.get(needed.pop())
        if one is not None and one.action == "delete":
            one.action, one.reason = "gone", "still pointed at"
            needed += _points_at(one)


def _points_at(one: _Gone) -> list[Ref]:
    return references(one.held.content or b"")


def _steps(found: Sequence[_Gone], folder: Path, first: Step) -> Iterator[Step]:
    """Retired ones in the order of types; deletes so that what points at others goes first."""
    staying = sorted(
        (one for one in found if one.action != "delete"),
        key=lambda one: (rank(one.ref[0]), one.ref),
    )
    offsets: dict[str, int] = {}
    for n, one in enumerate([*staying, *_pointing_first(found)]):
        kind, identity = one.ref
        step = replace(
            first,
            seq=first.seq + n,
            unit=first.unit + n,
            knot=first.knot + n,
            patient=one.patient,
            type=kind,
            id=identity,
            action=one.action,
            reason=one.reason,
            if_version=one.held.version,
        )
        if one.content is not None:
            offset = offsets.setdefault(kind, 0)
            with (folder / f"{kind}.ndjson").open("ab") as handle:
                handle.write(one.content + b"\n")
            offsets[kind] += len(one.content) + 1
            digest = hashlib.sha256(one.content).hexdigest()
            step = replace(step, offset=offset, length=len(one.content), digest=digest)
        yield step


def _pointing_first(found: Sequence[_Gone]) -> list[_Gone]:
    """The deletes, each before what it points at (circles: in the order of types)."""
    going = {one.ref: one for one in found if one.action == "delete"}
    order: dict[Ref, None] = {}
    for start in sorted(going, key=lambda ref: (rank(ref[0]), ref)):
        path: list[tuple[Ref, Iterator[Ref]]] = [(start, iter(_points_at(going[start])))]
        seen = {start}
        while path:
            ref, others = path[-1]
            other = next(
                (o for o in others if o in going and o not in seen and o not in order), None
            )
            if other is None:
                order.setdefault(ref)
                path.pop()
            else:
                seen.add(other)
                path.append((other, iter(_points_at(going[other]))))
    return [going[ref] for ref in reversed(order)]
