"""The archive of a large export: how long it takes and that its memory does not grow with it.

``python -m benchmarks.archive [ROWS]`` archives an invented export of about so many rows
(1,000,000) and one of a tenth of it, each in a process of its own, and checks both.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import orjson

from benchmarks.report import prepared

LIMIT_GIB, LIMIT_GROWTH = 1.0, 2.0


def main() -> int:
    """Archive and check both; print the figures; 1 where memory is more than it may be."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    peaks = [_one(rows // 10), _one(rows)]
    growth = peaks[1] / peaks[0]
    print(f"memory, ten times the rows: {growth:.2f} times (limit {LIMIT_GROWTH:.0f})")
    return int(growth > LIMIT_GROWTH or max(peaks) > LIMIT_GIB)


def _one(rows: int) -> float:
    """Peak memory of ``archive``, GiB."""
    with tempfile.TemporaryDirectory(prefix="bench-archive-") as scratch:
        project = prepared(Path(scratch), rows, rows // 100)
        folder = Path(scratch) / "archive"
        seconds, peak = _measured("-C", str(project.folder), "archive", str(folder))
        checking, check_peak = _measured("archive", "--check", str(folder))
        facts = orjson.loads((folder / "archive.json").read_bytes())
    print(
        f"{facts['rows']:,} rows, {facts['patients']:,} charts: {seconds:.0f} s, "
        f"{peak:.2f} GiB; checked in {checking:.0f} s, {check_peak:.2f} GiB",
        flush=True,
    )
    return max(peak, check_peak)


def _measured(*words: str) -> tuple[float, float]:
    """Seconds and peak memory in GiB of a command that must succeed."""
    argv = [sys.executable, "-m", "migrate.cli.main", *words]
    start = time.perf_counter()
    child = os.posix_spawn(sys.executable, argv, os.environ)
    _, state, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(state):
        raise RuntimeError("the command failed")
    return time.perf_counter() - start, used.ru_maxrss / 1024**2


if __name__ == "__main__":
    sys.exit(main())
