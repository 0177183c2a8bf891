"""``verify``: every loaded resource is fetched by id and compared with what was sent.

Search counts are a second check of their own: what the target finds, against what it gave back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate.core.attachments import digests
from migrate.core.compare import DECLARED, differences
from migrate.core.plan import WAS_THERE, in_batches
from migrate.errors import AskedWrongly
from migrate.stages.doubles import doubles
from migrate.stages.load import Opening, another_target, memory_of
from migrate.stages.loaded import LISTED
from migrate.stages.target import opened_target
from migrate.stages.wanted import wanted_contents
from migrate.store.audit import append
from migrate.store.files import write_json
from migrate.store.lock import writing
from migrate.store.plans import read_plan, steps_of

if TYPE_CHECKING:
    from migrate.core.plan import LoadPlan, Step
    from migrate.core.ports import Stored, Target
    from migrate.stages.progress import Progress
    from migrate.stages.wanted import Contents
    from migrate.store.journal import Memory
    from migrate.store.workspace import Project, Run

VERIFY_FILE = "verify.json"
_READ_AT_ONCE = 500
_WORDS = {
    "LOD020": "left alone at loading, so not compared",
    "LOD030": "loaded, but not there any more",
    "LOD031": "not as they were sent",
    "LOD032": "in the target, but not of this run",
    "LOD033": "types whose count by search differs",
    "LOD034": "the target cannot prove what it took",
    "LOD035": "planned, but not loaded yet",
    "LOD036": "there twice",
}


@dataclass(frozen=True, slots=True)
class Off:
    """One thing that is not as it should be; ``elements`` are FHIR paths, never values."""

    code: str
    type: str
    id: str | None
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchCount:
    """What the target's search counts of a type, and what it should."""

    type: str
    expected: int
    found: int | None


@dataclass(slots=True)
class Verified:
    """What reading back found. ``read_back``: type → resources that are as they were sent;
    ``attachments``: how many were sent, and how many of these have the same bytes there."""

    read_back: Counter[str] = field(default_factory=Counter)
    declared: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    listed: list[Off] = field(default_factory=list)
    searches: list[SearchCount] = field(default_factory=list)
    attachments: Counter[str] = field(default_factory=Counter)
    proven: bool = True

    @property
    def ready(self) -> bool:
        """Whether everything of the plan is in the target as it was sent."""
        return not self.findings

    def add(self, off: Off) -> None:
        """Count a finding; the first thousand are listed."""
        self.findings[off.code] += 1
        if len(self.listed) < LISTED:
            self.listed.append(off)

    def document(self) -> dict[str, object]:
        """Counts by type and code, the list, declared differences, the search counts."""
        return {
            "verified": self.ready,
            "read_back": dict(sorted(self.read_back.items())) if self.proven else None,
            "findings": dict(sorted(self.findings.items())),
            "listed": [
                {"code": o.code, "type": o.type, "id": o.id, "elements": list(o.elements)}
                for o in self.listed
            ],
            "declared": {kind: self.declared[kind] for kind in DECLARED},
            "attachments": {word: self.attachments[word] for word in ("sent", "same")},
            "counts": [
                {"type": one.type, "expected": one.expected, "found": one.found}
                for one in self.searches
            ],
        }

    def lines(self) -> list[str]:
        """The verification in words."""
        lines = [f"read back and the same: {self.read_back.total():,} resources"]
        lines += [
            f"  {number:,} {DECLARED[kind]}" for kind, number in self.declared.items() if number
        ]
        if self.attachments["sent"]:
            sent, same = self.attachments["sent"], self.attachments["same"]
            lines.append(
                f"attachments with the bytes that were sent (SHA-256): {same:,} of {sent:,}"
            )
        for code, number in sorted(self.findings.items()):
            lines.append(f"{code}: {number:,} {_WORDS[code]}")
            shown = [off for off in self.listed if off.code == code][:5]
            for off in shown:
                where = f"{off.type}/{off.id}" if off.id else off.type
                lines.append(f"    {where}  {', '.join(off.elements[:3])}".rstrip())
        return lines


def run(
    project: Project, run: Run, progress: Progress, *, opening: Opening = opened_target
) -> Verified:
    """Read everything back and compare. The result is not ``ready`` when anything is off.

    Raises AskedWrongly (LOD001 no plan, PRJ007 nothing loaded), NeedsPerson (LOD002), and what
    the target raises.
    """
    with writing(project.folder):
        plan = read_plan(run)
        if run.manifest("load") is None:
            raise AskedWrongly("PRJ007", "nothing was loaded yet", try_="ehr-migrate load")
        run.unfinish("verify")
        with opening(project) as target:
            if target.identity() != plan.target_identity:
                raise another_target()
            result = Verified(proven=target.capabilities().read_back)
            with wanted_contents(run.folder) as contents:
                _compare_all(project, run, plan, target, contents, result, progress)
            for one in doubles(target, steps_of(run)):
                result.add(Off("LOD036", one.type, one.id))
            _look_for_more(project, run, target, result)
        if not result.proven:
            result.add(Off("LOD034", plan.target_kind, None))
        write_json(run.file(VERIFY_FILE), {"plan": plan.steps_digest} | result.document())
        facts = {"run": run.id, "plan": plan.steps_digest, "findings": dict(result.findings)}
        append(project.folder, "verify", "ehr-migrate", facts)
        if result.ready:
            run.finish("verify", {"plan": plan.steps_digest}, [run.file(VERIFY_FILE)], {})
    return result


def read_back(project: Project, run: Run, *, opening: Opening = opened_target) -> Iterator[Stored]:
    """What the target holds now of every resource of the plan, in the plan's order.

    For whoever computes something again from the target (money, patients). ``content`` is None
    where it is not there. Raises NeedsPerson (LOD002) for another target.
    """
    plan = read_plan(run)
    with opening(project) as target:
        if target.identity() != plan.target_identity:
            raise another_target()
        for batch in in_batches(steps_of(run), _READ_AT_ONCE):
            yield from target.read([(step.type, step.id) for step in batch])


def _compare_all(
    project: Project,
    run: Run,
    plan: LoadPlan,
    target: Target,
    contents: Contents,
    result: Verified,
    progress: Progress,
) -> None:
    expected = Counter({kind: number or 0 for kind, number in plan.present.items()})
    progress.start("reading back", plan.steps)
    with closing(memory_of(project, plan.target_identity)) as memory:
        for batch in in_batches(steps_of(run), _READ_AT_ONCE):
            present = target.read([(step.type, step.id) for step in batch])
            for step, stored in zip(batch, present, strict=True):
                _compare(step, stored, memory, contents, result)
                was_there = step.reason in WAS_THERE
                expected[step.type] += (stored.content is not None) - was_there
            progress.advance(len(batch))
    progress.done()
    for kind in sorted(plan.present):
        found = target.count(kind)
        result.searches.append(SearchCount(kind, expected[kind], found))
        if found is not None and found != expected[kind]:
            result.add(Off("LOD033", kind, None))


def _compare(
    step: Step, stored: Stored, memory: Memory, contents: Contents, result: Verified
) -> None:
    if step.action == "conflict":
        result.add(Off("LOD020", step.type, step.id))
        return
    if step.writes and not step.did(memory.known(step.type, step.id)):
        result.add(Off("LOD035", step.type, step.id))
        return
    if step.action in ("delete", "later", "gone", "keep"):
        if step.action != "keep" and stored.content is not None:
            result.add(Off("LOD032", step.type, step.id))
        return
    if stored.content is None:
        result.add(Off("LOD030", step.type, step.id))
        return
    sent = contents.of(step)
    if wanted := digests(sent):
        there = digests(stored.content)
        result.attachments["sent"] += len(wanted)
        result.attachments["same"] += sum(there.get(path) == one for path, one in wanted.items())
    found = differences(sent, stored.content)
    result.declared.update(one.kind for one in found if one.declared)
    off = tuple(f"{one.path} {one.kind}" for one in found if not one.declared)
    if off:
        result.add(Off("LOD031", step.type, step.id, off[:50]))
    else:
        result.read_back[step.type] += step.wanted


def _look_for_more(project: Project, run: Run, target: Target, result: Verified) -> None:
    """What earlier runs left in the target and this one does not want."""
    if not any(other.journal.exists() for other in project.runs() if other.id != run.id):
        return
    wanted = {(step.type, step.id) for step in steps_of(run)}
    with closing(memory_of(project, target.identity())) as memory:
        more = sorted({ref for ref in memory.loaded() if ref not in wanted})
    for batch in in_batches(more, _READ_AT_ONCE):
        for stored in target.read(batch):
            if stored.content is not None:
                result.add(Off("LOD032", stored.type, stored.id))
