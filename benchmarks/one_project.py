"""A migration project for one measurement: made, extracted and mapped by the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from migrate.store.workspace import Project

EXPORTED_AT = "2026-01-01T00:00:00Z"


def command(*arguments: str) -> None:
    """Run ``ehr-migrate`` with these arguments. Raises CalledProcessError when it fails."""
    subprocess.run([sys.executable, "-m", "migrate.cli.main", *arguments], check=True, stdout=2)


def map_export(
    work: Path,
    export: Path,
    profile: str,
    exported_at: str = EXPORTED_AT,
    id_key: Path | None = None,
) -> Path:
    """Make a project at ``work`` for an export and map it; the run's folder.

    With an id key of one's own the ids, and all that is drawn by them, are the same each time.
    """
    folder = str(work)
    keys = [] if id_key is None else ["--id-key", str(id_key)]
    options = ["--from", str(export), "--profile", profile, "--exported-at", exported_at, *keys]
    command("init", folder, *options)
    command("-C", folder, "extract")
    command("-C", folder, "map")
    run = Project.open(work).latest()
    if run is None:
        raise RuntimeError("the mapping left no run")
    return run.folder
