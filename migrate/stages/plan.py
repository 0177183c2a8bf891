"""``plan``: what a load would do, resource by resource, from reading the target.

Reading is not touching: the target is asked, never written to. (The embedded target is made,
empty, when it is not there yet: it needs an identity that a signature can bind.)
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrate.core.compare import same
from migrate.core.gate import Gate
from migrate.core.plan import WAS_THERE, Action, LoadPlan, Reason, Step, decide, in_batches
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages import desk
from migrate.stages.gone import gone_steps
from migrate.stages.mapping import project_profile, staged_manifest
from migrate.stages.resume import settle_open_writes
from migrate.stages.scope import bring, left_behind
from migrate.stages.target import opened_target
from migrate.stages.wanted import Index, index_resources, wanted_contents
from migrate.store.files import text_digest
from migrate.store.journal import Memory
from migrate.store.lock import writing
from migrate.store.plans import PLAN_FILE, STEPS_FILE, write_plan, write_steps

if TYPE_CHECKING:
    from migrate.core.ordering import Placed
    from migrate.core.ports import Stored, Target
    from migrate.stages.progress import Progress
    from migrate.stages.wanted import Contents
    from migrate.store.workspace import Project, Run

JudgeGate = Callable[["Project", "Run"], Gate]
_READ_AT_ONCE = 500
_ACTIONS: tuple[Action, ...] = (
    "create",
    "update",
    "leave",
    "conflict",
    "later",
    "retire",
    "delete",
    "keep",
    "gone",
)
_WORDS: dict[Action, str] = {
    "create": "to be created",
    "update": "to be updated (changed by us)",
    "leave": "there already, the same",
    "conflict": "left alone: somebody else's",
    "later": "left behind by [scope] of migration.toml: brought by plan --patient ID",
    "retire": "not in the export any more: to be given another status",
    "delete": "not in the export any more: to be deleted",
    "keep": "not in the export any more: kept by the project's rule",
    "gone": "not in the export any more: nobody has decided ([delta] gone in migration.toml)",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A made plan, the verdict under which it was made, and what its target cannot take."""

    plan: LoadPlan
    gate: Gate
    losses: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """Counts by action and type, by reason, by patient; the target's identity."""
        plan = self.plan
        return {
            "target_identity": plan.target_identity,
            "plan_digest": plan.steps_digest,
            "counts": {action: dict(plan.counts.get(action, {})) for action in _ACTIONS},
            "reasons": dict(plan.reasons),
            "patients": dict(plan.patients),
            "present": dict(plan.present),
        }

    def lines(self) -> list[str]:
        """The plan in words."""
        plan = self.plan
        lines = [f"target: {plan.target_identity}"]
        for action in _ACTIONS:
            total = plan.total(action)
            if total:
                kinds = ", ".join(f"{kind} {n:,}" for kind, n in plan.counts[action].items())
                lines.append(f"{total:>9,}  {_WORDS[action]}  ({kinds})")
        lines += [f"           {reason}: {n:,}" for reason, n in plan.reasons.items()]
        lines += self.losses
        return lines


def evaluate_gate(project: Project, run: Run) -> Gate:
    """The gate of a run, by the stage that judges it."""
    from migrate.stages.gate import evaluate

    return evaluate(project, run)


def run(
    project: Project,
    run: Run,
    progress: Progress,
    *,
    judge: JudgeGate = evaluate_gate,
    patient: str | None = None,
) -> Planned:
    """Read the target and write ``plan.json`` and ``plan.parquet``.

    ``patient`` is one (id or identifier) that ``[scope]`` left behind and who is wanted now.
    Raises AskedWrongly before there is a mapping (PRJ007) and for an unknown patient (LOD072),
    NeedsPerson for damaged resource files (LOD005) and references in a circle that the target
    cannot take (LOD024), and what the target raises.
    """
    mapped = run.manifest("map")
    if mapped is None:
        raise AskedWrongly("PRJ007", "there are no resources yet", try_="ehr-migrate map")
    lost = desk.losses(project, run, progress) if desk.is_handover(project) else ()
    gate = judge(project, run)
    with writing(project.folder), opened_target(project) as target:
        settle_open_writes(project, target)
        if patient is not None:
            bring(project, run, patient)
        run.unfinish("plan")
        index = index_resources(run.fhir, progress)
        tally = _Tally()
        memory = Memory((other.journal for other in project.runs()), target.identity())
        try:
            with wanted_contents(run.folder) as contents:
                left = left_behind(project, run, index)
                wanted = _steps(index, target, memory, contents, progress, left)
                steps = _with_gone(project, run, index, wanted, target, memory)
                digest = write_steps(run, tally.counted(steps))
        finally:
            memory.close()
        _check_knots(tally.largest_knot, target)
        plan = tally.plan(project, run, target, digest, _verdict(gate))
        write_plan(run, plan)
        inputs = {"fhir": _outputs_digest(mapped.outputs), "target": plan.target_identity}
        run.finish("plan", inputs, [run.file(PLAN_FILE), run.file(STEPS_FILE)], dict(plan.reasons))
    return Planned(plan, gate, tuple(desk.loss_lines(lost)))


def _steps(
    index: Index,
    target: Target,
    memory: Memory,
    contents: Contents,
    progress: Progress,
    left: frozenset[int],
) -> Iterator[Step]:
    """The steps in the order of writing, each decided from what the target has now.

    Resources that are ``left`` behind and not there yet stay so.
    """
    progress.start("asking the target", len(index.names))
    seq = 0
    for batch in in_batches(index.order(), _READ_AT_ONCE):
        refs = [index.ref(one.ordinal) for one in batch]
        for place, present in zip(batch, target.read(refs), strict=True):
            step = _step(seq, index, place, present, memory, contents)
            if step.action == "create" and place.ordinal in left:
                step = replace(step, action="later", reason="outside the scope")
            yield step
            seq += 1
        progress.advance(len(batch))
    progress.done()


def _with_gone(
    project: Project,
    run: Run,
    index: Index,
    wanted: Iterator[Step],
    target: Target,
    memory: Memory,
) -> Iterator[Step]:
    """The wanted steps, then those of what earlier runs loaded and this one does not make."""
    last = -1, -1, -1
    for step in wanted:
        yield step
        last = step.seq, step.unit, step.knot
    if not any(other.journal.exists() for other in project.runs() if other.id != run.id):
        return
    loaded = {f"{kind}/{identity}" for kind, identity in memory.loaded()}
    leftovers = sorted(name for name in loaded if name not in index)
    refs = [(kind, identity) for kind, _, identity in (n.partition("/") for n in leftovers)]
    if refs:
        seq, unit, knot = (number + 1 for number in last)
        first = Step(seq, unit, knot, None, "", "", "gone", "left out now", "", 0, 0, None)
        yield from gone_steps(
            project, run, refs, target, memory, lambda: _keys(project, run), first
        )


def _keys(project: Project, run: Run) -> Mapping[str, Sequence[str]]:
    """The key columns of the profile's tables; none where there is no profile to ask."""
    manifest = staged_manifest(run)
    return {table.name: table.key for table in project_profile(project, manifest).tables}


def _step(
    seq: int, index: Index, place: Placed, present: Stored, memory: Memory, contents: Contents
) -> Step:
    number = place.ordinal
    chart = index.charts[number]
    bare = Step(
        seq=seq,
        unit=place.unit,
        knot=place.knot,
        patient=index.patients[chart] if chart >= 0 else None,
        type=present.type,
        id=present.id,
        action="create",
        reason="new",
        digest=index.digest(number),
        offset=index.offsets[number],
        length=index.lengths[number],
        if_version=present.version if present.content is not None else None,
    )
    equal, ours = False, False
    known = memory.known(bare.type, bare.id)
    if present.content is not None:
        equal = same(contents.of(bare), present.content)
        ours = known is not None and hashlib.sha256(present.content).hexdigest() == known.digest
    action, reason = decide(same=equal, present=present, known=known, present_is_ours=ours)
    return replace(bare, action=action, reason=reason)


def _check_knots(largest: int, target: Target) -> None:
    """Resources that point at each other can only be written in one transaction."""
    if largest <= 1:
        return  # planning asks for abilities only where it must: a server is tried by writing
    able = target.capabilities()
    if not able.transactions or largest > able.max_bundle:
        raise NeedsPerson(
            "LOD024",
            f"{largest} resources point at each other in a circle, and the target cannot take "
            "them in one transaction",
            kept="the resources; no plan was made",
            try_="make one of the references optional in the profile",
        )


class _Tally:
    """Counts steps on their way to the file."""

    def __init__(self) -> None:
        self.actions: Counter[tuple[Action, str]] = Counter()
        self.reasons: Counter[Reason] = Counter()
        self.charts: dict[str, set[str]] = {action: set() for action in _ACTIONS}
        self.largest_knot = 0
        self.ours: Counter[str] = Counter()

    def counted(self, steps: Iterator[Step]) -> Iterator[Step]:
        knot, size = -1, 0
        for step in steps:
            size = size + 1 if step.knot == knot else 1
            knot, self.largest_knot = step.knot, max(self.largest_knot, size)
            self.actions[step.action, step.type] += 1
            self.reasons[step.reason] += 1
            self.ours[step.type] += step.reason in WAS_THERE and step.reason != "present"
            if step.patient is not None:
                self.charts[step.action].add(step.patient)
            yield step

    def plan(
        self, project: Project, run: Run, target: Target, digest: str, verdict: dict[str, object]
    ) -> LoadPlan:
        counts: dict[str, dict[str, int]] = {}
        for (action, kind), number in sorted(self.actions.items()):
            counts.setdefault(action, {})[kind] = number
        kinds = sorted({kind for _, kind in self.actions})
        present = {kind: target.count(kind) for kind in kinds}
        others = {kind: (n or 0) - self.ours[kind] for kind, n in present.items()}
        return LoadPlan(
            run=run.id,
            target_kind=project.settings.target.kind,
            target_identity=target.identity(),
            steps_digest=digest,
            steps=self.actions.total(),
            counts=counts,
            reasons=dict(sorted(self.reasons.items())),
            patients={action: len(charts) for action, charts in self.charts.items()},
            present=present,
            gate=verdict,
            others={kind: n for kind, n in others.items() if n > 0},
        )


def _verdict(gate: Gate) -> dict[str, object]:
    """The gate in the form that the plan records."""
    return {
        "ready": gate.ready,
        "blocked_by": [[one.code, one.where, one.count] for one in gate.blocked_by],
        "accepted": [[one.code, one.where, one.count] for one, _ in gate.accepted],
    }


def _outputs_digest(outputs: Mapping[str, str]) -> str:
    names = sorted(name for name in outputs if name.startswith("fhir/"))
    return text_digest(*(f"{name}={outputs[name]}" for name in names))
