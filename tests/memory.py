"""``make bench-memory``: a million resources planned, loaded and verified, and how much memory.

python -m tests.memory [RESOURCES…]          (default: 250000 1000000)
python -m tests.memory stage VERB FOLDER     one stage, then its largest resident set in MiB

An invented practice (charts of nine resources) of each size goes into an embedded target of its
own; each stage is a process of its own. The last line of a stage says how the largest memory of
the last size compares with that of the first.
"""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

from migrate.stages import load, plan, sign, verify
from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from tests.loads import chart, make_project, open_gate, practice

VERBS = ("plan", "sign", "load", "verify")
SIZES = (250_000, 1_000_000)
VISITS = 4
EACH = 1 + 2 * VISITS  # resources of a chart


def generated(folder: Path, resources: int) -> None:
    """A project whose run has so many resources, written a chart at a time."""
    run = make_project(folder, practice(0)).run(None)
    with contextlib.ExitStack() as stack:
        files = {
            kind: stack.enter_context((run.fhir / f"{kind}.ndjson").open("ab"))
            for kind in ("Patient", "Encounter", "Observation")
        }
        for n in range((resources - 2) // EACH):
            for one in chart(f"p{n}", VISITS):
                files[str(one["resourceType"])].write(orjson.dumps(one) + b"\n")
    run.finish("map", {"profile": "digest"}, list(run.fhir.glob("*.ndjson")), {})


def stage(verb: str, folder: Path) -> None:
    """One stage, under an open gate; prints how many resources it was about, and MiB."""
    project = Project.open(folder)
    run = project.run(None)
    number = 0
    if verb == "plan":
        number = plan.run(project, run, Silent(), judge=open_gate).plan.total("create")
    elif verb == "sign":
        sign.run(project, run, "Pat Invented", "clinical", judge=open_gate)
    elif verb == "load":
        number = load.run(project, run, Silent(), judge=open_gate).loaded.total()
    else:
        number = verify.run(project, run, Silent()).read_back.total()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(number, f"{peak:.0f}")


def measured(resources: int) -> dict[str, float]:
    """The largest memory of each stage for a practice of this size, in MiB; says it too."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as work:
        folder = Path(work) / "project"
        generated(folder, resources)
        for verb in VERBS:
            began = time.monotonic()
            words = [sys.executable, "-m", "tests.memory", "stage", verb, str(folder)]
            said = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
            number, peak = said.split()
            found[verb] = float(peak)
            seconds = time.monotonic() - began
            print(f"{resources:>9,} {verb:<7} {int(number):>9,} {peak:>6} MiB {seconds:7.1f} s")
            sys.stdout.flush()
    return found


def main(words: list[str]) -> int:
    """Measure each size, then compare the last with the first."""
    if words[:1] == ["stage"]:
        stage(words[1], Path(words[2]))
        return 0
    sizes = [int(word) for word in words] or list(SIZES)
    found = [measured(size) for size in sizes]
    for verb in VERBS:
        ratio = found[-1][verb] / found[0][verb]
        print(f"{verb}: {ratio:.2f} times the memory for {sizes[-1] / sizes[0]:.1f} times as many")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
