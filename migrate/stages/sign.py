"""``sign``: a named person accepts exactly this output, this plan, this target."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrate.core.signoff import (
    ROLES,
    SignOff,
    missing_roles,
    overdue,
    printed,
    role_named,
    signoff_document,
    things_digest,
)
from migrate.errors import AskedWrongly, NotReady
from migrate.stages.bindings import bound_things
from migrate.stages.limits import limits_now
from migrate.stages.plan import JudgeGate, evaluate_gate
from migrate.stages.review.sheet import in_words
from migrate.stages.signatures import HOW_TO_SIGN, genuine, required_signatures, stale
from migrate.stages.statement import (
    Statement,
    accepted_words,
    print_statement,
    statement_of,
    write_certificate,
)
from migrate.store.audit import append
from migrate.store.files import file_digest, write_atomically
from migrate.store.lock import writing
from migrate.store.plans import keep_signed, read_plan
from migrate.store.signing import seal, signing_key

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.core.gate import Gate
    from migrate.core.signoff import Things
    from migrate.store.workspace import Project, Run


__all__ = ["Ink", "Signed", "print_statement", "run", "statement_of"]


@dataclass(frozen=True, slots=True)
class Ink:
    """A signature in ink on the printed statement: the digest that stands on the paper (at
    least its first 24 digits, dashes or not), and the lead who records it."""

    digest: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A sign-off and its file; ``missing`` are signatures that a load still waits for."""

    signoff: SignOff
    path: Path
    missing: tuple[str, ...]
    certificate: Path

    def document(self) -> dict[str, object]:
        """Who signed as what, the file, what is still missing."""
        return {
            "signed_by": self.signoff.name,
            "role": self.signoff.role,
            "at": self.signoff.at,
            "expires": self.signoff.expires,
            "recorded_by": self.signoff.recorded_by,
            "certificate": str(self.certificate),
            "file": self.path.name,
            "accepted": list(self.signoff.accepted),
            "limits": None if self.signoff.limits is None else self.signoff.limits.document(),
            "missing": list(self.missing),
        }

    def lines(self) -> list[str]:
        """The sign-off in words."""
        one = self.signoff
        lines = [
            f"signed by {one.name} ({one.role}), {one.how}: signoffs/{self.path.name}",
            f"holds until {one.expires}",
            f"certificate: {self.certificate}",
        ]
        lines += [f"accepted: {line}" for line in self.signoff.accepted]
        if one.limits is not None:
            lines.append(one.limits.words())
        lines += [f"still needed: {words}" for words in self.missing]
        return lines


def run(
    project: Project,
    run: Run,
    name: str | None,
    role: str | None,
    *,
    ink: Ink | None = None,
    limits: int | None = None,
    judge: JudgeGate = evaluate_gate,
) -> Signed:
    """Sign the run's plan. The same person signing the same things again changes nothing.

    With ``limits`` the signature also holds for later exports that change at most so many charts.

    Raises AskedWrongly (LOD014 name or role, LOD001 no plan), NotReady (LOD015 the gate is
    closed, LOD017 no report of the present state, LOD018 the paper is of another state, LOD019
    no finished chart review where one is asked for).
    """
    person, part = _person(project, name, role)
    with writing(project.folder):
        plan = read_plan(run)
        gate = judge(project, run)
        if not gate.ready:
            raise _closed(gate)
        _check_report(project, run)
        _check_review(project, run)
        things = bound_things(project, run, plan.target_identity)
        if ink is not None:
            _check_paper(ink, things)
        said = statement_of(project, run, judge=judge)
        made = _made(person, part, run, things, gate, said, ink)
        if limits is not None:
            agreed = limits_now(run, gate, limits)
            made = replace(made, limits=agreed, statement=(*made.statement, agreed.words()))
        keep_signed(run, plan)
        signoff, path = _kept(project, run, made)
        run.finish("sign", {"plan": plan.steps_digest}, [], {"by": part})
        certificate = write_certificate(project, run)
    held = [one for one, _ in genuine(project, run)[0] if not stale(run, one, things)]
    required = required_signatures(project)
    missing = missing_roles(required, held, safety_accepted=made.safety > 0)
    return Signed(signoff, path, tuple(missing), certificate)


def _made(
    person: str,
    part: str,
    run: Run,
    things: Things,
    gate: Gate,
    said: Statement,
    ink: Ink | None,
) -> SignOff:
    now = _now()
    return SignOff(
        name=person,
        role=part,
        at=now.isoformat(timespec="seconds"),
        run=run.id,
        things=things,
        accepted=accepted_words(gate),
        safety=sum(1 for finding, _ in gate.accepted if finding.severity == "safety"),
        statement=said.words,
        expires=(now + datetime.timedelta(days=said.days)).isoformat(timespec="seconds"),
        recorded_by=" ".join(ink.recorded_by.split()) if ink else "",
    )


def _check_paper(ink: Ink, things: Things) -> None:
    """What is on the paper must be what lies here, and somebody must answer for recording it."""
    present = things_digest(things)
    given = "".join(ink.digest.split()).replace("-", "").lower()
    if len(given) >= 24 and present.startswith(given) and ink.recorded_by.strip():
        return
    raise NotReady(
        "LOD018",
        f"the digest on the paper is not that of what lies here ({printed(present)})"
        if ink.recorded_by.strip()
        else "a signature in ink needs the name of the lead who records it",
        kept="everything; nothing was signed",
        try_="ehr-migrate sign --wet-ink --as NAME --role ROLE --recorded-by LEAD --digest DIGEST",
    )


def _check_review(project: Project, run: Run) -> None:
    """`[signoff] review = true`: the drawn charts are judged before anybody signs."""
    wanted = project.settings.signoff.get("review", False)
    if not isinstance(wanted, bool):
        raise AskedWrongly(
            "PRJ006", "migration.toml, [signoff]: review must be true or false", try_="mend it"
        )
    complete, words = in_words(run)
    if wanted and not complete:
        raise NotReady(
            "LOD019", words[0], kept="everything; nothing was signed", try_="ehr-migrate review"
        )


def _kept(project: Project, run: Run, made: SignOff) -> tuple[SignOff, Path]:
    """Seal and write a sign-off, or find the same one that is there already."""
    key = signing_key(project.folder, make=True)
    folder = project.folder / "signoffs"
    folder.mkdir(exist_ok=True, mode=0o700)
    for old, path in genuine(project, run)[0]:
        who = (old.name, old.role, old.accepted, old.recorded_by, old.limits)
        same = who == (made.name, made.role, made.accepted, made.recorded_by, made.limits)
        if same and old.things == made.things and not overdue(old, _now()):
            return old, path
    numbers = [int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]-*.json")]
    path = folder / f"{max(numbers, default=0) + 1:04d}-{made.role.replace(' ', '-')}.json"
    write_atomically(path, seal(signoff_document(made), key))
    facts = {"role": made.role, "run": made.run, "file": path.name, "digest": file_digest(path)}
    if made.recorded_by:
        facts["recorded_by"] = made.recorded_by
    append(project.folder, "sign", made.name, facts)
    return made, path


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


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
