"""``doctor``: is everything there that a migration needs on this machine?"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from migrate.errors import MigrateError
from migrate.store.settings import SETTINGS_FILE
from migrate.store.workspace import Project

_PARTS = {
    "duckdb": "pip install ehr-migrate",
    "pyarrow": "pip install ehr-migrate",
    "fhir.resources": "pip install ehr-migrate",
    "great_expectations": "pip install ehr-migrate",
}
_FREE_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Doctor:
    """What was looked at: (part, good, what to do)."""

    entries: tuple[tuple[str, bool, str], ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return all(good for _, good, _ in self.entries)

    def document(self) -> dict[str, object]:
        """The published form."""
        parts = [{"part": n, "ok": good, "try": hint or None} for n, good, hint in self.entries]
        return {"parts": parts}


def run(folder: Path) -> Doctor:
    """Look; write nothing."""
    entries = [("Python 3.11 or later", sys.version_info >= (3, 11), "")]
    for module, hint in _PARTS.items():
        found = _has(module)
        entries.append((f"library {module}", found, "" if found else hint))
    free = shutil.disk_usage(folder if folder.exists() else Path.cwd()).free
    entries.append(("2 GB free on this disk", free > _FREE_BYTES, "free some space"))
    if (folder / SETTINGS_FILE).is_file():
        entries += _project_entries(folder)
    return Doctor(tuple(entries))


def _has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _project_entries(folder: Path) -> list[tuple[str, bool, str]]:
    entries: list[tuple[str, bool, str]] = []
    try:
        project = Project.open(folder)
        entries.append(("project settings", True, ""))
        project.id_key()
        entries.append(("id key", True, ""))
    except MigrateError as error:
        entries.append((error.message, False, error.try_ or ""))
        return entries
    source = project.source()
    found = "://" in source or Path(source).exists()
    entries.append(
        ("the export", found, "" if found else "attach the drive, or mend [source] from")
    )
    controls = (folder / "controls.csv").is_file()
    hint = "type the old system's own totals into controls.csv on freeze day"
    entries.append(("the old system's own totals", controls, "" if controls else hint))
    return entries
