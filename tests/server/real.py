"""A real FHIR server: loaded, verified, loaded again, rolled back, loaded again; with figures.

    python -m tests.server.real BASE [FHIR_FOLDER] [import]

``FHIR_FOLDER`` holds ``<Type>.ndjson`` files of a mapped run; without it a small invented practice
is loaded. ``import``: by the server's ``$import``, with files that it fetches from 127.0.0.1. The
server must hold none of them, and holds none at the end. Exit code 1 when anything is not as it
must be.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from migrate import plugins
from migrate.core.plan import LoadPlan
from migrate.errors import FailedForNow
from migrate.stages import plan, rollback
from migrate.stages.progress import Silent
from migrate.store.plans import read_plan
from migrate.store.workspace import Project, Run
from migrate.targets.fhir import open_target
from tests.loads import load_run, make_project, open_gate, plan_and_sign, practice, verify_run

T = TypeVar("T")
STOPS = 5  # a clean stop is run again, as its message says; more often is a fault


def timed(name: str, resources: int, action: Callable[[], T]) -> T:
    """Do it, and print how long it took."""
    begun = time.perf_counter()
    stops = 0
    while True:
        try:
            result = action()
            break
        except FailedForNow as error:
            stops += 1
            print(f"{name}: stopped, to be run again ({error})", flush=True)
            if stops == STOPS:
                raise
            time.sleep(5)
    seconds = time.perf_counter() - begun
    print(
        f"{name}: {seconds:.1f} s, {resources / seconds:,.0f} resources/s, {stops} stops",
        flush=True,
    )
    return result


def circle() -> list[dict[str, object]]:
    """A visit and its diagnosis, which point at each other."""
    about = {"subject": {"reference": "Patient/p0"}}
    visit: dict[str, object] = {
        "resourceType": "Encounter",
        "id": "p0-visit",
        "status": "finished",
        "class": {"code": "AMB"},
        "diagnosis": [{"condition": {"reference": "Condition/p0-problem"}}],
    }
    problem: dict[str, object] = {
        "resourceType": "Condition",
        "id": "p0-problem",
        "code": {"text": "invented"},
        "encounter": {"reference": "Encounter/p0-visit"},
    }
    return [visit | about, problem | about]


def with_resources(folder: Path, source: Path | None, circles: bool) -> Project:
    """A project with one mapped run of these resources; ``circles`` with a circle among them."""
    project = make_project(folder, [*practice(50, 5), *(circle() if circles else [])])
    if source is not None:
        run = project.run(None)
        shutil.rmtree(run.fhir)
        shutil.copytree(source, run.fhir)
        run.finish("map", {"profile": "digest"}, list(run.fhir.glob("*.ndjson")), {})
    return project


def whole_way(base: str, source: Path | None, options: Mapping[str, object]) -> list[str]:
    """Go the whole way; what was not as it must be."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        remembered = {"remembered": str(Path(folder) / "abilities.json")}
        plugins.open_target = lambda *_: open_target(base, {**options, **remembered})
        target = open_target(base, remembered)
        abilities = target.capabilities()
        target.close()
        print(f"found by trying: {abilities}")
        # A server that gives ids itself takes no circle (LOD024).
        project = with_resources(Path(folder) / "project", source, abilities.client_ids)
        run = timed("plan and sign", 0, lambda: plan_and_sign(project))
        total = sum(len(path.read_bytes().splitlines()) for path in run.fhir.glob("*.ndjson"))
        before = counted(read_plan(run))
        print(f"{total:,} resources, {options}")
        for name in ("load", "load after rollback"):
            loaded = timed(name, total, lambda: load_run(project, run))
            if not loaded.ready or loaded.written.total() != total:
                wrong.append(f"{name}: {loaded.lines()[:20]}")
            verified = timed("verify", total, lambda: verify_run(project, run))
            print(f"  {verified.read_back.total():,} the same, declared {dict(verified.declared)}")
            if not verified.ready:
                wrong.append(f"verify: {verified.lines()[:40]}")
            again = timed("load again", total, lambda: load_run(project, run))
            if again.written:
                wrong.append(f"load again wrote {again.written.total()}")
            if name == "load":
                wrong += undone_whole(project, run, total, before)
                plan_and_sign(project, run)
        wrong += undone_whole(project, run, total, before)
    return wrong


def counted(made: LoadPlan) -> int:
    """How many resources of the plan's types the server itself counted."""
    return sum(number or 0 for number in made.present.values())


def undone_whole(project: Project, run: Run, total: int, before: int) -> list[str]:
    """Roll back, and see by a new plan that nothing is left; what was not as it must be.

    ``before``: what was there before the first load, of the same types.
    """
    wrong = []
    undone = timed("rollback", total, lambda: rollback.run(project, run, Silent()))
    if not undone.ready or undone.undone.total() != total:
        wrong.append(f"rollback: {undone.lines()[:20]}")
    left = plan.run(project, run, Silent(), judge=open_gate).plan
    there = counted(left) - before
    print(f"  {there} of these types left by the server's own count")
    if left.total("create") != total or there:
        wrong.append(f"after the rollback: {dict(left.reasons)}, {there} left")
    return wrong


def main(words: list[str]) -> int:
    """Run with the words of the command line."""
    source = Path(words[1]) if len(words) > 1 and words[1] != "-" else None
    options = {"import_from": "http://127.0.0.1:0"} if "import" in words[2:] else {}
    wrong = whole_way(words[0], source, options)
    for one in wrong:
        print("WRONG:", one)
    print("all as it must be" if not wrong else f"{len(wrong)} things are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
