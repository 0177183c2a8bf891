"""The engine against the plain-Python interpreter over a whole export: where their bytes differ.

``python -m benchmarks.second_opinion PROFILE EXPORT``. Slow: the interpreter is plain on purpose.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from migrate.core.ports import ExtractRequest
from migrate.core.profiles.load import load_profile
from migrate.engine.run import run_mapping
from migrate.plugins import profile_library
from migrate.stages.source import choose_extractor
from migrate.store.staging import stage
from migrate.testing.compare import differences
from migrate.testing.interpreter import interpret

ID_KEY = bytes(range(32))
CONTEXT = {"exported": "2026-01-01T00:00:00Z", "system": "old", "name": "x", "tool": "x"}


def main(profile_name: str, export: str) -> int:
    """Print the number of differences; the exit code is 10 where there are any."""
    with tempfile.TemporaryDirectory(prefix="second-opinion-") as folder:
        staged = Path(folder, "staged")
        events = choose_extractor(export, None).extract(ExtractRequest(export))
        made = stage(events, staged, Path(folder, "rejects"), extractor="x", exported_at="")
        tables = made.manifest.tables
        profile = load_profile(profile_name, profile_library(None), tables)
        out = Path(folder, "out")
        run_mapping(profile, tables, staged, out, id_key=ID_KEY, context=CONTEXT)
        rows = {t.name: pq.read_table(staged / f"{t.name}.parquet").to_pylist() for t in tables}
        found = differences(out, interpret(profile, rows, id_key=ID_KEY, context=CONTEXT))
    print(f"{profile_name}: {sum(t.rows for t in tables):,} rows, {len(found)} differences")
    return 10 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
