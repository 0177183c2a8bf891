"""``make crash KILLS=50``: many more kills than the test run makes.

python -m tests.crash [KILLS] [SEED]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.crash import chains
from tests.crash.harness import check, evenly


def main(words: list[str]) -> int:
    """Kill, compare, say; 1 when a kill changed the end."""
    kills, seed = int(words[0]) if words else 50, int(words[1]) if len(words) > 1 else 1
    make = chains.delivering if words[2:] == ["delivering"] else chains.whole_way
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        failures = check(make(folder), folder, seed, kills, follow=2, say=_say, weights=evenly)
    _say(f"{kills} kills (seed {seed}): {len(failures)} changed the final state")
    for line in failures:
        _say(line)
    return 1 if failures else 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
