"""Which export a run is of: the project's own, or a later one that ``delta`` brought.

``migration.toml`` stays as it was signed; a later export is written down in the run that it
opened (``export.json``), with what the settings said then. Who changes the settings afterwards
is newer, and wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from migrate.store.workspace import EXPORT_FILE

if TYPE_CHECKING:
    from migrate.store.workspace import Project, Run


@dataclass(frozen=True, slots=True)
class Export:
    """An export: path (absolute) or URL, the instant that it stands for (ISO 8601), and the run
    that it is a later export to (None for a project's own)."""

    location: str
    exported_at: str
    against: str | None = None

    def text(self, project: Project) -> bytes | None:
        """The content of EXPORT_FILE; None for the project's own export."""
        if self.against is None:
            return None
        document = {
            "from": self.location,
            "exported_at": self.exported_at,
            "against": self.against,
            "settings": _settings(project),
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def own_export(project: Project) -> Export:
    """The export that ``migration.toml`` names."""
    return Export(project.source(), project.settings.source.exported_at)


def current_export(project: Project) -> Export:
    """The export that the project is about now: its newest run's, or the settings' own."""
    newest = project.latest()
    later = None if newest is None else _read(newest.file(EXPORT_FILE))
    if later is None or later["settings"] != _settings(project):
        return own_export(project)
    return Export(str(later["from"]), str(later["exported_at"]), str(later["against"]))


def against_of(run: Run) -> str | None:
    """The id of the run that this one is a later export to; None where it is none."""
    later = _read(run.file(EXPORT_FILE))
    return None if later is None else str(later["against"])


def _settings(project: Project) -> list[str]:
    return [project.source(), project.settings.source.exported_at]


def _read(path: Path) -> dict[str, object] | None:
    return orjson.loads(path.read_bytes()) if path.is_file() else None
