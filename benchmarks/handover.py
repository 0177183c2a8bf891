"""Packages of a large practice for import desks: how much memory, and does time grow in line?

``python -m benchmarks.handover [PATIENTS] [LAYOUT…]`` (100,000; the three shipped ones). The
resources are the sample practice's, at most two of a type for each patient, copied under other
ids until there are so many patients; they are measured twice, with a quarter of the patients and
with all. Working out the losses and making the package, zip included, run in processes of their
own through the same stages that ``plan`` and ``load`` use.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.one_project import map_export
from migrate.core.plan import LoadPlan, in_batches
from migrate.core.ports import Write
from migrate.packs import mappings_folder
from migrate.stages import desk, package
from migrate.stages.progress import Silent
from migrate.store.plans import PLAN_FILE, STEPS_FILE, write_plan, write_steps
from migrate.store.workspace import Project, Run, create_project
from migrate.targets.handover.target import open_target

LIMIT_GIB, LIMIT_RATIO = 1.0, 1.2
LAYOUTS = ("spreadsheet-desk", "ccda-desk", "documents-desk")
A_PATIENT = 2
SAMPLE = mappings_folder().parent / "sample_data/riverbend/export"
SETTINGS = """
[project]
name = "Large Practice"
timezone = "America/Chicago"
[source]
from = "export"
profile = "riverbend-csv"
exported_at = "2026-01-15T18:00:00-06:00"
[target]
kind = "handover"
address = "handover"
[target.options]
layout = "spreadsheet-desk"
"""
_ID = re.compile(rb'("id":"|"reference":"[A-Za-z]+/)(r[0-9a-z]+)"')


@dataclass(frozen=True, slots=True)
class Measured:
    """One stage over one practice."""

    stage: str
    patients: int
    resources: int
    seconds: float
    gib: float

    def words(self) -> str:
        """The figures in a line."""
        each = self.seconds / self.resources * 1e6
        return (
            f"{self.stage:26} {self.patients:7,} patients, {self.resources:9,} resources: "
            f"{self.seconds:7.1f} s of processor, {each:6.1f} µs a resource, "
            f"peak {self.gib:.2f} GiB"
        )


def main() -> int:
    """Measure; 1 where memory passes the limit or time grows faster than the practice."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    layouts = sys.argv[2:] or list(LAYOUTS)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="bench-handover-") as scratch:
        folder = Path(scratch)
        sample = _sample(map_export(folder / "sample", SAMPLE, "riverbend-csv") / "fhir")
        found: dict[tuple[str, str], list[Measured]] = {}
        for number in (patients // 4, patients):
            work = _practice(folder / f"practice-{number}", sample, number)
            for layout in layouts:
                for stage in ("losses", "package"):
                    one = _measured(work, layout, stage)
                    print(one.words(), flush=True)
                    found.setdefault((layout, stage), []).append(one)
            shutil.rmtree(work.folder)
        for (layout, stage), (small, large) in found.items():
            ratio = (large.seconds / large.resources) / (small.seconds / small.resources)
            good = large.gib <= LIMIT_GIB and ratio <= LIMIT_RATIO
            wrong += not good
            print(
                f"{layout} {stage}: peak {large.gib:.2f} GiB (limit {LIMIT_GIB:.0f}), "
                f"time a resource {ratio:.2f} times that of a quarter (limit {LIMIT_RATIO})"
            )
    return int(wrong > 0)


def _sample(fhir: Path) -> dict[str, list[list[bytes]]]:
    """Lines by type: those of each patient (at most A_PATIENT), patients apart; first of none."""
    whole = {path.stem: path.read_bytes().splitlines() for path in sorted(fhir.glob("*.ndjson"))}
    found: dict[str, list[list[bytes]]] = {"": [[]]}
    place = {_id(line): n for n, line in enumerate(whole["Patient"])}
    for kind, lines in whole.items():
        mine: list[list[bytes]] = [[] for _ in place]
        for line in lines:
            owner = next((ref for ref in _patients(kind, line) if ref in place), None)
            if owner is None:
                found[""][0].append(line)
            elif len(mine[place[owner]]) < A_PATIENT:
                mine[place[owner]].append(line)
        found[kind] = mine
    return found


def _id(line: bytes) -> bytes:
    match = re.search(rb'"id":"([^"]+)"', line)
    assert match is not None
    return match[1]


def _patients(kind: str, line: bytes) -> list[bytes]:
    found = re.findall(rb'"Patient/([^"]+)"', line)
    return [_id(line)] if kind == "Patient" else found


def _practice(folder: Path, sample: dict[str, list[list[bytes]]], patients: int) -> Project:
    """A planned project with so many patients, whose target holds their resources."""
    project = create_project(folder, SETTINGS, bytes(32))
    run = project.new_run("abcdef" * 10)
    run.fhir.mkdir(exist_ok=True)
    shared = {_id(line) for line in sample[""][0]}
    counts = Counter[str]()
    with closing(open_target(str(folder / "handover"), {})) as target:
        for kind in sorted({*sample} - {""}):
            with (run.fhir / f"{kind}.ndjson").open("wb") as stream:
                for some in in_batches(_copies(kind, sample, patients, shared), 1000):
                    stream.write(b"".join(line + b"\n" for line in some))
                    target.apply(
                        [Write("put", kind, _id(line).decode(), line, None) for line in some]
                    )
                    counts[kind] += len(some)
        identity = target.identity()
    run.finish("map", {}, sorted(run.fhir.glob("*.ndjson")), {"resources": dict(counts)})
    digest = write_steps(run, [])
    write_plan(run, LoadPlan(run.id, "handover", identity, digest, 0, {}, {}, {}, {}))
    run.finish("plan", {}, [run.file(PLAN_FILE), run.file(STEPS_FILE)], {})
    return project


def _copies(
    kind: str, sample: dict[str, list[list[bytes]]], patients: int, shared: set[bytes]
) -> Iterator[bytes]:
    """Lines of a type: what belongs to nobody once, each patient's under ids of each copy."""
    start = b'{"resourceType":"' + kind.encode() + b'"'
    yield from (line for line in sample[""][0] if line.startswith(start))
    charts = sample[kind]
    for n in range(patients):
        copy, place = divmod(n, len(charts))
        mark = b"%04d" % copy

        def other(found: re.Match[bytes], mark: bytes = mark) -> bytes:
            return found[0] if found[2] in shared else found[1] + found[2] + mark + b'"'

        for line in charts[place]:
            yield _ID.sub(other, line)


def _measured(project: Project, layout: str, stage: str) -> Measured:
    """A stage in a process of its own."""
    settings = project.folder / "migration.toml"
    text = re.sub(r'layout = "[a-z-]+"', f'layout = "{layout}"', settings.read_text())
    settings.write_text(text)
    argv = [sys.executable, "-m", "benchmarks.handover", "stage", stage, str(project.folder)]
    child = os.posix_spawn(sys.executable, argv, os.environ)
    _, state, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(state) != 0:
        raise RuntimeError(f"{stage} failed")
    run = _run(project)
    manifest = run.manifest("map")
    assert manifest is not None
    counts = manifest.facts["resources"]
    assert isinstance(counts, dict)
    return Measured(
        f"{layout} {stage}",
        counts["Patient"],
        sum(counts.values()),
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024**2,
    )


def _run(project: Project) -> Run:
    run = project.latest()
    assert run is not None
    return run


def stage(name: str, folder: Path) -> int:
    """One stage of a project, for a process of its own."""
    project = Project.open(folder)
    if name == "losses":
        desk.losses(project, _run(project), Silent())
    else:
        package.run(project, _run(project), Silent())
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["stage"]:
        sys.exit(stage(sys.argv[2], Path(sys.argv[3])))
    sys.exit(main())
