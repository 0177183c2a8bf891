"""The course of the campaign: its cases, in parts that go on where they were stopped.

What a case came to is a line of ``.crash/<seed>-<patients>-<digest of the toolkit>.tsv``: part,
kills, what is wrong (nothing, as a rule), and the words that repeat the case. A case that stands
there is not run again, so a part can be stopped at any time, and the parts' kills add up.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.crash.campaign import POINTS, Case, Kill, Phase, case_of, end, phases, run_case
from tests.crash.served import Server

PARTS = {"load": "load", "rollback": "rollback", "delta": "delta", "undo": "undo-delta"}
SERVED = "server"
FOLDER = Path(".crash")
CHAINED = 60  # kills in chains, about, a phase
_TREE = Path(__file__).resolve().parents[2]


def single_kills(phase: str, events: Sequence[str]) -> list[Case]:
    """One case for each event and each point of it."""
    return [
        Case(phase, (Kill(number, point),))
        for number, kind in enumerate(events, 1)
        for point in POINTS[kind]
    ]


def chains(phase: str, events: Sequence[str], seed: int, kills: int) -> list[Case]:
    """Cases in which the work is killed again and again until it is done, recovery included.

    A victim dies at its first to seventh event, so a chain goes through all of the work; there
    are as many chains as it takes for about that many kills.
    """
    chance = random.Random(f"{phase} {seed}")
    points = ("before", "after", "late")
    length = len(events) // 3 + 1
    return [
        Case(phase, tuple(Kill(chance.randint(1, 7), chance.choice(points)) for _ in range(length)))
        for _ in range(max(1, kills // length))
    ]


class Record:
    """The file of what was run already."""

    def __init__(self, seed: int, patients: int, folder: Path = FOLDER) -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / f"{seed}-{patients}-{_version()}.tsv"
        self.kills: Counter[str] = Counter()
        self.cases: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.done: set[str] = set()
        if self.path.is_file():
            for line in self.path.read_text().splitlines():
                self._count(*line.split("\t"))

    def add(self, part: str, killed: int, wrong: str, case: Case) -> None:
        """Take down what a case came to."""
        row = [part, str(killed), " ".join(wrong.split()), case.line()]
        with self.path.open("a") as handle:
            handle.write("\t".join(row) + "\n")
        self._count(*row)

    def _count(self, part: str, killed: str, wrong: str, line: str) -> None:
        self.kills[part] += int(killed)
        self.cases[part] += 1
        self.done.add(line)
        if wrong:
            self.wrong.append(f"{wrong}\n  again: make crash-again CASE='{line}'")

    def lines(self) -> list[str]:
        """The kills of each part, all together, and what ended otherwise."""
        parts = [f"{part}: {self.cases[part]} cases, {n} kills" for part, n in self.kills.items()]
        total = f"{self.kills.total()} kills: {len(self.wrong)} cases ended otherwise"
        return [*parts, total, *self.wrong]


def _version() -> str:
    found = hashlib.sha256()
    for path in sorted((_TREE / "migrate").rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def cases_of(name: str, events: Sequence[str], seed: int) -> Iterator[Case]:
    """Each event and point by itself, in an order of chance, with the chains among them."""
    singly = single_kills(name, events)
    random.Random(f"order {name} {seed}").shuffle(singly)
    yield from chains(name, events, seed, CHAINED)
    yield from singly


def run_part(
    work: Path,
    part: str,
    seed: int,
    patients: int,
    say: Callable[[str], None],
    server: Server | None = None,
    *,
    minutes: float = 20,
) -> Record:
    """The cases of a part that were not run yet, for so many minutes at most."""
    record = Record(seed, patients)
    until = time.monotonic() + minutes * 60
    for name, phase in phases(work, patients, server).items():
        if part not in (SERVED, "all") and name != PARTS[part]:
            continue
        left = _rest_of(phase, name, work, record, seed, until)
        say(f"{name}: {'all cases were run' if not left else f'{left} cases are left'}")
    return record


def _rest_of(phase: Phase, name: str, work: Path, record: Record, seed: int, until: float) -> int:
    """Run a phase's cases until it is time; how many are left."""
    wanted, events = end(phase, work / f"end-{name}")
    todo = [one for one in cases_of(name, events, seed) if one.line() not in record.done]
    for number, case in enumerate(todo):
        if time.monotonic() > until:
            return len(todo) - number
        record.add(name, *run_case(phase, case, work / "case", wanted), case)
    return 0


def replay(work: Path, words: Sequence[str], patients: int, server: Server | None) -> str:
    """One case again; '' when it ends as it should."""
    case = case_of(words)
    phase = phases(work, patients, server)[case.phase]
    wanted, _ = end(phase, work / "end")
    return run_case(phase, case, work / "case", wanted)[1]
