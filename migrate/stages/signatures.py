"""The signatures of a run: which are genuine, which still hold, whether they allow a load."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.core.signoff import (
    PLAN,
    SignOff,
    changes,
    missing_roles,
    overdue,
    printed,
    required_roles,
    signoff_document,
    signoff_of,
    things_digest,
)
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages.bindings import bound_things
from migrate.stages.plan import JudgeGate, evaluate_gate
from migrate.store.audit import damaged_lines
from migrate.store.plans import STEPS_FILE, read_plan, writes_within
from migrate.store.signing import (
    SIGNING_KEY_FILE,
    key_fingerprint,
    public_key_text,
    signing_key,
    unseal,
    unseal_alone,
)

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.core.signoff import Change, Things
    from migrate.store.workspace import Project, Run

HOW_TO_SIGN = "ehr-migrate sign --as NAME --role ROLE"


def required_signatures(project: Project) -> dict[str, int]:
    """Role → number of people, from `[signoff] require`. Raises AskedWrongly (PRJ006)."""
    try:
        return required_roles(project.settings.signoff.get("require"))
    except ValueError as error:
        raise AskedWrongly(
            "PRJ006", f"migration.toml, [signoff]: {error}", try_="mend that line"
        ) from None


def genuine(project: Project, run: Run | None) -> tuple[list[tuple[SignOff, Path]], list[str]]:
    """The run's sign-offs whose seal fits, and the names of files whose seal does not.

    Without a run those of all runs.
    """
    paths = sorted((project.folder / "signoffs").glob("*.json"))
    if not paths:
        return [], []
    key = public_key_text(signing_key(project.folder, make=False))
    good: list[tuple[SignOff, Path]] = []
    bad: list[str] = []
    for path in paths:
        try:
            one = signoff_of(unseal(path.read_bytes(), key))
        except ValueError:
            bad.append(path.name)
            continue
        if run is None or one.run == run.id:
            good.append((one, path))
    return good, bad


def stale(
    run: Run, one: SignOff, things: Things, now: datetime.datetime | None = None
) -> list[Change]:
    """What has changed since a sign-off, and its time when that is over.

    A plan that does less than the signed one is the same.
    """
    found = changes(one.things, things)
    fits = one.things.get(PLAN, {}).get(STEPS_FILE, "")
    found = [c for c in found if c.thing != PLAN or not writes_within(run, fits)]
    return found + overdue(one, now or datetime.datetime.now(datetime.UTC))


def require_signatures(
    project: Project, run: Run, identity: str, *, judge: JudgeGate = evaluate_gate
) -> list[str]:
    """The names of the sign-off files that allow this load.

    A later export needs none of its own while it is within limits signed for an earlier run.
    Raises NeedsPerson: LOD012 not genuine, LOD010 none, LOD011 stale (what changed, by name),
    LOD013 a role missing, LOD071 outside the signed limits.
    """
    good, bad = genuine(project, run)
    if not good:
        return _within_limits(project, run, identity, bad, judge)
    things = bound_things(project, run, identity)
    judged = [(one, path, stale(run, one, things)) for one, path in good]
    valid = [(one, path) for one, path, found in judged if not found]
    if not valid:
        newest = judged[-1]
        raise NeedsPerson(
            "LOD011",
            f"{newest[1].name} no longer holds: " + "; ".join(c.words() for c in newest[2]),
            kept="the files as they are; nothing was written to the target",
            try_="find out who changed it and why, then plan, read the report and sign again",
        )
    return _enough(project, valid)


def _enough(project: Project, valid: list[tuple[SignOff, Path]]) -> list[str]:
    safety = any(one.safety for one, _ in valid)
    signed = [one for one, _ in valid]
    missing = missing_roles(required_signatures(project), signed, safety_accepted=safety)
    if missing:
        raise NeedsPerson(
            "LOD013", f"signatures are missing: {', '.join(missing)}", try_=HOW_TO_SIGN
        )
    return [path.name for _, path in valid]


def _within_limits(
    project: Project, run: Run, identity: str, bad: list[str], judge: JudgeGate
) -> list[str]:
    """The signatures of earlier runs whose limits this one keeps."""
    judged = judged_by_limits(project, run, identity, judge)
    valid = [(one, path) for one, path, left in judged if not left]
    if valid:
        return _enough(project, valid)
    if not judged:
        raise _unsigned(bad)
    _, newest, left = judged[-1]
    raise NeedsPerson(
        "LOD071",
        f"this export is outside the limits that were signed in {newest.name}",
        details=left,
        kept="the plan and the report of this export; nothing was written to the target",
        try_="read the report; to accept it: " + HOW_TO_SIGN,
    )


def judged_by_limits(
    project: Project, run: Run, identity: str, judge: JudgeGate
) -> list[tuple[SignOff, Path, tuple[str, ...]]]:
    """Signatures with limits of earlier runs, each with why it does not hold for this one."""
    from migrate.stages.limits import outside

    limited = [
        (one, path)
        for one, path in genuine(project, None)[0]
        if one.limits is not None and one.run < run.id
    ]
    if not limited:
        return []
    things, gate = bound_things(project, run, identity), judge(project, run)
    return [(one, path, outside(project, run, one, things, gate)) for one, path in limited]


def _unsigned(bad: list[str]) -> NeedsPerson:
    if bad:
        return NeedsPerson(
            "LOD012",
            f"the seal of {', '.join(bad)} does not fit: edited, or of another project",
            kept="the file as it is; nothing was written to the target",
            try_=f"ask where it came from, remove it, then: {HOW_TO_SIGN}",
        )
    return NeedsPerson(
        "LOD010",
        "nobody has signed for this run",
        kept="everything; nothing was written to the target",
        try_=HOW_TO_SIGN,
    )


@dataclass(frozen=True, slots=True)
class Look:
    """What `verify-signoff` found: a line of words for each signature, and what is wrong."""

    held: tuple[tuple[str, SignOff, tuple[str, ...]], ...]
    not_genuine: tuple[str, ...]
    missing: tuple[str, ...]
    damaged_audit_lines: tuple[int, ...]

    @property
    def ready(self) -> bool:
        """Whether a load would be allowed, and the audit trail is whole."""
        return not (self.missing or self.not_genuine or self.damaged_audit_lines)

    def document(self) -> dict[str, object]:
        """Each signature with what changed since; seals that do not fit; the audit trail."""
        return {
            "signatures": [
                {
                    "file": name,
                    "name": one.name,
                    "role": one.role,
                    "at": one.at,
                    "expires": one.expires,
                    "recorded_by": one.recorded_by,
                    "holds": not changed,
                    "changed": list(changed),
                }
                for name, one, changed in self.held
            ],
            "not_genuine": list(self.not_genuine),
            "missing": list(self.missing),
            "damaged_audit_lines": list(self.damaged_audit_lines),
        }

    def lines(self) -> list[str]:
        """The same in words."""
        lines = []
        for name, one, changed in self.held:
            lines.append(
                f"{name}: {one.name} ({one.role}), {one.at}, {one.how}: "
                + ("holds" if not changed else "no longer holds")
            )
            lines += [f"    {words}" for words in changed]
        lines += [f"{name}: the seal does not fit" for name in self.not_genuine]
        lines += [f"missing: {words}" for words in self.missing]
        if self.damaged_audit_lines:
            shown = ", ".join(str(number) for number in self.damaged_audit_lines[:10])
            lines.append(f"audit.jsonl is damaged at line {shown}")
        return lines


def look(project: Project, run: Run) -> Look:
    """Judge the run's signatures as a load would, without loading. Writes nothing."""
    plan = read_plan(run)
    good, bad = genuine(project, run)
    things = bound_things(project, run, plan.target_identity)
    held = tuple(
        (path.name, one, tuple(change.words() for change in stale(run, one, things)))
        for one, path in good
    )
    if not held:
        judged = judged_by_limits(project, run, plan.target_identity, evaluate_gate)
        held = tuple((path.name, one, left) for one, path, left in judged)
    valid = [one for _, one, changed in held if not changed]
    safety = any(one.safety for one in valid)
    missing = missing_roles(required_signatures(project), valid, safety_accepted=safety)
    return Look(held, tuple(bad), tuple(missing), tuple(damaged_lines(project.folder)))


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sign-off file looked at by itself. ``ours``: sealed with this project's key; None when
    there is no project to compare with."""

    signoff: SignOff
    key: str
    ours: bool | None

    def document(self) -> dict[str, object]:
        """Who signed what, when, with which key."""
        one = self.signoff
        return {
            "seal_fits": True,
            "key_fingerprint": self.key,
            "project_key": self.ours,
            "signature": signoff_document(one),
        }

    def lines(self) -> list[str]:
        """The same in words."""
        one = self.signoff
        lines = [
            "the seal fits: not a byte was changed since it was signed",
            f"signed by {one.name} ({one.role}), {one.at}, {one.how}, for run {one.run}",
            f"held until {one.expires}" if one.expires else "without an end",
            f"key: {self.key} (compare it with the certificate)",
            "accepted:",
            *(f"- {line}" for line in one.statement),
            f"digest of everything signed: {printed(things_digest(one.things))}",
        ]
        if self.ours is False:
            lines.append("sealed with another project's key, not with this one's")
        return lines


def look_at_file(path: Path, project: Project | None) -> SealedFile:
    """Check one sign-off file, with nothing but itself. Raises NeedsPerson (LOD012)."""
    try:
        document, key = unseal_alone(path.read_bytes())
        one = signoff_of(document)
    except (ValueError, OSError):
        raise NeedsPerson(
            "LOD012",
            f"the seal of {path.name} does not fit: edited, or no sign-off at all",
            kept="the file as it is",
            try_="compare it with another copy, and ask where this one came from",
        ) from None
    ours = None
    if project is not None and (project.folder / SIGNING_KEY_FILE).is_file():
        ours = key == public_key_text(signing_key(project.folder, make=False))
    return SealedFile(one, key_fingerprint(key), ours)
