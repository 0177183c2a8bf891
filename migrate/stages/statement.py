"""What a signature accepts, in plain words: shown, printed to be signed in ink, and certified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.core.plan import WRITING
from migrate.core.signoff import THINGS, printed, things_digest, valid_days
from migrate.errors import AskedWrongly
from migrate.report.signing import certificate_page, statement_page
from migrate.stages.bindings import CERTIFICATE_PAGE, STATEMENT_PAGE, bound_things
from migrate.stages.plan import JudgeGate, evaluate_gate
from migrate.stages.review.sheet import in_words
from migrate.stages.signatures import genuine, required_signatures, stale
from migrate.store.files import write_atomically
from migrate.store.plans import read_plan
from migrate.store.signing import key_fingerprint, public_key_text, signing_key

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.core.gate import Gate
    from migrate.core.plan import Action
    from migrate.store.workspace import Project, Run


@dataclass(frozen=True, slots=True)
class Statement:
    """``words`` are what is accepted; ``digest`` names the exact state (64 hex digits);
    ``before`` must be mended before anybody can sign."""

    words: tuple[str, ...]
    digest: str
    before: tuple[str, ...]
    days: int

    def lines(self) -> list[str]:
        """The whole statement for a terminal."""
        return [
            "By signing you accept, under your name and role, exactly this and nothing else:",
            *(f"- {line}" for line in self.words),
            *self.before,
            f"The signature holds for {self.days} days. If one of these changes, it is void:",
            *(f"- {thing}" for thing in THINGS),
            f"digest of all of it: {printed(self.digest)}",
        ]


def statement_of(project: Project, run: Run, *, judge: JudgeGate = evaluate_gate) -> Statement:
    """The statement about what lies in the run now; signs nothing."""
    plan, gate = read_plan(run), judge(project, run)
    things = bound_things(project, run, plan.target_identity)
    left = plan.total("conflict")
    counts = [number for action, number in plan.patients.items() if action != "later"]
    lines = [
        f"{plan.total('create'):,} records will be created in the new system and "
        f"{plan.total('update'):,} updated; {plan.total('leave'):,} are there already",
        f"they belong to {max(counts, default=0):,} patients and go into {plan.target_identity}",
        f"the report of run {run.id}, as it lies in its folder now",
    ]
    if left:
        lines.append(f"{left:,} records will not be written: somebody else's are there")
    lines += [f"{n:,} records {words}" for one, words in _GONE_WORDS if (n := plan.total(one))]
    if plan.total("later"):
        lines.append(
            f"{plan.patients.get('later', 0):,} patients with {plan.total('later'):,} records stay "
            "behind by the rule of this practice, and can be brought later, one at a time"
        )
    if not plan.total(*WRITING):
        lines.append("nothing needs to be written")
    lines += in_words(run)[1]
    if gate.accepted:
        lines.append(f"{len(gate.accepted)} problems are known and accepted:")
        lines += [f"   {line}" for line in accepted_words(gate)]
    before: list[str] = []
    if not gate.ready:
        before.append(f"NOT READY: {len(gate.blocked_by)} findings must be mended or accepted:")
        before += [f"    {one.code} {one.where}: {one.message}" for one in gate.blocked_by]
    return Statement(tuple(lines), things_digest(things), tuple(before), days_of(project))


# What becomes of records that the old system no longer has.
_GONE_WORDS: tuple[tuple[Action, str], ...] = (
    ("retire", "that the old system no longer has will be marked inactive or entered in error"),
    ("delete", "that the old system no longer has will be deleted from the new one"),
    ("keep", "that the old system no longer has stay as they are"),
    ("gone", "that the old system no longer has stay as they are: nobody has decided yet"),
)


def accepted_words(gate: Gate) -> tuple[str, ...]:
    """Each accepted finding as a line: what, where, how many, why, by whom."""
    return tuple(
        f"{finding.code} {finding.where} ({finding.count}): {entry.reason.strip()} "
        f"[{entry.by.strip()}, {entry.role.strip()}]"
        for finding, entry in gate.accepted
    )


def days_of(project: Project) -> int:
    """How long a signature holds. Raises AskedWrongly (PRJ006)."""
    try:
        return valid_days(project.settings.signoff.get("valid_days"))
    except ValueError as error:
        raise AskedWrongly(
            "PRJ006", f"migration.toml, [signoff]: {error}", try_="mend that line"
        ) from None


def print_statement(project: Project, run: Run, *, judge: JudgeGate = evaluate_gate) -> Path:
    """Write the statement as a page to print and sign in ink."""
    found = statement_of(project, run, judge=judge)
    roles = required_signatures(project)
    page = statement_page(
        project.settings.name, run.id, found.words, found.before, found.digest, roles
    )
    path = run.report / STATEMENT_PAGE
    write_atomically(path, page.encode())
    return path


def write_certificate(project: Project, run: Run) -> Path:
    """Write who signed what as a page of the report folder; no signature is over this page."""
    things = bound_things(project, run, read_plan(run).target_identity)
    key = key_fingerprint(public_key_text(signing_key(project.folder, make=False)))
    held = [
        (one, path.name, [change.words() for change in stale(run, one, things)])
        for one, path in genuine(project, run)[0]
    ]
    path = run.report / CERTIFICATE_PAGE
    write_atomically(path, certificate_page(project.settings.name, run.id, key, held).encode())
    return path
