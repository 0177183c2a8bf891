"""A small project with a mapped run, made by hand, for tests of planning and loading."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from migrate.core.gate import Gate
from migrate.core.ports import Target
from migrate.errors import MigrateError
from migrate.stages import load, plan, sign, verify
from migrate.stages.canary import CANARY_FILE
from migrate.stages.loaded import Loaded
from migrate.stages.progress import Silent
from migrate.store.plans import read_plan
from migrate.store.workspace import Project, Run, create_project
from migrate.targets.embedded import EmbeddedTarget

SETTINGS = """
[project]
name = "Test Practice"
timezone = "UTC"
[source]
from = "export"
profile = "test"
exported_at = "2026-01-01T00:00:00Z"
[target]
kind = "embedded"
address = "target.db"
"""
OPEN_GATE = Gate((), (), ())
Resource = Mapping[str, object]


def open_gate(_project: Project, _run: Run) -> Gate:
    """A gate that nothing closes."""
    return OPEN_GATE


def chart(patient: str, encounters: int = 2) -> list[dict[str, object]]:
    """A patient with encounters, each with an observation; references all over."""
    subject = {"reference": f"Patient/{patient}"}
    found: list[dict[str, object]] = [
        {
            "resourceType": "Patient",
            "id": patient,
            "generalPractitioner": [{"reference": "Practitioner/doc"}],
            "name": [{"family": f"Invented-{patient}"}],
        }
    ]
    for n in range(encounters):
        visit = f"{patient}-e{n}"
        found.append(
            {
                "resourceType": "Encounter",
                "id": visit,
                "status": "finished",
                "class": {"code": "AMB"},
                "subject": subject,
            }
        )
        found.append(
            {
                "resourceType": "Observation",
                "id": f"{patient}-o{n}",
                "status": "final",
                "code": {"text": "weight"},
                "subject": subject,
                "encounter": {"reference": f"Encounter/{visit}"},
                "valueQuantity": {"value": 70 + n, "unit": "kg"},
            }
        )
    return found


def practice(patients: int = 3, encounters: int = 2) -> list[dict[str, object]]:
    """A practitioner, an organization and some charts."""
    shared: list[dict[str, object]] = [
        {"resourceType": "Organization", "id": "org", "name": "Invented Clinic"},
        {"resourceType": "Practitioner", "id": "doc", "name": [{"family": "Invented"}]},
    ]
    return shared + [one for n in range(patients) for one in chart(f"p{n}", encounters)]


def make_project(folder: Path, resources: Sequence[Resource] | None = None) -> Project:
    """A project with one mapped run of these resources."""
    project = create_project(folder, SETTINGS, bytes(range(32)))
    add_run(project, practice() if resources is None else resources)
    return project


def add_run(project: Project, resources: Sequence[Resource]) -> Run:
    """A new run of the project with these resources, as the mapping would leave it."""
    run = project.new_run("abcdef")
    staged = run.staged
    staged.mkdir()
    (staged / "manifest.json").write_bytes(b'{"extractor": "test"}\n')
    (run.folder / "report").mkdir()
    (run.report / "index.html").write_bytes(b"<p>report</p>\n")
    for name in ("checks.json", "reconciliation.json"):
        run.file(name).write_bytes(b"{}\n")
    for name in ("lineage.parquet", "fates.parquet", "notes.parquet", "misses.parquet"):
        run.file(name).write_bytes(b"no real table\n")
    write_resources(run, resources)
    run.finish("report", {}, [run.report / "index.html"], {})
    return run


def write_resources(run: Run, resources: Sequence[Resource]) -> None:
    """Write the fhir folder of a run and finish its mapping."""
    run.fhir.mkdir(exist_ok=True)
    for path in run.fhir.glob("*.ndjson"):
        path.unlink()
    for one in resources:
        with (run.fhir / f"{one['resourceType']}.ndjson").open("ab") as handle:
            handle.write(orjson.dumps(one) + b"\n")
    run.finish("map", {"profile": "digest"}, list(run.fhir.glob("*.ndjson")), {})


def plan_and_sign(project: Project, run: Run | None = None, role: str = "clinical") -> Run:
    """Plan the newest run and sign it."""
    here = run or project.run(None)
    plan.run(project, here, Silent(), judge=open_gate)
    sign.run(project, here, "Pat Invented", role, judge=open_gate)
    return here


def load_run(project: Project, run: Run, opening: load.Opening | None = None) -> Loaded:
    """Load without pauses, with a person's word where others use the target."""
    vouch(project, run)
    how = {} if opening is None else {"opening": opening}
    return load.run(project, run, Silent(), pause=lambda _: None, **how)


def vouch(project: Project, run: Run) -> None:
    """Give a person's word for the canary, where the plan's target needs one."""
    with contextlib.suppress(MigrateError):
        plan = read_plan(run)
        if plan.others:
            word = {plan.target_identity: {"patient": "p0", "ok_by": "Pat Invented"}}
            (project.folder / CANARY_FILE).write_bytes(orjson.dumps(word))


def verify_run(project: Project, run: Run, opening: load.Opening | None = None) -> verify.Verified:
    """Verify."""
    how = {} if opening is None else {"opening": opening}
    return verify.run(project, run, Silent(), **how)


def held(project: Project) -> dict[tuple[str, str], bytes]:
    """Everything that the project's embedded target holds now."""
    target = EmbeddedTarget(project.folder / "target.db")
    try:
        rows = target._db.execute(
            "SELECT type, id, content FROM resources WHERE content IS NOT NULL"
        ).fetchall()
    finally:
        target.close()
    return {(kind, identity): content for kind, identity, content in rows}


def wanted(run: Run) -> dict[tuple[str, str], bytes]:
    """Everything that a run's fhir folder holds."""
    lines = [line for path in run.fhir.glob("*.ndjson") for line in path.read_bytes().splitlines()]
    return {(one["resourceType"], one["id"]): line for line in lines if (one := orjson.loads(line))}


def through(wrap: Callable[[Target], Target]) -> load.Opening:
    """Open the project's embedded target inside another."""

    @contextlib.contextmanager
    def opening(project: Project) -> Iterator[Target]:
        target = EmbeddedTarget(project.folder / "target.db")
        try:
            yield wrap(target)
        finally:
            target.close()

    return opening
