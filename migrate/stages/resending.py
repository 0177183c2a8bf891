"""``verify --resend``: only what a verification found lost or changed is sent again.

Lost resources are put back. One that differs is sent again only while it is still the version that
our own write left: what somebody else has edited since is never written over.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from migrate.core.plan import in_batches
from migrate.stages.load import Opening, another_target, memory_of
from migrate.stages.resume import settle_open_writes
from migrate.stages.sending import Intent, Pause, Sender
from migrate.stages.signatures import require_signatures
from migrate.stages.target import opened_target
from migrate.stages.wanted import wanted_contents
from migrate.store.audit import append
from migrate.store.journal import Journal
from migrate.store.lock import writing
from migrate.store.plans import read_plan, steps_of

if TYPE_CHECKING:
    from migrate.core.plan import Step
    from migrate.core.ports import Stored
    from migrate.stages.verify import Verified
    from migrate.stages.wanted import Contents
    from migrate.store.journal import Memory
    from migrate.store.workspace import Project, Run

_AT_ONCE = 100
_MENDABLE = ("LOD030", "LOD031")


def run(
    project: Project,
    run: Run,
    verified: Verified,
    *,
    opening: Opening = opened_target,
    pause: Pause = time.sleep,
) -> Counter[str]:
    """Send the listed failures again; outcome → resources ('left' for somebody else's edits).

    Raises what ``load`` raises. The caller verifies again.
    """
    failed = {(off.type, off.id) for off in verified.listed if off.code in _MENDABLE}
    counts: Counter[str] = Counter()
    if not failed:
        return counts
    with writing(project.folder), opening(project) as target:
        plan, identity = read_plan(run), target.identity()
        if identity != plan.target_identity:
            raise another_target()
        require_signatures(project, run, identity)
        settle_open_writes(project, target, pause)
        with (
            closing(Journal(run.journal, identity)) as journal,
            closing(memory_of(project, identity)) as memory,
            wanted_contents(run.folder) as contents,
        ):
            session = memory.last_session() + 1
            journal.begin(session, "load", plan.steps_digest)
            sender = Sender(target, journal, session, pause)
            steps = (step for step in steps_of(run) if (step.type, step.id) in failed)
            for batch in in_batches(steps, _AT_ONCE):
                held = sender.read([(step.type, step.id) for step in batch])
                pairs = zip(batch, held, strict=True)
                made = [_intent(step, now, memory, contents) for step, now in pairs]
                intents = [one for one in made if one is not None]
                counts["left"] += len(made) - len(intents)
                receipts = sender.send(intents) if intents else []
                counts.update(one.outcome for one in receipts)
        append(project.folder, "resend", "ehr-migrate", {"run": run.id, "outcomes": dict(counts)})
    return counts


def _intent(step: Step, held: Stored, memory: Memory, contents: Contents) -> Intent | None:
    """The write that mends it; None where somebody else has been there."""
    write = step.write(contents.of(step))
    if held.content is None:
        return Intent(replace(write, if_version=None), step.digest)
    known = memory.known(step.type, step.id)
    if known is None or held.version is None or held.version != known.version:
        return None
    return Intent(replace(write, if_version=held.version), step.digest, held.content)
