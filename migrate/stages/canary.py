"""A canary: one patient first, where other people already work in the target.

A load may set things off there that no test showed: letters, portal messages, tasks, claims. So
one chart goes first, a person looks at it, and only their word lets the rest follow. The word is
kept for that target (``canary.json`` in the project) and written into the audit trail.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import orjson

from migrate.core.references import references
from migrate.errors import AskedWrongly, NeedsPerson, NotReady
from migrate.stages.desk import is_handover
from migrate.store.audit import append
from migrate.store.files import write_json
from migrate.store.lock import writing
from migrate.store.plans import broadest_chart, chart_steps, read_plan, steps_for

if TYPE_CHECKING:
    from migrate.core.plan import LoadPlan
    from migrate.stages.wanted import Contents
    from migrate.store.workspace import Project, Run

CANARY_FILE = "canary.json"
Ref = tuple[str, str]


def chosen(run: Run, patient: str | None) -> str:
    """The patient named, or the one with the most kinds of resources and the fewest of them."""
    found = patient or broadest_chart(run)
    if found is None:
        raise AskedWrongly("LOD072", "the plan creates no patient's chart", try_="ehr-migrate load")
    return found


def chart_with_what_it_needs(run: Run, contents: Contents, patient: str) -> frozenset[Ref]:
    """(type, id) of everything in a patient's chart and all that it points at.

    Raises AskedWrongly (LOD072) for a patient that the plan does not know.
    """
    steps = chart_steps(run, patient)
    if not steps:
        raise AskedWrongly(
            "LOD072",
            "the plan has no chart of a Patient with this id",
            try_="ehr-migrate explain FILE:ROW, for the patient's row in the export",
        )
    found: set[Ref] = set()
    while steps:
        found |= {(step.type, step.id) for step in steps}
        needed = {ref for step in steps for ref in references(contents.of(step))}
        steps = steps_for(run, needed - found)
    return frozenset(found)


def require_canary(project: Project, plan: LoadPlan) -> None:
    """Raises NeedsPerson (LOD070) where others use the target and nobody has given their word.

    Behind an import desk is a system that people use, unless ``[target.options]`` say
    ``live = false``.
    """
    desk = is_handover(project) and project.settings.target.options.get("live", True) is not False
    if _known(project).get(plan.target_identity, {}).get("ok_by") or not (desk or plan.others):
        return
    count = sum(plan.others.values())
    raise NeedsPerson(
        "LOD070",
        "people work in the system behind an import desk: one chart goes first"
        if desk
        else f"the target holds {count:,} resources that are not of this project: "
        "somebody works there",
        kept="everything; nothing was written to the target",
        try_='ehr-migrate load --canary, look at that chart there, then load --canary-ok "NAME"',
    )


def went_first(project: Project, run: Run) -> str | None:
    """The patient whose chart this run has sent before all others."""
    known = _known(project).get(read_plan(run).target_identity, {})
    return known["patient"] if known.get("run") == run.id else None


def note_canary(project: Project, identity: str, patient: str, run: Run) -> None:
    """Remember which chart went first. The caller holds the project's lock."""
    known = _known(project)
    known[identity] = {"patient": patient, "run": run.id, "at": _now()}
    write_json(project.folder / CANARY_FILE, known)
    facts = {"run": run.id, "target": identity, "patient": patient}
    append(project.folder, "canary loaded", "ehr-migrate", facts)


def give_word(project: Project, run: Run, name: str) -> str:
    """A person says that the canary set nothing off; the patient's id.

    Raises AskedWrongly (LOD014 no name), NotReady (LOD070 no canary was loaded into the target).
    """
    person = " ".join(name.split())
    if not person:
        raise AskedWrongly(
            "LOD014", "the word needs a person's name", try_='load --canary-ok "NAME"'
        )
    with writing(project.folder):
        identity = read_plan(run).target_identity
        known = _known(project)
        if identity not in known:
            raise NotReady(
                "LOD070",
                "no canary patient was loaded into this target yet",
                kept="everything; nothing was written to the target",
                try_="ehr-migrate load --canary",
            )
        if known[identity].get("ok_by") != person:
            known[identity] |= {"ok_by": person, "ok_at": _now()}
            write_json(project.folder / CANARY_FILE, known)
            facts = {"target": identity, "patient": known[identity]["patient"]}
            append(project.folder, "canary set nothing off", person, facts)
    return known[identity]["patient"]


def _known(project: Project) -> dict[str, dict[str, str]]:
    path = project.folder / CANARY_FILE
    found: dict[str, dict[str, str]] = orjson.loads(path.read_bytes()) if path.is_file() else {}
    return found


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
