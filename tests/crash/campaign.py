"""Kills at every request and every journal commit of a load, a rollback, a delta, a recovery.

A *victim* is a forked process that runs one stage and sends itself SIGKILL at a chosen event, so
that whatever was not written is lost with it. Events are counted from 1 in a victim:

``apply``   a request to the target: killed ``before`` it is carried out, ``after`` it was and
            before its answer is known, or ``late``: the request is carried out only when the next
            victim sends its first one
``commit``  a transaction of the journal: killed ``before`` it begins, ``within``, when all of it
            was said and nothing is committed, or ``after`` it

A case is a phase and a list of kills, each of them in a victim that goes on where the one before
died; then an undisturbed one ends the work, and the state must equal that of an uninterrupted run:
nothing lost, nothing doubled, every version of every resource the same.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate.core.ports import Receipt, Target, Write
from migrate.stages import load, rollback
from migrate.stages.progress import Silent
from migrate.stages.target import opened_target
from migrate.store import journal
from migrate.store.workspace import Project
from migrate.targets.embedded import EmbeddedTarget
from migrate.targets.faulty import FaultyTarget
from tests.crash.harness import held_versions
from tests.crash.served import Server
from tests.loads import add_run, make_project, plan_and_sign, practice

LATE = "late.pickle"
POINTS = {"apply": ("before", "after", "late"), "commit": ("before", "within", "after")}


@dataclass(frozen=True, slots=True)
class Kill:
    """Where a victim dies: at its ``event``-th event, at this point of it."""

    event: int
    point: str


@dataclass(frozen=True, slots=True)
class Case:
    """A phase (load, rollback, delta, undo-delta) and its kills in turn."""

    phase: str
    kills: tuple[Kill, ...]

    def line(self) -> str:
        """The words that repeat it: ``python -m tests.crash replay WORDS``."""
        return " ".join([self.phase, *(f"{kill.event}:{kill.point}" for kill in self.kills)])


def case_of(words: Sequence[str]) -> Case:
    """The case of its line."""
    kills = [word.partition(":") for word in words[1:]]
    return Case(words[0], tuple(Kill(int(event), point) for event, _, point in kills))


class Countdown:
    """Counts the events of a victim; ``kinds`` remembers them, ``kill`` ends it."""

    def __init__(self, kill: Kill | None) -> None:
        self.kill = kill
        self.kinds: list[str] = []

    def begin(self, kind: str) -> str:
        """An event begins; the point at which the victim dies in it, or ''."""
        self.kinds.append(kind)
        if self.kill is None or self.kill.event != len(self.kinds):
            return ""
        return self.kill.point if self.kill.point in POINTS[kind] else "after"


def die() -> None:
    """What ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class Killing(FaultyTarget):
    """A target in which the victim dies, and to which a late request comes late."""

    countdown: Countdown = None  # type: ignore[assignment]
    late: Path = Path()

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Carry out what was sent before, then this; die where it was asked for."""
        if self.late.exists():
            self.inner.apply(pickle.loads(self.late.read_bytes()))
            self.late.unlink()
        point = self.countdown.begin("apply")
        if point == "late":
            self.late.write_bytes(pickle.dumps(list(writes)))
        if point in ("before", "late"):
            die()
        receipts = self.inner.apply(writes)
        if point == "after":
            die()
        return receipts


@dataclass(frozen=True, slots=True)
class Phase:
    """A prepared folder and what is done in it; with a ``server``, what that held is kept under
    the phase's name."""

    name: str
    prepared: Path
    act: Callable[[Project, load.Opening], object]
    bundle: int
    server: Server | None = None

    def begin(self, folder: Path) -> None:
        """The prepared state, in a copy at ``folder``."""
        shutil.copytree(self.prepared, folder)
        if self.server is not None:
            self.server.ask("restore", self.name)

    def state(self, folder: Path) -> dict[str, list[str]]:
        """Every version that each resource of the target ever had."""
        if self.server is not None:
            found: dict[str, list[str]] = self.server.ask("held")
            return found
        return held_versions(folder / "target.db")


def opening_with(countdown: Countdown, bundle: int) -> load.Opening:
    """The project's embedded target, with the countdown around it."""

    @contextlib.contextmanager
    def opening(project: Project) -> Iterator[Target]:
        target = EmbeddedTarget(project.folder / "target.db")
        late = project.folder / LATE
        try:
            yield Killing(target, (), bundle, countdown=countdown, late=late)
        finally:
            target.close()

    return opening


def kill_in_journal(countdown: Countdown) -> None:
    """Make every journal transaction of this process an event."""
    original = journal.Journal._transaction

    @contextlib.contextmanager
    def counted(self: journal.Journal) -> Iterator[None]:
        point = countdown.begin("commit")
        if point == "before":
            die()
        with original(self):
            yield
            if point == "within":
                die()
        if point == "after":
            die()

    journal.Journal._transaction = counted  # type: ignore[method-assign]


def in_victim(phase: Phase, folder: Path, kill: Kill | None) -> list[str] | None:
    """Run the phase in a forked process. Its events where it ended well, None where it was killed.

    Raises AssertionError when it ended in another way.
    """
    reading, writing = os.pipe()
    aimed, ready = os.pipe()
    if phase.server is not None:
        phase.server.ask("arm", *((kill.event, kill.point) if kill else (0, "")))
    child = os.fork()
    if child == 0:
        os.read(aimed, 1)
        _be_a_victim(phase, folder, kill, writing)
    os.close(writing)
    if phase.server is not None:
        phase.server.ask("aim", child)
    os.write(ready, b"!")
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.close(aimed)
    os.close(ready)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    if status != 0:
        raise AssertionError(said)
    return said.split()


def _be_a_victim(phase: Phase, folder: Path, kill: Kill | None, writing: int) -> None:
    """Run the phase and end this process; events are of the target or of its server."""
    code = 1
    try:
        countdown = Countdown(kill if phase.server is None else None)
        opening = opened_target
        if phase.server is None:
            kill_in_journal(countdown)
            opening = opening_with(countdown, phase.bundle)
        phase.act(Project.open(folder), opening)
        writes = 0 if phase.server is None else phase.server.ask("writes")
        kinds = countdown.kinds if phase.server is None else ["apply"] * writes
        os.write(writing, " ".join(kinds).encode()[:60_000])
        code = 0
    except BaseException:
        os.write(writing, traceback.format_exc().encode()[-3000:])
    finally:
        os._exit(code)


def run_case(
    phase: Phase, case: Case, folder: Path, wanted: dict[str, list[str]]
) -> tuple[int, str]:
    """How many victims were killed, and '' when the end is as it should be, else what is not."""
    phase.begin(folder)
    killed = 0
    try:
        for kill in case.kills:
            killed += in_victim(phase, folder, kill) is None
        in_victim(phase, folder, None)
        after = in_victim(phase, folder, None)
        if after is None or "apply" in after:
            return killed, "a run after the last one wrote again"
        found = phase.state(folder)
    except AssertionError as error:
        return killed, str(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    lost, more = len(wanted.keys() - found.keys()), len(found.keys() - wanted.keys())
    other = sum(found[name] != wanted[name] for name in wanted.keys() & found.keys())
    wrong = f"lost {lost}, more {more}, not the same {other}"
    return killed, wrong if lost or more or other else ""


def _loading(project: Project, opening: load.Opening) -> object:
    here = project.run(None)
    return load.run(project, here, Silent(), opening=opening, pause=lambda _: None)


def _undoing(project: Project, opening: load.Opening) -> object:
    here = project.run(None)
    return rollback.run(project, here, Silent(), opening=opening, pause=lambda _: None)


def phases(
    work: Path, patients: int, server: Server | None = None, bundle: int = 50
) -> dict[str, Phase]:
    """The phases over 2 + 9 a patient resources (222 patients: 2,000), prepared in ``work``."""
    start = "" if server is None else "served-"
    planned, loaded, later, caught = (
        work / f"{start}{name}" for name in ("planned", "loaded", "later", "caught")
    )
    first = practice(patients, 4)
    make_project(planned, first)
    text = (planned / "migration.toml").read_text() + '[delta]\ngone = "delete"\n'
    if server is not None:
        text = text.replace('"embedded"', '"fhir"').replace('"target.db"', f'"{server.base}"')
        text = text.replace("[delta]", f"[target.options]\nbundle = {bundle}\n[delta]")
    (planned / "migration.toml").write_text(text)
    project = Project.open(planned)
    with opened_target(project) as target:
        target.capabilities()
    plan_and_sign(project)
    made: dict[str, Phase] = {}

    def phase(name: str, folder: Path, act: Callable[[Project, load.Opening], object]) -> Phase:
        if server is not None:
            server.ask("keep", start + name)
        made[start + name] = Phase(start + name, folder, act, bundle, server)
        return made[start + name]

    end(phase("load", planned, _loading), loaded)
    phase("rollback", loaded, _undoing)
    shutil.copytree(loaded, later)
    again = Project.open(later)
    plan_and_sign(again, add_run(again, changed(first)))
    end(phase("delta", later, _loading), caught)
    phase("undo-delta", caught, _undoing)
    return made


def changed(first: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """A later export: a quarter of the observations changed, some gone, some new."""
    found: list[dict[str, object]] = []
    for n, one in enumerate(first):
        if one["resourceType"] != "Observation" or n % 8 > 3:
            found.append(one)
        elif n % 8 in (0, 1):
            found.append({**one, "status": "amended"})
        elif n % 8 == 2:
            found += [one, {**one, "id": f"{one['id']}-new"}]
    return found


def end(phase: Phase, folder: Path) -> tuple[dict[str, list[str]], list[str]]:
    """An uninterrupted run of a phase in a copy at ``folder``: its state and its events."""
    phase.begin(folder)
    events = in_victim(phase, folder, None)
    assert events is not None
    return phase.state(folder), events
