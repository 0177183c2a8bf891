"""kill -9 over all stages of the sample practice, from the extraction to the verification.

    python -m tests.crash.whole_way [KILLS] [SEED]

Every command is a process of its own, killed at a random line of our code (or moment of its time)
and run again; what the project folder then holds equals the uninterrupted run.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.cli.run import riverbend_project
from tests.crash.harness import Chain, Whole, check

COMMANDS = (
    ("extract",),
    ("map",),
    ("validate",),
    ("reconcile",),
    ("report",),
    ("plan",),
    ("sign", "--as", "Ada Example", "--role", "clinical"),
    ("load",),
    ("verify",),
)


def chain_of(folder: Path) -> Chain:
    """All stages over the sample practice."""
    key = folder / "key"
    key.write_bytes(bytes(range(32)))
    prepared = riverbend_project(folder / "prepared", key)
    return Chain(prepared, [("-C", "{}", *command, "--quiet") for command in COMMANDS])


def main(words: list[str]) -> int:
    """Kill, compare, say; 1 when a kill changed the end."""
    kills, seed = int(words[0]) if words else 50, int(words[1]) if len(words) > 1 else 1
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        failures = check(chain_of(folder), folder, seed, kills, follow=0, say=_say, weights=_even)
    _say(f"{kills} kills over {len(COMMANDS)} stages: {len(failures)} changed the final state")
    for line in failures:
        _say(line)
    return 1 if failures else 0


def _even(whole: Whole) -> list[int]:
    """Every stage is killed as often as any other, however few lines it runs."""
    return [1] * len(whole.steps)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
