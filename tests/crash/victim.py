"""A process to be killed: runs one command and dies by SIGKILL at a chosen step of it.

    python -m tests.crash.victim STEPS WORD…

``STEPS`` is the number of executed lines of the toolkit's own code after which it dies; 0 lets it
live, and prints how many there were; -1 lets it live at full speed, uncounted. ``WORD…`` is a
command line of ehr-migrate, or ``stage`` with a verb and a project folder: plan, sign, load,
verify or rollback without the earlier stages.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

_OURS = str(Path(__file__).resolve().parents[2] / "migrate") + os.sep


class Countdown:
    """Counts lines of our code in all threads; kills the process at the last one."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.seen = 0

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Countdown | None:
        if not frame.f_code.co_filename.startswith(_OURS):
            return None
        if event == "line":
            self.seen += 1
            if self.seen == self.left:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def stage(verb: str, folder: str) -> int:
    """One delivering stage of a project made by hand, under an open gate."""
    from migrate.stages import plan, rollback, sign
    from migrate.stages.progress import Silent
    from migrate.store.workspace import Project
    from tests.loads import load_run, open_gate, verify_run

    project = Project.open(Path(folder))
    run = project.run(None)
    if verb == "plan":
        plan.run(project, run, Silent(), judge=open_gate)
        return 0
    if verb == "sign":
        sign.run(project, run, "Pat Invented", "clinical", judge=open_gate)
        return 0
    if verb == "rollback":
        return 0 if rollback.run(project, run, Silent()).ready else 10
    result = load_run(project, run) if verb == "load" else verify_run(project, run)
    return 0 if result.ready else 10


def main(words: list[str]) -> int:
    """Run the command under the countdown."""
    countdown = Countdown(int(words[0]))
    if countdown.left < 0:
        return _command(words[1:])
    threading.settrace(countdown)
    sys.settrace(countdown)
    try:
        code = _command(words[1:])
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
    sys.stderr.write(f"steps {countdown.seen}\n")
    return code


def _command(words: list[str]) -> int:
    """A stage, or a command line; its exit code."""
    if words[0] == "stage":
        return stage(*words[1:])
    from migrate.cli.main import main as command_line

    sys.argv = ["ehr-migrate", *words]
    try:
        command_line()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
