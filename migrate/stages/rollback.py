"""``rollback``: a run's loads undone by their receipts, except what somebody has edited since.

What was updated gets its previous content back first, then what was created is deleted, the last
created first, so that references resolve at every moment. A kept resource keeps what it points at.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from migrate.core.compare import same
from migrate.core.plan import in_batches
from migrate.core.ports import Write
from migrate.core.references import owner, references
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages.load import Opening, memory_of
from migrate.stages.loaded import LISTED
from migrate.stages.resume import settle_open_writes
from migrate.stages.sending import Intent, Pause, Sender
from migrate.stages.target import opened_target
from migrate.store.audit import append
from migrate.store.journal import Entry, Journal
from migrate.store.lock import writing
from migrate.store.plans import STEPS_FILE, steps_of

if TYPE_CHECKING:
    from migrate.core.plan import Known
    from migrate.core.ports import Stored, Target
    from migrate.stages.progress import Progress
    from migrate.store.journal import Memory
    from migrate.store.workspace import Project, Run

_AT_ONCE = 500
Ref = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """What to undo: all of the run, or only one patient's chart, or one resource type."""

    patient: str | None = None
    type: str | None = None

    def covers(self, kind: str, identity: str, content: bytes | None) -> bool:
        """Whether a resource, with what the target holds of it, is meant."""
        if self.type is not None and kind != self.type:
            return False
        if self.patient is None:
            return True
        held = content or b""
        return owner(kind, identity, held, references(held)) == self.patient


@dataclass(slots=True)
class RolledBack:
    """What a rollback did, or with ``dry_run`` would do."""

    dry_run: bool
    undone: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: list[tuple[str, str, str]] = field(default_factory=list)
    not_back: list[Ref] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether nothing was kept and everything was read back as it had been."""
        return not self.kept and not self.not_back

    def document(self) -> dict[str, object]:
        """Counts by outcome and type; what was kept, by type and id."""
        nested: dict[str, dict[str, int]] = {}
        for (outcome, kind), number in sorted(self.undone.items()):
            nested.setdefault(outcome, {})[kind] = number
        return {
            "dry_run": self.dry_run,
            "outcomes": nested,
            "kept": len(self.kept),
            "kept_list": [
                {"type": kind, "id": identity, "code": "LOD040", "why": why}
                for kind, identity, why in self.kept[:LISTED]
            ],
            "not_back": [{"type": kind, "id": identity} for kind, identity in self.not_back],
        }

    def lines(self) -> list[str]:
        """The rollback in words."""
        would = "would be " if self.dry_run else ""
        lines = [
            f"{would}{outcome}: {number:,} {kind}"
            for (outcome, kind), number in sorted(self.undone.items())
        ]
        lines += [f"kept: {kind}/{identity} ({why})" for kind, identity, why in self.kept[:LISTED]]
        lines += [f"not as before: {kind}/{identity}" for kind, identity in self.not_back]
        return lines or ["nothing to undo"]


@dataclass(frozen=True, slots=True)
class _Undo:
    """One resource to undo: the journal's number of our first write of it, whether that made it,
    and the version that is there now. Its content is read again when it is its turn.
    """

    type: str
    id: str
    first: int
    created: bool
    version: str | None

    @property
    def ref(self) -> Ref:
        return self.type, self.id

    @property
    def word(self) -> str:
        return "deleted" if self.created else "restored"

    def intent(self, before: bytes | None, held: bytes | None) -> Intent:
        """The write that undoes it: delete it, or put back what was there ``before``."""
        if self.created:
            return Intent(Write("delete", self.type, self.id, None, self.version), None, held)
        write = Write("put", self.type, self.id, before, self.version)
        return Intent(write, hashlib.sha256(before or b"").hexdigest(), held)


def run(
    project: Project,
    run: Run,
    progress: Progress,
    *,
    dry_run: bool = False,
    scope: Scope = Scope(),
    opening: Opening = opened_target,
    pause: Pause = time.sleep,
) -> RolledBack:
    """Undo the run's loads; with ``dry_run`` only say what would be done.

    Raises AskedWrongly (PRJ007 nothing was loaded), NeedsPerson (LOD041 the target cannot undo).
    """
    if not run.journal.exists():
        raise AskedWrongly("PRJ007", "nothing was loaded yet", try_="ehr-migrate load")
    with writing(project.folder), opening(project) as target:
        if not target.capabilities().delete:
            raise NeedsPerson(
                "LOD041",
                "this kind of target cannot delete what it took",
                kept="everything as it is",
                try_="ask the target's vendor; the list of ids is in the journal",
            )
        identity = target.identity()
        if not dry_run:
            settle_open_writes(project, target, pause)
        with (
            closing(Journal(run.journal, identity)) as journal,
            closing(memory_of(project, identity)) as memory,
        ):
            result = RolledBack(dry_run)
            todo = _to_do(journal, memory, target, scope, result)
            if dry_run:
                result.undone.update((one.word, one.type) for one in todo)
            elif todo:
                session = memory.last_session() + 1
                journal.begin(session, "rollback", "")
                run.unfinish("load", "verify")
                sender = Sender(target, journal, session, pause)
                _undo_all(todo, _knots(run), journal, sender, _at_once(target), result, progress)
                facts = {"run": run.id, "undone": result.undone.total(), "kept": len(result.kept)}
                append(project.folder, "rollback", "ehr-migrate", facts)
    return result


def _at_once(target: Target) -> int:
    return max(1, min(_AT_ONCE, target.capabilities().max_bundle))


def _to_do(
    journal: Journal, memory: Memory, target: Target, scope: Scope, result: RolledBack
) -> list[_Undo]:
    """What can be undone, restorations first; the kept ones go to the result."""
    possible: dict[Ref, _Undo] = {}
    needed: set[Ref] = set()
    for one, last, held in _effects(journal, target):
        if held.content is None and one.created:
            continue
        points_at = references(held.content or b"")
        known_as = held.content or journal.entry(one.first).before
        if not scope.covers(one.type, one.id, known_as):
            needed.update(points_at)
        elif (why := _touched(last, memory.known(*one.ref), held)) is not None:
            result.kept.append((*one.ref, why))
            needed.update(points_at)
        else:
            possible[one.ref] = one
    _keep_what_is_needed(possible, needed, target, result)
    return sorted(possible.values(), key=lambda one: one.created)


def _keep_what_is_needed(
    possible: dict[Ref, _Undo], needed: set[Ref], target: Target, result: RolledBack
) -> None:
    """Take out of ``possible`` what something that stays points at, and what that points at."""
    while needed:
        ref = needed.pop()
        one = possible.get(ref)
        if one is None or not one.created:
            continue
        del possible[ref]
        result.kept.append((*ref, "something that stays points at it"))
        for held in target.read([ref]):
            needed.update(references(held.content or b""))


def _effects(journal: Journal, target: Target) -> Iterator[tuple[_Undo, Entry, Stored]]:
    """Each resource that loads of this run changed, with our last write and what is there."""
    for batch in in_batches(journal.to_undo(), _AT_ONCE):
        pairs = [(journal.entry(first), journal.entry(last)) for first, last in batch]
        present = target.read([(first.type, first.id) for first, _ in pairs])
        for (first, last), held in zip(pairs, present, strict=True):
            if last.outcome != "unchanged":
                created = first.if_version is None
                yield (
                    _Undo(first.type, first.id, first.n, created, held.version),
                    last,
                    held,
                )


def _touched(last: Entry, known: Known | None, held: Stored) -> str | None:
    """Who touched a resource since this run wrote it, in words; None: nobody."""
    if known is None or (held.content is None) != (last.op == "delete"):
        return "edited since it was loaded"
    if held.content is None:
        ours = known.digest is None
    elif known.version is not None:
        ours = held.version == known.version
    else:
        ours = hashlib.sha256(held.content).hexdigest() == known.digest
    if not ours:
        return "edited since it was loaded"
    return None if known.digest == last.digest else "changed by a later run: roll that back first"


def _knots(run: Run) -> dict[Ref, int]:
    """What points at each other in a circle, by the plan's number of the circle."""
    found: dict[Ref, int] = {}
    if not run.file(STEPS_FILE).exists():
        return found
    for knot, steps in groupby(steps_of(run), key=lambda step: step.knot):
        together = [(step.type, step.id) for step in steps]
        if len(together) > 1:
            found.update(dict.fromkeys(together, knot))
    return found


def _batches(
    todo: Sequence[_Undo], knots: Mapping[Ref, int], at_once: int
) -> Iterator[list[_Undo]]:
    """In their order; a circle is never cut, because none of it can go before the rest."""
    batch: list[_Undo] = []
    for one in todo:
        knot = knots.get(one.ref)
        if len(batch) >= at_once and (knot is None or knot != knots.get(batch[-1].ref)):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _undo_all(
    todo: Sequence[_Undo],
    knots: Mapping[Ref, int],
    journal: Journal,
    sender: Sender,
    at_once: int,
    result: RolledBack,
    progress: Progress,
) -> None:
    progress.start("undoing", len(todo))
    for batch in _batches(todo, knots, at_once):
        _undo(batch, journal, sender, result)
        progress.advance(len(batch))
    progress.done()


def _undo(batch: Sequence[_Undo], journal: Journal, sender: Sender, result: RolledBack) -> None:
    """Undo some, and read them back."""
    before = [None if one.created else journal.entry(one.first).before for one in batch]
    held = sender.read([one.ref for one in batch])
    intents = [
        one.intent(old, now.content) for one, old, now in zip(batch, before, held, strict=True)
    ]
    done = []
    for one, old, receipt in zip(batch, before, sender.send(intents), strict=True):
        if receipt.outcome in ("conflict", "refused"):
            result.kept.append((*one.ref, "edited or refused while it was undone"))
        else:
            result.undone[one.word, one.type] += 1
            done.append((one.ref, old))
    for (ref, old), now in zip(done, sender.read([ref for ref, _ in done]), strict=True):
        if now.content != old and not (old and same(old, now.content)):
            result.not_back.append(ref)
