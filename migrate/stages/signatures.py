"""The signatures of a run: which are genuine, which still hold, whether they allow a load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate.core.signoff import (
    PLAN,
    SignOff,
    changes,
    missing_roles,
    required_roles,
    signoff_of,
)
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.stages.bindings import bound_things
from migrate.store.plans import STEPS_FILE, writes_within
from migrate.store.signing import public_key_text, signing_key, unseal

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


def genuine(project: Project, run: Run) -> tuple[list[tuple[SignOff, Path]], list[str]]:
    """The run's sign-offs whose seal fits, and the names of files whose seal does not."""
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
        if one.run == run.id:
            good.append((one, path))
    return good, bad


def stale(run: Run, one: SignOff, things: Things) -> list[Change]:
    """What has changed since a sign-off. A plan that does less than the signed one is the same."""
    found = changes(one.things, things)
    fits = one.things.get(PLAN, {}).get(STEPS_FILE, "")
    return [c for c in found if c.thing != PLAN or not writes_within(run, fits)]


def require_signatures(project: Project, run: Run, identity: str) -> list[str]:
    """The names of the sign-off files that allow this load.

    Raises NeedsPerson: LOD012 not genuine, LOD010 none, LOD011 stale (what changed, by name),
    LOD013 a role missing.
    """
    good, bad = genuine(project, run)
    if not good:
        raise _unsigned(bad)
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
    safety = any(one.safety for one, _ in valid)
    signed = [one for one, _ in valid]
    missing = missing_roles(required_signatures(project), signed, safety_accepted=safety)
    if missing:
        raise NeedsPerson(
            "LOD013", f"signatures are missing: {', '.join(missing)}", try_=HOW_TO_SIGN
        )
    return [path.name for _, path in valid]


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
