"""Finds the second path of a project: its own, else that of its profile or one it extends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate.core.secondpath import Definition, read_definitions
from migrate.errors import AskedWrongly
from migrate.packs import mappings_folder

if TYPE_CHECKING:
    from pathlib import Path

    from migrate.core.profiles.ast import Profile
    from migrate.store.workspace import Project

FILE = "second-path.sql"


def second_path_file(project: Project, profile: Profile) -> Path | None:
    """The file that holds for a project; None where no second path was written."""
    names = [project.settings.source.profile, profile.name]
    names += [
        name for path, _ in profile.files for name in re.findall(r"([^/]+)/profile\.yml", path)
    ]
    folders = [project.folder / "mappings"]
    folders += [mappings_folder() / name for name in dict.fromkeys(names) if name]
    return next((folder / FILE for folder in folders if (folder / FILE).is_file()), None)


def second_path(path: Path | None) -> tuple[Definition, ...]:
    """The definitions of a file. Raises AskedWrongly (CHK093) with every mistake in it."""
    if path is None:
        return ()
    shown = f"{path.parent.name}/{path.name}"
    found, wrong = read_definitions(path.read_text("utf-8", errors="replace"), shown)
    if wrong:
        raise AskedWrongly(
            "CHK093",
            f"the second path has {len(wrong)} mistake{'s' if len(wrong) > 1 else ''}",
            details=wrong,
            try_="mend the statements; the guide, page 'second-path', says what may stand there",
        )
    return found
