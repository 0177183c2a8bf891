"""A tiny practice with an export and later exports of it, for tests of catching up."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from migrate.stages import delta, dry_run, load, plan, sign, validate, verify
from migrate.stages.progress import Silent
from migrate.store.workspace import Project, Run, create_project
from tests.small_project import PROFILE

SETTINGS = """
[project]
name = "Tiny Practice"
timezone = "America/Chicago"
[source]
from = "export"
profile = "tiny"
exported_at = "2026-01-31T00:00:00Z"
"""
DATED = """
  - rule: provenance
    type: Provenance
    from: patients
    map:
      target: [{reference: patients, rule: patient}]
      recorded: {context: exported}
      agent: [{who: {display: {context: system}}}]
"""
HEADS = {
    "patients": "patient_id,name,code",
    "visits": "visit_id,patient_id,visit_date",
    "charges": "charge_id,patient_id,amount,voided",
}
SCRATCH = tempfile.TemporaryDirectory(prefix="later-")  # removed when the session ends
Tables = Mapping[str, dict[str, str]]


def practice(patients: int = 4) -> dict[str, dict[str, str]]:
    """Rows by table and key: patients, three visits each, a charge each."""
    people = range(1, patients + 1)
    return {
        "patients": {f"P{n}": f"P{n},Invented {n},x" for n in people},
        "visits": {f"V{n}-{v}": f"V{n}-{v},P{n},2024-0{v}-11" for n in people for v in (1, 2, 3)},
        "charges": {f"C{n}": f"C{n},P{n},{n}.50,N" for n in people},
    }


def write_export(folder: Path, tables: Tables) -> Path:
    """The tables as CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([HEADS[name], *rows.values()]) + "\n")
    return folder


def make_project(folder: Path, tables: Tables, settings: str = "", dated: bool = True) -> Project:
    """A project over the first export, not extracted yet."""
    project = create_project(folder, SETTINGS + settings, bytes(range(32)))
    (project.folder / "mappings/profile.yml").write_text(PROFILE + (DATED if dated else ""))
    write_export(folder / "export", tables)
    return project


def deliver(project: Project, run: Run | None = None) -> Run:
    """Sign, load and verify the newest run, or this one."""
    here = run or project.run(None)
    sign.run(project, here, "Pat Invented", "clinical")
    assert load.run(project, here, Silent(), pause=lambda _: None).ready
    assert verify.run(project, here, Silent()).ready
    return here


@functools.cache
def _begun() -> Path:
    """A project whose first export is loaded and verified, once a test session."""
    project = make_project(Path(SCRATCH.name) / "work", practice())
    assert dry_run.run(project, Silent()).gate.ready
    deliver(project)
    return project.folder


def begin(folder: Path, settings: str = "") -> Project:
    """A project whose first export is loaded and verified; ``settings`` are added afterwards."""
    shutil.copytree(_begun(), folder)
    with (folder / "migration.toml").open("a") as handle:
        handle.write(settings)
    return Project.open(folder)


def catch_up(project: Project, tables: Tables, number: int = 2) -> delta.Delta:
    """Bring a later export; ``number`` names its folder and its day."""
    export = write_export(project.folder / f"export-{number}", tables)
    return delta.run(project, str(export), f"2026-02-{number:02d}T00:00:00Z", Silent())


def without_checks(patch: pytest.MonkeyPatch) -> None:
    """Leave the checks out, which have tests of their own: all pass, nothing was looked at."""

    def passed(_project: Project, run: Run, *rest: object) -> None:
        inputs = next(one for one in rest if isinstance(one, dict) and "suites" in one)
        run.file(validate.CHECKS_FILE).write_bytes(b'{"checks":[]}\n')
        run.finish("validate", inputs, [run.file(validate.CHECKS_FILE)], {})

    patch.setattr(validate, "_validate", passed)


def planned(project: Project) -> plan.Planned:
    """The newest run's plan, made anew."""
    return plan.run(project, project.run(None), Silent())


def without(rows: dict[str, str], keys: Iterable[str]) -> dict[str, str]:
    """Rows without some keys."""
    gone = set(keys)
    return {key: row for key, row in rows.items() if key not in gone}
