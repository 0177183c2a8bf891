"""Small profiles over small tables, mapped for a test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from migrate.core.model import SourceColumn, SourceTable
from migrate.core.profiles.ast import Profile
from migrate.core.profiles.load import SourceText, load_profile
from migrate.engine.run import run_mapping
from migrate.errors import AskedWrongly

KEY = bytes(range(32))
CONTEXT = {
    "exported": "2026-01-31T12:00:00Z",
    "system": "old",
    "name": "Nowhere Clinic",
    "tool": "ehr-migrate 0",
}
HEAD = """
profile: small
source:
  system: old
  timezone: America/Chicago
  dates: ["%Y-%m-%d", "%m/%d/%Y", "%Y"]
  date_times: ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]
  placeholders: ["0000-00-00"]
patients: patients
systems: {loinc: "http://loinc.org", ids: "urn:oid:2.999.1"}
"""
PATIENT = """
  - rule: patient
    type: Patient
    from: patients
    map: {name: [{family: name}]}
"""
Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Library:
    """A profile and its crosswalks in memory."""

    text: str
    crosswalks: Mapping[str, str]

    def profile(self, name: str) -> SourceText | None:
        return SourceText("small.yml", self.text) if name == "small" else None

    def crosswalk(self, profile: str, name: str) -> SourceText | None:
        assert profile == "small"
        text = self.crosswalks.get(name)
        return SourceText(f"{name}.csv", text) if text is not None else None

    def names(self) -> Sequence[str]:
        return ["small"]


@dataclass(frozen=True)
class Mapped:
    """What a mapping wrote, as Python values."""

    resources: dict[str, list[dict]]
    lines: dict[str, list[bytes]]
    fates: dict[tuple[str, int], tuple[str, str | None]]
    reasons: dict[tuple[str, int], str | None]
    patients: dict[tuple[str, int], str | None]
    lineage: list[tuple[str, str, str, int, str, str]]
    notes: list[tuple[str, str, str, str, int]]
    misses: list[tuple[str, str, str, str, str, int]]
    folder: Path

    def roles(self, table: str) -> list[tuple[int, str]]:
        """(row, role) of a table's lineage, sorted."""
        return sorted((row, role) for _, _, tbl, row, _, role in self.lineage if tbl == table)


def stage(folder: Path, tables: Mapping[str, Sequence[Row]]) -> list[SourceTable]:
    """Write staged Parquet files; the catalogue of what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = []
    for name, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        arrays = {c: pa.array([row.get(c) for row in rows], pa.string()) for c in columns}
        arrays["_row"] = pa.array(range(1, len(rows) + 1), pa.int64())
        arrays["_file"] = pa.array([f"{name}.csv"] * len(rows), pa.string())
        arrays["_at"] = pa.array([str(n + 2) for n in range(len(rows))], pa.string())
        pq.write_table(pa.table(arrays), folder / f"{name}.parquet")
        listed = tuple(SourceColumn(c, c.upper()) for c in columns)
        catalogue.append(SourceTable(name, name, listed, (), len(rows)))
    return catalogue


def read(text: str, catalogue: Sequence[SourceTable], crosswalks: Mapping[str, str]) -> Profile:
    """The checked profile of a YAML text."""
    try:
        return load_profile("small", Library(text, crosswalks), catalogue)
    except AskedWrongly as mistake:
        raise AssertionError("\n".join(mistake.details)) from None


def mapped(
    folder: Path,
    profile: str,
    tables: Mapping[str, Sequence[Row]],
    crosswalks: Mapping[str, str] | None = None,
    *,
    workers: int = 1,
) -> Mapped:
    """Map these tables by HEAD and this rest of a profile."""
    catalogue = stage(folder / "staged", tables)
    checked = read(HEAD + profile, catalogue, crosswalks or {})
    out = folder / "out"
    run_mapping(
        checked, catalogue, folder / "staged", out, id_key=KEY, context=CONTEXT, workers=workers
    )
    lines = {
        path.stem: path.read_bytes().splitlines()
        for path in sorted((out / "fhir").glob("*.ndjson"))
    }
    fates = pq.read_table(out / "fates.parquet").to_pylist()
    return Mapped(
        {name: [json.loads(line) for line in found] for name, found in lines.items()},
        lines,
        {(f["tbl"], f["row"]): (f["fate"], f["code"]) for f in fates},
        {(f["tbl"], f["row"]): f["reason"] for f in fates},
        {(f["tbl"], f["row"]): f["patient"] for f in fates},
        [tuple(line.values()) for line in pq.read_table(out / "lineage.parquet").to_pylist()],
        [tuple(line.values()) for line in pq.read_table(out / "notes.parquet").to_pylist()],
        [tuple(line.values()) for line in pq.read_table(out / "misses.parquet").to_pylist()],
        out,
    )
