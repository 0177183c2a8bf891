"""A small practice and a small import desk, for tests of whole stages."""

from __future__ import annotations

from pathlib import Path

from migrate.stages.progress import Silent
from migrate.store.workspace import Project
from tests.loads import make_project, practice

MINI = """
layout: mini
title: A small desk
dates: iso
files:
  - file: people
    from: Patient
    key: [record_id]
    patient: record_id
    columns:
      - {column: record_id, path: id}
      - {column: last_name, path: name.family}
      - {column: born, path: birthDate, as: date}
  - file: weights
    from: Observation
    key: [record_id]
    patient: patient
    columns:
      - {column: record_id, path: id}
      - {column: patient, reference: subject, of: Patient, value: id}
      - {column: what, path: code.text}
      - {column: weight, path: valueQuantity.value, as: number}
"""
HANDOVER = '[target]\nkind = "handover"\naddress = "handover"\n[target.options]\nlayout = "mini"\n'


def desk_project(folder: Path, patients: int = 3, more: str = "") -> Project:
    """A mapped project whose target is the small desk; ``more`` are options of the target."""
    resources = practice(patients)
    for n, one in enumerate(resources):
        if one["resourceType"] == "Patient":
            one["birthDate"] = f"19{50 + n}-01-02"
    project = make_project(folder, resources)
    own = project.folder / "mappings/handover/mini"
    own.mkdir(parents=True)
    (own / "layout.yml").write_text(MINI)
    settings = project.folder / "migration.toml"
    text = settings.read_text()
    settings.write_text(text[: text.index("[target]")] + HANDOVER + more)
    return Project.open(project.folder)


QUIET = Silent()
