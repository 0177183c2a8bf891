"""Riverbend and Synthea the whole way on a real server, with figures.

    python -m tests.server.proof BASE SHARED [PROFILE…]

Both exports, or those of the profiles named, are extracted and mapped by the command line, then go
the way of ``tests.server.real``. ``SHARED`` is the folder with the corpus. The server must be
empty. Exit code 1 when anything is not as it must be.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.one_project import map_export
from tests.server.real import whole_way
from tests.shared import ROOT


def main(words: list[str]) -> int:
    """Run with the words of the command line."""
    base, shared = words[0], Path(words[1])
    exports = {
        "riverbend-csv": ROOT / "sample_data" / "riverbend" / "export",
        "synthea-csv": shared / "corpus" / "csv" / "synthea_ma" / "csv",
    }
    wrong: list[str] = []
    for profile in words[2:] or exports:
        export = exports[profile]
        with tempfile.TemporaryDirectory() as folder:
            run = map_export(Path(folder) / "project", export, profile)
            print(f"--- {profile}", flush=True)
            wrong += whole_way(base, run / "fhir", {})
    for one in wrong:
        print("WRONG:", one)
    print("all as it must be" if not wrong else f"{len(wrong)} things are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
