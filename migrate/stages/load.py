"""``load``: exactly the signed plan, in its order, with every write journalled.

Killed at any instruction it goes on where it was: what was answered is in the journal, what was
not is looked up in the target. A second load finds nothing to do.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from itertools import chain, groupby
from typing import TYPE_CHECKING

from migrate.core.plan import WRITING, in_batches
from migrate.core.ports import Receipt
from migrate.core.references import references
from migrate.errors import NeedsPerson
from migrate.stages.batching import Batch, Meter
from migrate.stages.canary import (
    chart_with_what_it_needs,
    chosen,
    note_canary,
    require_canary,
)
from migrate.stages.doubles import sweep
from migrate.stages.hiding import Veil
from migrate.stages.loaded import LISTED, Loaded, NotWritten
from migrate.stages.plan import JudgeGate, evaluate_gate
from migrate.stages.resume import settle_open_writes
from migrate.stages.sending import Intent, Pause, Sender
from migrate.stages.signatures import require_signatures
from migrate.stages.target import opened_target
from migrate.stages.wanted import wanted_contents
from migrate.store.audit import append
from migrate.store.files import write_json
from migrate.store.journal import Journal, Memory
from migrate.store.lock import writing
from migrate.store.plans import read_plan, steps_of

if TYPE_CHECKING:
    from migrate.core.plan import LoadPlan, Step
    from migrate.core.ports import Target
    from migrate.stages.progress import Progress
    from migrate.stages.wanted import Contents
    from migrate.store.workspace import Project, Run

Opening = Callable[["Project"], AbstractContextManager["Target"]]
LOAD_FILE = "load.json"
Ref = tuple[str, str]


def run(
    project: Project,
    run: Run,
    progress: Progress,
    *,
    opening: Opening = opened_target,
    pause: Pause = time.sleep,
    judge: JudgeGate = evaluate_gate,
    patient: str | None = None,
    canary: bool = False,
) -> Loaded:
    """Carry out the run's plan; with ``patient`` only that chart and what it points at.

    ``canary`` lets one chart (``patient``, or one that is chosen) go before the others into a
    target that other people use.

    Raises AskedWrongly (LOD001 no plan, LOD072 no such chart), NeedsPerson (LOD010–LOD013
    signatures, LOD071 outside the limits of one, LOD002 another target, LOD070 no canary yet),
    FailedForNow (PRJ008, LOD003, LOD023). The result is not ``ready`` when something was left out
    because it is somebody else's.
    """
    with writing(project.folder):
        plan = read_plan(run)
        with opening(project) as target:
            identity = target.identity()
            if identity != plan.target_identity:
                raise another_target()
            signoffs = require_signatures(project, run, identity, judge=judge)
            if canary:
                patient = chosen(run, patient)
            else:
                require_canary(project, plan)
            settled = settle_open_writes(project, target, pause)
            with (
                closing(Journal(run.journal, identity)) as journal,
                closing(memory_of(project, identity)) as memory,
                wanted_contents(run.folder) as contents,
            ):
                session = memory.last_session() + 1
                sender = Sender(target, journal, session, pause)
                load = _Load(project, run, plan, target, memory, sender, contents)
                load.result.signoffs, load.result.settled = signoffs, settled
                if patient is not None:
                    load.only = chart_with_what_it_needs(run, contents, patient)
                    load.result.patient = patient
                result = load.go(
                    lambda: journal.begin(session, "load", plan.steps_digest), progress
                )
                result.doubles_removed, stay = sweep(target, steps_of(run))
                result.not_written += [
                    NotWritten(one.type, one.id, "LOD036", "a second copy was changed or is needed")
                    for one in stay
                ]
        if canary and result.ready and patient is not None:
            note_canary(project, identity, patient, run)
        if patient is not None:
            return result
        write_json(run.file(LOAD_FILE), _kept(result, plan))
        run.finish("load", {"plan": plan.steps_digest}, [run.file(LOAD_FILE)], result.loaded)
        return result


def another_target() -> NeedsPerson:
    """The refusal of a target that the plan was not made for."""
    return NeedsPerson(
        "LOD002",
        "the target that answers is not the one that the plan was made for",
        kept="everything; nothing was written",
        try_="check [target] in migration.toml; for a new target: ehr-migrate plan, then sign",
    )


def _kept(result: Loaded, plan: LoadPlan) -> dict[str, object]:
    """The state after the load, the same however often it took to get there."""
    return {
        "plan": plan.steps_digest,
        "target": plan.target_identity,
        "loaded": dict(sorted(result.loaded.items())),
        "not_written": [
            [one.type, one.id, one.code]
            for one in sorted(result.not_written, key=lambda one: (one.type, one.id))[:LISTED]
        ],
    }


def memory_of(project: Project, identity: str) -> Memory:
    """What all runs of the project did to the target of this identity."""
    return Memory([run.journal for run in project.runs()], identity)


class _Load:
    """One load: the plan's steps on their way to the target."""

    def __init__(
        self,
        project: Project,
        run: Run,
        plan: LoadPlan,
        target: Target,
        memory: Memory,
        sender: Sender,
        contents: Contents,
    ) -> None:
        self.project, self.run, self.plan = project, run, plan
        abilities = target.capabilities()
        self.limit = max(1, abilities.max_bundle)
        self.veil = Veil(project.settings.target.hide, contents, abilities)
        self.target, self.memory, self.sender = target, memory, sender
        self.contents = contents
        self.result = Loaded()
        self.absent: set[Ref] = set()
        self.only: frozenset[Ref] | None = None
        # The version that our own last write left; it may be newer than the plan (a rollback).
        self.ours: dict[Ref, str | None] = {}

    def go(self, begin: Callable[[], None], progress: Progress) -> Loaded:
        """Write what is not done; ``begin`` opens the journal's session before the first write."""
        result = self.result
        total = self.plan.total(*WRITING) if self.only is None else len(self.only)
        progress.start("loading", total)
        facts: dict[str, object] = {"run": self.run.id, "plan": self.plan.steps_digest}
        begun, meter = False, Meter(self.target, progress)
        for batch in chain(self._batches(progress), [[]]):  # the last one shows what is hidden
            if not begun and (batch or self.veil.waits):
                begun = True
                begin()
                self._note("load begins", facts | {"signoffs": result.signoffs})
            self._show(batch[0].unit if batch else None)
            if batch:
                meter.begin(len(batch))
                self._send(batch)
                meter.end()
        progress.done()
        if begun:
            self._note("load ends", facts | {"outcomes": result.counts()})
        return result

    def _note(self, what: str, facts: dict[str, object]) -> None:
        append(self.project.folder, what, "ehr-migrate", facts)

    def _batches(self, progress: Progress) -> Iterator[list[Step]]:
        """Steps that are still to be written, whole units together as far as they fit."""
        batch = Batch(self.limit)
        for _, unit in groupby(steps_of(self.run), key=lambda step: step.unit):
            todo = [step for step in unit if self._to_do(step, progress)]
            if not batch.takes(todo):
                yield batch.emptied()
            for _, knot in groupby(todo, key=lambda step: step.knot):
                together = list(knot)
                if not batch.takes(together):
                    yield batch.emptied()
                batch.add(together)
        if batch.steps:
            yield batch.emptied()

    def _to_do(self, step: Step, progress: Progress) -> bool:
        """Whether a step is still to be written; counts the others."""
        if self.only is not None and (step.type, step.id) not in self.only:
            return False
        if step.action in ("leave", "later", "keep", "gone"):
            self.result.loaded[step.type] += step.wanted
        elif step.action == "conflict":
            if step.reason == "deleted by somebody else":
                self.absent.add((step.type, step.id))
            self._left(step, "LOD020", step.reason)
        else:
            last = self.memory.known(step.type, step.id)
            if last is None:
                return True
            if self.veil.lies_hidden(step, last):
                self.ours[step.type, step.id] = last.version
                progress.advance()
                return False
            if not step.did(last):
                self.ours[step.type, step.id] = last.version if last.digest else None
                return True
            self.result.done_before += 1
            self.result.loaded[step.type] += step.wanted
            progress.advance()
        return False

    def _show(self, before_unit: int | None) -> None:
        """Show the Patients whose charts have been written."""
        shown, kept = self.veil.whole(before_unit, self.result.patient)
        for step in kept:
            self._left(step, "LOD025", "its chart is not whole, so it stays hidden")
        for some in in_batches(shown, self.limit):
            self._send(some, hide=False)

    def _send(self, batch: Sequence[Step], *, hide: bool = True) -> None:
        intents: list[Intent] = []
        sent: list[Step] = []
        for step, intent in zip(batch, self._intents(batch, hide), strict=True):
            if intent is not None and not self._held_back(step, intent):
                intents.append(intent)
                sent.append(step)
        receipts = self.sender.send(intents) if intents else []
        for step, intent, receipt in zip(sent, intents, receipts, strict=True):
            self._count(step, receipt, hidden=intent.digest != (step.digest or None))

    def _intents(self, batch: Sequence[Step], hide: bool) -> list[Intent | None]:
        """The writes of a batch, with what they replace; None where somebody was quicker."""
        made: list[Intent] = []
        for step in batch:
            write, digest = step.write(self.contents.of(step)), step.digest or None
            if hide and step.action == "create" and (form := self.veil.form(step)) is not None:
                write, digest = replace(write, content=form), hashlib.sha256(form).hexdigest()
            if (step.type, step.id) in self.ours:
                write = replace(write, if_version=self.ours.pop((step.type, step.id)))
            made.append(Intent(write, digest))
        updates = [one.ref for one in made if one.write.if_version is not None]
        present = {(one.type, one.id): one for one in self.sender.read(updates)} if updates else {}
        checked: list[Intent | None] = []
        for step, intent in zip(batch, made, strict=True):
            held = present.get(intent.ref)
            if held is None:
                checked.append(intent)
            elif held.version == intent.write.if_version:
                checked.append(replace(intent, before=held.content))
            else:
                checked.append(None)
                if held.content is None:
                    self.absent.add(intent.ref)
                self._left(step, "LOD020", "changed by somebody else")
        return checked

    def _held_back(self, step: Step, intent: Intent) -> bool:
        """Whether a step would point at something that is not there."""
        if not self.absent or self.absent.isdisjoint(references(intent.write.content or b"")):
            return False
        if step.action == "create":
            self.absent.add((step.type, step.id))
        self._left(step, "LOD022", "what it points at was not written")
        return True

    def _count(self, step: Step, receipt: Receipt, *, hidden: bool) -> None:
        self.result.written[receipt.outcome, step.type] += 1
        if receipt.outcome == "conflict":
            self._left(step, "LOD020", "changed by somebody else")
            if receipt.version is None and step.action == "update":
                self.absent.add((step.type, step.id))
        elif receipt.outcome == "refused":
            self._left(step, "LOD021", f"the target answered {receipt.status}")
            if step.action == "create":
                self.absent.add((step.type, step.id))
        elif hidden:
            self.veil.drawn(step)
            self.ours[step.type, step.id] = receipt.version
        else:
            self.result.loaded[step.type] += step.wanted

    def _left(self, step: Step, code: str, why: str) -> None:
        self.veil.broken(step)
        self.result.not_written.append(NotWritten(step.type, step.id, code, why))
