"""Runs the command line as a user does: a process of its own, its answer as it came."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.shared import ROOT

RIVERBEND = ROOT / "sample_data" / "riverbend"
EXPORTED_AT = "2026-01-15T18:00:00-06:00"


@dataclass(frozen=True)
class Answer:
    """Exit code, stdout and stderr of one command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """stdout as its one JSON document."""
        return json.loads(self.out)


def ehr_migrate(*arguments: str | Path, cwd: Path | None = None, **env: str) -> Answer:
    """One command; the source tree is what runs, wherever the command is started."""
    command = [sys.executable, "-m", "migrate.cli.main", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | env
    done = subprocess.run(
        command, cwd=cwd or ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def riverbend_project(folder: Path, id_key: Path | None = None, *more: str) -> Path:
    """A project over the sample practice, with its controls and its accepted findings."""
    command: list[str | Path] = ["init", folder, "--from", RIVERBEND / "export"]
    command += ["--profile", "riverbend-csv", "--name", "Riverbend Family Medicine"]
    command += ["--timezone", "America/Chicago", "--exported-at", EXPORTED_AT]
    command += ["--controls", RIVERBEND / "controls.csv"]
    command += ["--accepted", RIVERBEND / "accepted.csv"]
    if id_key is not None:
        command += ["--id-key", id_key]
    made = ehr_migrate(*command, *more)
    assert made.code == 0, made.err
    return folder
