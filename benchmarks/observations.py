"""The benchmark's data and profile: observations of invented patients, staged as Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from migrate.core.model import SourceColumn, SourceTable
from migrate.core.profiles.ast import Profile
from migrate.core.profiles.load import SourceText, load_profile

KEY = bytes(range(32))
CONTEXT = {"exported": "2026-01-31T12:00:00Z", "system": "bench", "name": "Nowhere", "tool": "x"}
LOCAL_CODES = 40

PROFILE = """
profile: bench
source:
  system: bench
  timezone: America/Chicago
  dates: ["%Y-%m-%d"]
  date_times: ["%Y-%m-%dT%H:%M:%SZ", "%m/%d/%Y %H:%M"]
  placeholders: ["0000-00-00"]
patients: patients
systems:
  category: "http://terminology.hl7.org/CodeSystem/observation-category"
  local: "urn:oid:2.999.9"
tables:
  patients: {key: id, patient: id}
  visits: {key: id, patient: patient_id}
  observations: {key: id, patient: patient_id}
resources:
  - rule: patient
    type: Patient
    from: patients
    map: {identifier: [{system: local, value: id}], birthDate: born}
  - rule: visit
    type: Encounter
    from: visits
    map:
      status: {constant: finished}
      class: {code: AMB, system: "http://terminology.hl7.org/CodeSystem/v3-ActCode"}
      subject: {reference: patients, column: patient_id}
  - rule: observation
    type: Observation
    from: observations
    exclude: [{when: "voided = 'Y'", because: "voided"}]
    map:
      status: {crosswalk: status, column: status}
      category: [{coding: [{code: laboratory, system: category, display: Laboratory}]}]
      code: {crosswalk: test, column: code, text: description}
      subject: {reference: patients, column: patient_id}
      encounter: {reference: visits, column: visit_id, optional: true}
      effectiveDateTime: taken
      valueQuantity:
        {value: value, unit: unit, system: {constant: "http://unitsofmeasure.org"}, code: unit}
"""
STATUS = {"F": "final", "P": "preliminary"}


def crosswalk_text(name: str) -> str:
    """The CSV of a crosswalk."""
    lines = ["source,system,code,display,equivalence,reviewer,comment"]
    if name == "status":
        url = "http://hl7.org/fhir/observation-status"
        lines += [f"{k},{url},{v},{v},equal,bench," for k, v in STATUS.items()]
    else:
        lines += [
            f"T{n:03d},http://loinc.org,{n}000-{n % 10},Test {n},equal,bench,"
            for n in range(LOCAL_CODES)
        ]
    return "\n".join(lines) + "\n"


class Library:
    """The profile above."""

    def profile(self, name: str) -> SourceText | None:
        """The text of ``bench``."""
        return SourceText("bench.yml", PROFILE) if name == "bench" else None

    def crosswalk(self, profile: str, name: str) -> SourceText | None:
        """A crosswalk of ``bench``."""
        return SourceText(f"{name}.csv", crosswalk_text(name)) if profile == "bench" else None

    def names(self) -> Sequence[str]:
        """``bench`` alone."""
        return ["bench"]


TABLES = {
    "patients": "printf('P%06d', n) AS id, strftime(DATE '1940-01-01' + (n * 37 % 25000)::INTEGER, "
    "'%Y-%m-%d') AS born",
    "visits": "printf('V%07d', n) AS id, printf('P%06d', n % {patients}) AS patient_id",
    "observations": "printf('O%08d', n) AS id, printf('P%06d', n % {visits} % {patients}) AS "
    "patient_id, printf('V%07d', n % {visits}) AS visit_id, printf('T%03d', n * 7 % 40) AS code, "
    "'Some laboratory test number ' || (n * 7 % 40) AS description, "
    "CASE WHEN n % 3 = 0 THEN strftime(TIMESTAMP '2015-01-01 08:00:00' + to_minutes(n * 11 % "
    "4000000), '%m/%d/%Y %H:%M') ELSE strftime(TIMESTAMP '2015-01-01 08:00:00' + to_minutes(n * "
    "11 % 4000000), '%Y-%m-%dT%H:%M:%SZ') END AS taken, "
    "CASE WHEN n % 997 = 0 THEN 'hemolyzed' ELSE printf('%d.%d', n * 13 % 400, n % 10) END AS "
    "value, CASE WHEN n % 50 = 0 THEN NULL ELSE 'mg/dL' END AS unit, "
    "CASE WHEN n % 19 = 0 THEN 'P' ELSE 'F' END AS status, "
    "CASE WHEN n % 211 = 0 THEN 'Y' END AS voided",
}


def stage(folder: Path, rows: int) -> None:
    """Write ``staged/*.parquet`` for this many observations."""
    staged = folder / "staged"
    staged.mkdir(parents=True)
    counts = {"patients": max(rows // 100, 1), "visits": max(rows // 10, 1), "observations": rows}
    connection = duckdb.connect()
    for table, cells in TABLES.items():
        select = cells.format(**counts)
        connection.execute(
            f"COPY (SELECT {select}, n + 1 AS _row, '{table}.csv' AS _file, "
            f"(n + 2)::VARCHAR AS _at FROM range({counts[table]}) r(n)) "
            f"TO '{staged / table}.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )
    connection.close()


def profile(staged: Path) -> tuple[Profile, list[SourceTable]]:
    """The checked profile and the catalogue of the staged tables."""
    connection = duckdb.connect()
    catalogue = []
    for table in TABLES:
        path = f"{staged / table}.parquet"
        described = connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
        names = [row[0] for row in described if not row[0].startswith("_")]
        columns = tuple(SourceColumn(name, name) for name in names)
        (count,) = connection.execute(f"SELECT count(*) FROM '{path}'").fetchone() or (0,)
        catalogue.append(SourceTable(table, table, columns, (), count))
    connection.close()
    return load_profile("bench", Library(), catalogue), catalogue
