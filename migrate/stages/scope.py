"""Whose charts a load leaves behind by ``[scope]``, and who was brought since, one at a time.

Everything is mapped, checked and reconciled whatever the scope says; only the load leaves charts
out, and says so. A chart that a wanted resource points at is never left behind.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import orjson

from migrate.errors import AskedWrongly
from migrate.store.audit import append
from migrate.store.files import write_json
from migrate.store.resources import last_visits, patients_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from migrate.stages.wanted import Index
    from migrate.store.settings import ScopeRules
    from migrate.store.workspace import Project, Run

BROUGHT_FILE = "brought.json"


def left_behind(project: Project, run: Run, index: Index) -> frozenset[int]:
    """The numbers of the resources that stay behind (as in ``index``)."""
    rules = project.settings.scope
    if not rules.there:
        return frozenset()
    brought = {str(one["patient"]) for one in _brought(project)}
    visits = last_visits(run.fhir) if rules.not_seen_since else {}
    out = {
        identity
        for identity, patient in patients_of(run.fhir)
        if identity not in brought and _is_outside(rules, patient, visits.get(identity))
    }
    charts = {number for number, identity in enumerate(index.patients) if identity in out}
    return _kept_apart(index, charts)


def bring(project: Project, run: Run, patient: str) -> str:
    """From now on the plans of this project want this chart too; the Patient's id.

    ``patient`` is that id, or an identifier of the patient. The caller holds the project's lock.
    Raises AskedWrongly (LOD072) where it is not exactly one patient of the run.
    """
    found = {
        identity
        for identity, document in patients_of(run.fhir)
        if identity == patient
        or any(one.get("value") == patient for one in document.get("identifier", ()))
    }
    if len(found) != 1:
        raise AskedWrongly(
            "LOD072",
            f"{len(found) or 'no'} patients of this run have that id or identifier",
            try_="ehr-migrate explain FILE:ROW, for the patient's row in the export, names the id",
        )
    (identity,) = found
    brought = _brought(project)
    if identity not in {one["patient"] for one in brought}:
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        write_json(_file(project), [*brought, {"patient": identity, "at": at}])
        append(project.folder, "patient brought", "ehr-migrate", {"patient": identity})
    return identity


def _is_outside(rules: ScopeRules, patient: Mapping[str, Any], last_visit: str | None) -> bool:
    dead = patient.get("deceasedDateTime") is not None or patient.get("deceasedBoolean") is True
    if dead and "deceased" in rules.leave_behind:
        return True
    if patient.get("active") is False and "inactive" in rules.leave_behind:
        return True
    return rules.not_seen_since is not None and (last_visit or "") < rules.not_seen_since


def _kept_apart(index: Index, charts: set[int]) -> frozenset[int]:
    """The numbers of all resources that stay behind, given the charts that may.

    A resource of no chart (a payment for several claims) stays behind when all the charts that it
    points at do. Whatever a wanted resource points at is wanted, with the whole of its chart.
    """
    shared = {
        number
        for number in range(len(index.names))
        if index.charts[number] < 0 and _only_into(index, number, charts)
    }
    changed = True
    while changed:
        changed = False
        for number in range(len(index.names)):
            chart = index.charts[number]
            if chart in charts or number in shared:
                if number in shared and not _only_into(index, number, charts):
                    shared.discard(number)
                    changed = True
                continue
            for target in index.points_at(number):
                if index.charts[target] in charts:
                    charts.discard(index.charts[target])
                    changed = True
                elif target in shared:
                    shared.discard(target)
                    changed = True
    inside = (n for n in range(len(index.names)) if index.charts[n] in charts)
    return frozenset({*inside, *shared})


def _only_into(index: Index, number: int, charts: set[int]) -> bool:
    found = {index.charts[target] for target in index.points_at(number)} - {-1}
    return bool(found) and found <= charts


def _brought(project: Project) -> list[dict[str, str]]:
    path = _file(project)
    found: list[dict[str, str]] = orjson.loads(path.read_bytes()) if path.is_file() else []
    return found


def _file(project: Project) -> Path:
    return project.folder / BROUGHT_FILE
