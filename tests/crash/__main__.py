"""``make crash KILLS=50``: many more kills than the test run makes.

python -m tests.crash [KILLS] [SEED]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.crash.harness import check
from tests.crash.test_load_killed import chain_of


def main(words: list[str]) -> int:
    """Kill, compare, say; 1 when a kill changed the end."""
    kills, seed = int(words[0]) if words else 50, int(words[1]) if len(words) > 1 else 1
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        failures = check(chain_of(folder), folder, seed, kills, say=print)
    print(f"{kills} kills (seed {seed}): {len(failures)} changed the final state")
    for line in failures:
        print(line)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
