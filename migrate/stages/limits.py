"""Whether a later export's run lies within the limits that were signed for an earlier one."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from migrate.core.limits import Limits, Observed, breaches
from migrate.core.signoff import (
    ACCEPTED,
    ID_KEY,
    OUTPUTS,
    PLAN,
    PROFILE,
    SETTINGS,
    TARGET,
    SignOff,
    changes,
    overdue,
)
from migrate.stages.reconcile import read_sheet
from migrate.store.files import file_digest
from migrate.store.plans import STEPS_FILE, changed_since
from migrate.store.sides import misses

if TYPE_CHECKING:
    from migrate.core.gate import Gate
    from migrate.core.signoff import Things
    from migrate.store.workspace import Project, Run

_MUST_STAY = frozenset({PROFILE, ID_KEY, TARGET, SETTINGS, ACCEPTED})
_MISSES = "misses.parquet"


def limits_now(run: Run, gate: Gate, patients: int) -> Limits:
    """The limits that a signature of this run carries."""
    return Limits(patients, safety_counts(gate), money_differences(run))


def safety_counts(gate: Gate) -> dict[str, int]:
    """Accepted safety findings, 'code where' → count."""
    return {
        f"{finding.code} {finding.where}": finding.count
        for finding, _ in gate.accepted
        if finding.severity == "safety"
    }


def money_differences(run: Run) -> dict[str, str]:
    """Measures and money totals of the old system that do not come out at zero."""
    sheet = read_sheet(run)
    if sheet is None:
        return {"nothing is reconciled yet": "?"}
    found = {line.measure: line.map_difference for line in sheet.money}
    for control in sheet.controls:
        if control.money and control.extracted is not None:
            found[f"total {control.name}"] = control.extracted - control.old_report
    return {name: f"{amount:f}" for name, amount in found.items() if amount}


def outside(
    project: Project, run: Run, one: SignOff, things: Things, gate: Gate
) -> tuple[str, ...]:
    """Why a signature of an earlier run does not hold for this one; () when it does.

    ``things`` are what a signature of this run would bind now, ``gate`` is this run's.
    """
    signed = next((other for other in project.runs() if other.id == one.run), None)
    if one.limits is None or signed is None or signed.id >= run.id:
        return ("it was signed without limits for later exports",)
    seen = _observed(run, signed, one, things, gate)
    return tuple(breaches(one.limits, seen))


def _observed(run: Run, signed: Run, one: SignOff, things: Things, gate: Gate) -> Observed:
    other = [c.words() for c in changes(one.things, things) if c.thing in _MUST_STAY]
    other += [c.words() for c in overdue(one, datetime.datetime.now(datetime.UTC))]
    if not gate.ready:
        other.append(f"{len(gate.blocked_by)} findings close the gate")
    if run.manifest("report") is None:
        other.append("there is no report of the later export yet")
    if _tool(run) != _tool(signed):
        other.append("another version of this tool made the resources")
    digest = one.things.get(PLAN, {}).get(STEPS_FILE, "")
    changed = changed_since(run, signed, digest)
    codes = _new_codes(run, signed, one)
    if changed is None or codes is None:
        other.append("the files of the signed run are not as they were signed")
    charts, shared, undecided = changed or (0, 0, 0)
    return Observed(
        charts=charts,
        shared=shared,
        undecided=undecided,
        codes=codes or 0,
        safety=safety_counts(gate),
        money=money_differences(run),
        other=tuple(other),
    )


def _tool(run: Run) -> str:
    manifest = run.manifest("map")
    return "" if manifest is None else manifest.tool_version


def _new_codes(run: Run, signed: Run, one: SignOff) -> int | None:
    """How many unmapped codes the signed run did not have; None when that cannot be told."""
    path = signed.file(_MISSES)
    if not path.is_file() or file_digest(path) != one.things.get(OUTPUTS, {}).get(_MISSES):
        return None
    before, now = (
        {(miss.crosswalk, miss.source) for miss in misses(folder)}
        for folder in (signed.folder, run.folder)
    )
    return len(now - before)
