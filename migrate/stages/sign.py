"""``sign``: a named person accepts exactly this output, this plan, this target."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.core.gate import Gate
from migrate.core.signoff import (
    ROLES,
    THINGS,
    SignOff,
    changes,
    missing_roles,
    role_named,
    signoff_document,
)
from migrate.errors import AskedWrongly, NotReady
from migrate.stages.bindings import bound_things
from migrate.stages.plan import JudgeGate, evaluate_gate
from migrate.stages.signatures import HOW_TO_SIGN, genuine, required_signatures
from migrate.store.audit import append
from migrate.store.files import file_digest, write_atomically
from migrate.store.lock import writing
from migrate.store.plans import keep_signed, read_plan
from migrate.store.signing import seal, signing_key

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.store.workspace import Project, Run


@dataclass(frozen=True, slots=True)
class Signed:
    """A sign-off and its file; ``missing`` are signatures that a load still waits for."""

    signoff: SignOff
    path: Path
    missing: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Who signed as what, the file, what is still missing."""
        return {
            "signed_by": self.signoff.name,
            "role": self.signoff.role,
            "at": self.signoff.at,
            "file": self.path.name,
            "accepted": list(self.signoff.accepted),
            "missing": list(self.missing),
        }

    def lines(self) -> list[str]:
        """The sign-off in words."""
        lines = [f"signed by {self.signoff.name} ({self.signoff.role}): signoffs/{self.path.name}"]
        lines += [f"accepted: {line}" for line in self.signoff.accepted]
        lines += [f"still needed: {words}" for words in self.missing]
        return lines


def run(
    project: Project,
    run: Run,
    name: str | None,
    role: str | None,
    *,
    judge: JudgeGate = evaluate_gate,
) -> Signed:
    """Sign the run's plan. The same person signing the same things again changes nothing.

    Raises AskedWrongly (LOD014 name or role, LOD001 no plan), NotReady (LOD015 the gate is
    closed, LOD017 no report of the present state).
    """
    person, part = _person(project, name, role)
    with writing(project.folder):
        plan = read_plan(run)
        gate = judge(project, run)
        if not gate.ready:
            raise _closed(gate)
        _check_report(project, run)
        things = bound_things(project, run, plan.target_identity)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        safety = sum(1 for finding, _ in gate.accepted if finding.severity == "safety")
        made = SignOff(person, part, now, run.id, things, accepted_words(gate), safety)
        keep_signed(run, plan)
        signoff, path = _kept(project, run, made)
        run.finish("sign", {"plan": plan.steps_digest}, [], {"by": part})
    held = [one for one, _ in genuine(project, run)[0] if not changes(one.things, things)]
    required = required_signatures(project)
    missing = missing_roles(required, held, safety_accepted=safety > 0)
    return Signed(signoff, path, tuple(missing))


def _kept(project: Project, run: Run, made: SignOff) -> tuple[SignOff, Path]:
    """Seal and write a sign-off, or find the same one that is there already."""
    key = signing_key(project.folder, make=True)
    folder = project.folder / "signoffs"
    folder.mkdir(exist_ok=True, mode=0o700)
    for old, path in genuine(project, run)[0]:
        who = (old.name, old.role, old.accepted)
        if who == (made.name, made.role, made.accepted) and old.things == made.things:
            return old, path
    numbers = [int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]-*.json")]
    path = folder / f"{max(numbers, default=0) + 1:04d}-{made.role.replace(' ', '-')}.json"
    write_atomically(path, seal(signoff_document(made), key))
    facts = {"role": made.role, "run": made.run, "file": path.name, "digest": file_digest(path)}
    append(project.folder, "sign", made.name, facts)
    return made, path


def _person(project: Project, name: str | None, role: str | None) -> tuple[str, str]:
    person, part = " ".join((name or "").split()), role_named(role or "")
    known = sorted({*ROLES, *(one for one in required_signatures(project) if one != "any")})
    if not person or not part:
        raise AskedWrongly(
            "LOD014", "a signature needs a person's name and a role", try_=HOW_TO_SIGN
        )
    if part not in known:
        raise AskedWrongly("LOD014", f"the role is none of: {', '.join(known)}", try_=HOW_TO_SIGN)
    return person, part


def _check_report(project: Project, run: Run) -> None:
    """A signature binds the report, so it must be there and tell of the present accepted list."""
    report = run.manifest("report")
    accepted = project.folder / "accepted.csv"
    now = file_digest(accepted) if accepted.is_file() else ""
    if report is None or report.inputs.get("accepted", now) != now:
        raise NotReady(
            "LOD017",
            "there is no report of this run yet"
            if report is None
            else "the report was written before accepted.csv changed",
            kept="everything; nothing was signed",
            try_="ehr-migrate report, read it, then sign",
        )


def _closed(gate: Gate) -> NotReady:
    lines = tuple(f"{one.code} {one.where}: {one.message} ({one.count})" for one in gate.blocked_by)
    return NotReady(
        "LOD015",
        f"{len(gate.blocked_by)} findings close the gate, so there is nothing to sign yet",
        details=lines,
        try_="mend them, or list them in accepted.csv with reason and name",
    )


def accepted_words(gate: Gate) -> tuple[str, ...]:
    """Each accepted finding as a line: what, where, how many, why, by whom."""
    return tuple(
        f"{finding.code} {finding.where} ({finding.count}): {entry.reason.strip()} "
        f"[{entry.by.strip()}, {entry.role.strip()}]"
        for finding, entry in gate.accepted
    )


def show(project: Project, run: Run, *, judge: JudgeGate = evaluate_gate) -> list[str]:
    """What a signature would mean, in plain words; signs nothing."""
    plan, gate = read_plan(run), judge(project, run)
    writes, left = plan.total("create", "update"), plan.total("conflict")
    lines = [
        "By signing you accept, under your name and role, exactly this and nothing else:",
        f"- {plan.total('create'):,} records will be created in the new system and "
        f"{plan.total('update'):,} updated; {plan.total('leave'):,} are there already",
        f"- for {max(plan.patients.values(), default=0):,} patients, into {plan.target_identity}",
        f"- the report of run {run.id}, as it lies in its folder now",
    ]
    if left:
        lines.append(f"- {left:,} records will not be written: somebody else's are there")
    if not writes:
        lines.append("- nothing needs to be written")
    if gate.accepted:
        lines.append(f"- {len(gate.accepted)} problems are known and accepted:")
        lines += [f"    {line}" for line in accepted_words(gate)]
    if not gate.ready:
        lines.append(f"NOT READY: {len(gate.blocked_by)} findings must be mended or accepted:")
        lines += [f"    {one.code} {one.where}: {one.message}" for one in gate.blocked_by]
    lines.append("If one of these changes afterwards, the signature no longer holds:")
    lines += [f"- {thing}" for thing in THINGS]
    return lines
