"""Kills a chain of commands at chosen moments, runs them again, and compares the final state.

A *moment* is (command, step): the command's number in the chain and how many lines of our code it
may execute. The same moment dies at the same line, so a failing one can be run again by itself.
A moment may also be a share of the command's time, for kills inside a library or a system call.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What differs between two honest runs (times, retries) or is no result.
_NOT_STATE = (
    "journal.db",
    "target.db",
    ".lock",
    "audit.jsonl",
    "signing.key",
    "signoffs/",
    "manifests/sign.json",
    "report/certificate.html",
)


UNCOUNTED = -1


@dataclass(frozen=True, slots=True)
class Chain:
    """What is done to a prepared project folder: command lines in which ``{}`` is its path."""

    prepared: Path
    commands: Sequence[Sequence[str]]

    def words(self, number: int, folder: Path) -> list[str]:
        """One command's words."""
        return [word.replace("{}", str(folder)) for word in self.commands[number]]


@dataclass(frozen=True, slots=True)
class Whole:
    """An uninterrupted run: a copy of the folder before each command (and after the last), the
    state in each, and each command's steps and seconds."""

    folders: tuple[Path, ...]
    states: tuple[str, ...]
    steps: tuple[int, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """Where to kill: after ``steps`` lines of a command, or after ``seconds`` of it."""

    command: int
    steps: int = 0
    seconds: float = 0.0


def state_of(folder: Path) -> str:
    """A digest of everything that a project folder holds, times and retries aside."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if not any(part in name for part in _NOT_STATE):
            digest.update(f"{name}:{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    for name, versions in sorted(held_versions(folder / "target.db").items()):
        digest.update(f"{name}:{versions}\n".encode())
    return digest.hexdigest()


def held_versions(store: Path) -> dict[str, list[str]]:
    """Every state that each resource of an embedded target ever had: nothing may be there twice."""
    if not store.exists():
        return {}
    found: dict[str, list[str]] = {}
    connection = sqlite3.connect(store)
    rows = connection.execute(
        "SELECT type || '/' || id, version, content FROM history UNION ALL "
        "SELECT type || '/' || id, version, content FROM resources ORDER BY 1, 2"
    ).fetchall()
    connection.close()
    for name, version, content in rows:
        raw = b"deleted" if content is None else content
        found.setdefault(name, []).append(f"{version} {hashlib.sha256(raw).hexdigest()}")
    return found


def run_whole(chain: Chain, work: Path) -> Whole:
    """Run the chain without a kill, keeping the folder as it is between the commands."""
    folders, steps, seconds = [work / "before-0"], [], []
    shutil.copytree(chain.prepared, folders[0])
    for number in range(len(chain.commands)):
        folder = work / f"before-{number + 1}"
        shutil.copytree(folders[-1], folder)
        began = time.monotonic()
        ended = _run(chain.words(number, folder), 0)
        seconds.append(time.monotonic() - began)
        if ended.returncode != 0:
            raise AssertionError(f"command {number}: {_end(ended)}")
        steps.append(int(ended.stderr.decode().rsplit("steps ", 1)[1]))
        folders.append(folder)
    states = tuple(state_of(folder) for folder in folders)
    return Whole(tuple(folders), states, tuple(steps), tuple(seconds))


def run_killed(
    chain: Chain, whole: Whole, folder: Path, moments: Sequence[Moment], *, follow: int = 1000
) -> list[str]:
    """Kill a command at each moment in turn, run it again and ``follow`` commands after it.

    All moments are of one command. The states after each command that is not as in the
    uninterrupted run, in words; empty when all are.
    """
    first = moments[0].command
    shutil.copytree(whole.folders[first], folder)
    wrong = []
    for moment in moments:
        steps = moment.steps or UNCOUNTED
        ended = _run(chain.words(first, folder), steps, moment.seconds)
        if ended.returncode not in (-signal.SIGKILL, 0):
            return [f"{moment}: {_end(ended)}"]
    for number in range(first, min(len(chain.commands), first + 1 + follow)):
        ended = _run(chain.words(number, folder), UNCOUNTED)
        if ended.returncode != 0:
            return [*wrong, f"command {number} after the kill: {_end(ended)}"]
        if state_of(folder) != whole.states[number + 1]:
            wrong.append(f"another state after command {number}")
    return wrong


def by_steps(whole: Whole) -> Sequence[int]:
    """A command is killed the more often the more lines of ours it runs."""
    return whole.steps


def evenly(whole: Whole) -> Sequence[int]:
    """Every command is killed as often as any other, however few lines of ours it runs."""
    return [1] * len(whole.steps)


def random_moments(
    whole: Whole, seed: int, kills: int, weights: Callable[[Whole], Sequence[int]] = by_steps
) -> list[list[Moment]]:
    """Seeded kills over the chain, every fifth by time, every seventh a double."""
    chance = random.Random(seed)
    found = []
    for kill in range(kills):
        number = chance.choices(range(len(whole.steps)), weights=weights(whole))[0]
        if kill % 5 == 4:
            moments = [Moment(number, seconds=chance.uniform(0.3, 1.0) * whole.seconds[number])]
        else:
            moments = [Moment(number, chance.randint(1, whole.steps[number]))]
        if kill % 7 == 6:
            moments.append(Moment(number, chance.randint(1, whole.steps[number])))
        found.append(moments)
    return found


def check(
    chain: Chain,
    work: Path,
    seed: int,
    kills: int,
    *,
    follow: int = 1000,
    say: Callable[[str], None] = lambda _line: None,
    weights: Callable[[Whole], Sequence[int]] = by_steps,
) -> list[str]:
    """Kill a chain many times; the failures, each with the moments that repeat it."""
    whole = run_whole(chain, work)
    failures = []
    for number, moments in enumerate(random_moments(whole, seed, kills, weights)):
        folder = work / f"killed-{number}"
        wrong = run_killed(chain, whole, folder, moments, follow=follow)
        if wrong:
            failures.append(f"{moments}: {'; '.join(wrong)}")
        else:
            shutil.rmtree(folder)
        say(f"{number + 1}/{kills} {'WRONG' if wrong else 'ok'} {moments}")
    return failures


def _end(ended: subprocess.CompletedProcess[bytes]) -> str:
    return f"code {ended.returncode}, {ended.stderr.decode()[-2000:]}"


def _run(words: list[str], steps: int, seconds: float = 0.0) -> subprocess.CompletedProcess[bytes]:
    """One command in a process of its own; killed from outside after ``seconds`` if given."""
    line = [sys.executable, "-m", "tests.crash.victim", str(steps), *words]
    process = subprocess.Popen(
        line,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        _, errors = process.communicate(timeout=seconds or None)
    except subprocess.TimeoutExpired:
        process.kill()
        _, errors = process.communicate()
    return subprocess.CompletedProcess(line, process.returncode, b"", errors)
