"""Layouts in folders: a project's own, then the shipped ones."""

from __future__ import annotations

import re
from pathlib import Path

from migrate.core.profiles.source import SourceText

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def find_layout(name: str, shipped: Path, own: Path | None) -> SourceText | None:
    """``mappings/handover/<name>/layout.yml``, the project's before the shipped one."""
    if _NAME.fullmatch(name) is None:
        return None
    places = [] if own is None else [(own, "project/mappings")]
    for folder, called in [*places, (shipped, "mappings")]:
        path = folder / "handover" / name / "layout.yml"
        if path.is_file():
            text = path.read_bytes().decode("utf-8", errors="replace")
            return SourceText(f"{called}/handover/{name}/layout.yml", text)
    return None


def layout_names(shipped: Path, own: Path | None) -> list[str]:
    """All layouts, by name."""
    folders = [shipped] if own is None else [own, shipped]
    found = {path.parent.name for f in folders for path in f.glob("handover/*/layout.yml")}
    return sorted(found)
