"""The Synthea corpus, mapped once a test session."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import duckdb
import orjson

from benchmarks.one_project import map_export
from migrate.core.model import Manifest
from migrate.core.profiles.ast import Profile
from migrate.store.staging import read_manifest
from tests.shared import need_shared

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


@dataclass(frozen=True)
class Mapped:
    """A mapped run, and what tests ask of it."""

    run: Path
    manifest: Manifest
    profile: Profile

    def resources(self, *types: str) -> Iterator[dict[str, object]]:
        """The resources of these types, of all types without any."""
        for path in sorted((self.run / "fhir").glob("*.ndjson")):
            if not types or path.stem in types:
                yield from map(orjson.loads, path.read_bytes().splitlines())

    def sql(self, query: str) -> list[tuple[object, ...]]:
        """A query; ``{fates}``, ``{lineage}``, ``{notes}`` and ``{misses}`` name the files."""
        names = ("fates", "lineage", "notes", "misses")
        files = {name: f"read_parquet('{self.run / name}.parquet')" for name in names}
        return duckdb.execute(query.format(**files)).fetchall()


@functools.cache
def mapped_synthea() -> Mapped:
    """The whole corpus through extraction and mapping; skips the test where it is not there."""
    from migrate.core.profiles.load import load_profile
    from migrate.plugins import profile_library

    export = need_shared("corpus", "csv", "synthea_ma", "csv")
    work = Path(tempfile.mkdtemp(prefix="synthea-")) / "project"
    with redirect_stdout(StringIO()):
        run = map_export(work, export, "synthea-csv")
    manifest = read_manifest(run / "staged" / "manifest.json")
    return Mapped(
        run, manifest, load_profile("synthea-csv", profile_library(None), manifest.tables)
    )
