"""``make crash KILLS=50``: many more kills than the test run makes.

python -m tests.crash [KILLS] [SEED]      kills at random lines of all stages
python -m tests.crash campaign PART SEED MINUTES   kills at every request and every journal commit
python -m tests.crash replay PHASE KILL…  one case of the campaign again, by the line it printed
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

from tests.crash import chains
from tests.crash.course import SERVED, replay, run_part
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
    """A part of the campaign, or one case of it, in memory where there is such a folder."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=memory)))
        if words[0] == "replay":
            served = words[1].startswith("served-")
            server = stack.enter_context(deadly_server()) if served else None
            wrong = replay(work, words[1:], PATIENTS, server)
            _say(wrong or "as it should be")
            return 1 if wrong else 0
        part, seed, minutes = words[1], int(words[2]), float(words[3])
        if part in (SERVED, "all"):
            server = stack.enter_context(deadly_server())
            record = run_part(work, part, seed, PATIENTS, _say, server, minutes=minutes)
        if part != SERVED:
            record = run_part(work, part, seed, PATIENTS, _say, minutes=minutes)
    for line in record.lines():
        _say(line)
    return 1 if record.wrong else 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
