"""A project with one run, mapped by hand, for tests of the stages after mapping."""

from collections.abc import Mapping
from pathlib import Path

from migrate.store.manifest import write_manifest
from migrate.store.workspace import Project, Run, create_project
from tests import run_folder

SETTINGS = """
[project]
name = "Tiny Practice"
timezone = "America/Chicago"
[source]
from = "export"
profile = "tiny"
exported_at = "2026-01-31T00:00:00Z"
"""
PROFILE = """
profile: tiny
source:
  system: tiny
  timezone: America/Chicago
  dates: ["%m/%d/%Y", "%Y-%m-%d", "%Y"]
  placeholders: ["0000-00-00"]
patients: patients
tables:
  patients: {key: patient_id, patient: patient_id}
  visits: {key: visit_id, patient: patient_id}
  charges: {key: charge_id, patient: patient_id}
exclude:
  columns: {patients.code: of no use}
money:
  - measure: charges
    currency: USD
    table: charges
    column: amount
    mapped: [{type: ChargeItem, path: priceOverride.value}]
resources:
  - rule: patient
    type: Patient
    from: patients
    map: {name: [{text: name}]}
  - rule: visit
    type: Encounter
    from: visits
    map:
      status: {constant: finished}
      class: {code: AMB, system: "http://terminology.hl7.org/CodeSystem/v3-ActCode"}
      subject: {reference: patients, column: patient_id}
      period: {start: visit_date}
  - rule: charge
    type: ChargeItem
    from: charges
    exclude: [{when: "voided = 'Y'", because: voided in the old system}]
    map:
      status: {constant: billable}
      code: {text: {constant: charge}}
      subject: {reference: patients, column: patient_id}
      priceOverride: {money: amount, currency: USD}
"""


def small_project(
    folder: Path, *, files: Mapping[str, str] | None = None, **run: object
) -> tuple[Project, Run]:
    """A project in ``folder``; ``files`` are written into it, ``run`` changes the run's content."""
    project = create_project(folder / "project", SETTINGS, bytes(32))
    here = project.new_run("abcdef" * 10)
    manifest = run_folder.write_run(here.folder, **run)  # type: ignore[arg-type]
    write_manifest(here.staged / "manifest.json", manifest)
    (project.folder / "mappings/profile.yml").write_text(PROFILE)
    for name, text in (files or {}).items():
        (project.folder / name).write_text(text)
    inputs = {"input": manifest.input_digest, "profile": "1" * 64}
    here.finish("extract", inputs, [here.staged / "manifest.json"], {})
    outputs = [here.file("fates.parquet"), *here.fhir.glob("*.ndjson")]
    here.finish("map", inputs, outputs, {"resources": {}, "fates": {}})
    return project, here
