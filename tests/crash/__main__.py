"""``make crash KILLS=50``: many more kills than the test run makes.

python -m tests.crash [KILLS] [SEED]      kills at random lines of all stages
python -m tests.crash campaign [SEED]     kills at every request and every journal commit
python -m tests.crash replay PHASE KILL…  one case of the campaign again, by the line it printed
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.crash import chains
from tests.crash.campaign import replay, run_campaign
from tests.crash.harness import check, evenly
from tests.crash.served import deadly_server

PATIENTS = 222  # 2,000 resources


def main(words: list[str]) -> int:
    """Kill, compare, say; 1 when a kill changed the end."""
    if words[:1] in (["campaign"], ["replay"]):
        return _campaign(words)
    kills, seed = int(words[0]) if words else 50, int(words[1]) if len(words) > 1 else 1
    make = chains.delivering if words[2:] == ["delivering"] else chains.whole_way
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        failures = check(make(folder), folder, seed, kills, follow=2, say=_say, weights=evenly)
    _say(f"{kills} kills (seed {seed}): {len(failures)} changed the final state")
    for line in failures:
        _say(line)
    return 1 if failures else 0


def _campaign(words: list[str]) -> int:
    """The campaign, or one case of it, in memory where there is such a folder."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with deadly_server() as server, tempfile.TemporaryDirectory(dir=memory) as folder:
        work = Path(folder)
        if words[0] == "replay":
            served = server if words[1].startswith("served-") else None
            wrong = replay(work, words[1:], PATIENTS, served)
            _say(wrong or "as it should be")
            return 1 if wrong else 0
        seed = int(words[1]) if len(words) > 1 else 1
        failures = run_campaign(work, seed, PATIENTS, _say)
        failures += run_campaign(work, seed, PATIENTS, _say, server)
    return 1 if failures else 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
