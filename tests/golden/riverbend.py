"""Riverbend's export through extraction and mapping, once a test session."""

from __future__ import annotations

import csv
import functools
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from benchmarks.one_project import map_export
from migrate.store.staging import read_manifest
from tests.corpus.synthea import Mapped
from tests.shared import ROOT

RIVERBEND = ROOT / "sample_data" / "riverbend"
FREEZE_DAY = "2026-01-15T18:00:00-06:00"
SCRATCH = tempfile.TemporaryDirectory(prefix="riverbend-")  # removed when the session ends
GOLDEN = Path(__file__).resolve().parent
FREEZE_DAY = "2026-01-15T18:00:00-06:00"


@functools.cache
def mapped_riverbend() -> Mapped:
    """The sample practice, extracted and mapped."""
    from migrate.core.profiles.load import load_profile
    from migrate.plugins import profile_library

    work, key = Path(SCRATCH.name) / "project", Path(SCRATCH.name) / "key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    with redirect_stdout(StringIO()):
        run = map_export(work, RIVERBEND / "export", "riverbend-csv", FREEZE_DAY, key)
    manifest = read_manifest(run / "staged" / "manifest.json")
    profile = load_profile("riverbend-csv", profile_library(None), manifest.tables)
    return Mapped(run, manifest, profile)


def lines_of(path: Path) -> list[dict[str, str]]:
    """A CSV file's lines by header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
