"""Profiles and crosswalks in folders: the shipped ones, and a project's own before them."""

from __future__ import annotations

import re
from pathlib import Path

from migrate.core.profiles.source import SHIPPED, SourceText

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)?")
_OWN = re.compile(r"^(profile|extends):\s*[\"']?([^\s\"'#]+)", re.MULTILINE)


class FolderLibrary:
    """Reads ``mappings/<name>/profile.yml``, ``mappings/shared/<x>.yml`` and crosswalks.

    ``own`` is a project's ``mappings`` folder. Its ``profile.yml`` stands in for the shipped
    profile that it extends; its ``crosswalks/<name>.csv`` come before all others.
    """

    def __init__(self, shipped: Path, own: Path | None = None) -> None:
        self._shipped = shipped
        self._own = own

    def profile(self, name: str) -> SourceText | None:
        """The project's own profile of this name or for it, else the shipped one."""
        if _PLAIN_NAME.fullmatch(name) is None:
            return None
        if not name.startswith(SHIPPED):
            own = self._own_profile()
            if own is not None and name in {match[1] for match in _OWN.findall(own.text)}:
                return own
        name = name.removeprefix(SHIPPED)
        folder, _, file = name.partition("/")
        path = f"{folder}/{file}.yml" if file else f"{folder}/profile.yml"
        return _read(self._shipped / path, f"mappings/{path}")

    def crosswalk(self, profile: str, name: str) -> SourceText | None:
        """The project's own, the profile's, or a shared crosswalk of this name."""
        if _PLAIN_NAME.fullmatch(name) is None or _PLAIN_NAME.fullmatch(profile) is None:
            return None
        file = f"crosswalks/{name}.csv"
        if self._own is not None:
            own = _read(self._own / file, f"project/mappings/{file}")
            if own is not None:
                return own
        for folder in (profile, "shared"):
            found = _read(self._shipped / folder / file, f"mappings/{folder}/{file}")
            if found is not None:
                return found
        return None

    def names(self) -> tuple[str, ...]:
        """All profiles: one a folder with a ``profile.yml``, and what can be extended."""
        found = {path.parent.name for path in self._shipped.glob("*/profile.yml")}
        found |= {f"shared/{path.stem}" for path in (self._shipped / "shared").glob("*.yml")}
        own = self._own_profile()
        if own is not None:
            found |= {name for key, name in _OWN.findall(own.text) if key == "profile"}
        return tuple(sorted(found))

    def _own_profile(self) -> SourceText | None:
        if self._own is None:
            return None
        return _read(self._own / "profile.yml", "project/mappings/profile.yml")


def _read(path: Path, name: str) -> SourceText | None:
    """A file's text, read as UTF-8; bytes that are none show as U+FFFD and fail the check."""
    if not path.is_file():
        return None
    return SourceText(name, path.read_bytes().decode("utf-8", errors="replace"))
