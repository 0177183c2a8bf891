"""``rollback``: a run's loads undone by their receipts, except what somebody has edited since.

What was updated gets its previous content back first, then what was created is deleted, the last
created first, so that references resolve at every moment. A kept resource keeps what it points at.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate.core.plan import in_batches
from migrate.core.ports import Write
from migrate.core.references import owner, references
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages.load import LISTED, Opening, next_session
from migrate.stages.sending import Intent, Pause, Sender
from migrate.stages.target import opened_target
from migrate.store.audit import append
from migrate.store.journal import Entry, Journal
from migrate.store.lock import writing

if TYPE_CHECKING:
    from migrate.core.ports import Stored, Target
    from migrate.stages.progress import Progress
    from migrate.store.workspace import Project, Run

_AT_ONCE = 500
_RACED = "edited or refused while it was undone"
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
    """One resource: the first and last effect of our loads on it, and what is there now."""

    first: Entry
    last: Entry
    held: Stored

    @property
    def ref(self) -> Ref:
        return self.first.type, self.first.id

    @property
    def created(self) -> bool:
        return self.first.if_version is None

    @property
    def edited(self) -> bool:
        """Whether somebody else changed or deleted it since."""
        if self.held.content is None:
            return True
        if self.last.version is not None:
            return self.held.version != self.last.version
        return hashlib.sha256(self.held.content).hexdigest() != self.last.digest

    def intent(self) -> Intent:
        """The write that undoes it."""
        kind, identity = self.ref
        if self.created:
            write = Write("delete", kind, identity, None, self.held.version)
            return Intent(write, None, self.held.content)
        before = self.first.before or b""
        write = Write("put", kind, identity, before, self.held.version)
        return Intent(write, hashlib.sha256(before).hexdigest(), self.held.content)


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
        with closing(Journal(run.journal, identity)) as journal:
            session = next_session(project, identity)
            sender = Sender(target, journal, session, pause)
            if not dry_run:
                sender.settle_open({})
            result = RolledBack(dry_run)
            todo = _to_do(journal, target, scope, result)
            if dry_run:
                result.undone.update((_word(one), one.first.type) for one in todo)
            elif todo:
                journal.begin(session, "rollback", "")
                run.unfinish("load", "verify")
                _undo(todo, sender, result, progress)
                facts = {"run": run.id, "undone": result.undone.total(), "kept": len(result.kept)}
                append(project.folder, "rollback", "ehr-migrate", facts)
    return result


def _word(one: _Undo) -> str:
    return "deleted" if one.created else "restored"


def _to_do(journal: Journal, target: Target, scope: Scope, result: RolledBack) -> list[_Undo]:
    """What can be undone, restorations first; the kept ones go to the result."""
    possible: list[_Undo] = []
    needed: set[Ref] = set()
    kept: list[_Undo] = []
    for one in _effects(journal, target):
        if one.held.content is None and one.created:
            continue
        if not scope.covers(*one.ref, one.held.content):
            needed.update(references(one.held.content or b""))
        elif one.edited:
            kept.append(one)
            needed.update(references(one.held.content or b""))
        else:
            possible.append(one)
    result.kept += [(*one.ref, "edited since it was loaded") for one in kept]
    _keep_what_is_needed(possible, needed, result)
    return sorted(possible, key=lambda one: one.created)


def _keep_what_is_needed(possible: list[_Undo], needed: set[Ref], result: RolledBack) -> None:
    """Take out of ``possible`` what something that stays points at, and what that points at."""
    changed = True
    while changed:
        changed = False
        for one in [one for one in possible if one.created and one.ref in needed]:
            possible.remove(one)
            needed.update(references(one.held.content or b""))
            result.kept.append((*one.ref, "something that stays points at it"))
            changed = True


def _effects(journal: Journal, target: Target) -> Iterator[_Undo]:
    for batch in in_batches(journal.to_undo(), _AT_ONCE):
        pairs = [(journal.entry(first), journal.entry(last)) for first, last in batch]
        present = target.read([(first.type, first.id) for first, _ in pairs])
        for (first, last), held in zip(pairs, present, strict=True):
            if last.outcome != "unchanged":
                yield _Undo(first, last, held)


def _undo(todo: Sequence[_Undo], sender: Sender, result: RolledBack, progress: Progress) -> None:
    progress.start("undoing", len(todo))
    for batch in in_batches(todo, _AT_ONCE):
        receipts = sender.send([one.intent() for one in batch])
        for one, receipt in zip(batch, receipts, strict=True):
            if receipt.outcome in ("conflict", "refused"):
                result.kept.append((*one.ref, _RACED))
            else:
                result.undone[_word(one), one.first.type] += 1
        progress.advance(len(batch))
    for batch in in_batches(todo, _AT_ONCE):
        for one, held in zip(batch, sender.read([one.ref for one in batch]), strict=True):
            as_before = None if one.created else one.first.before
            if held.content != as_before and (*one.ref, _RACED) not in result.kept:
                result.not_back.append(one.ref)
    progress.done()
