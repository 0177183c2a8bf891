"""Finds extractors, targets, check packs and profiles, ours and others', by one door.

Plug-ins register under the entry-point groups ``ehr_migrate.extractors`` (a class),
``ehr_migrate.targets`` (a function of address and options) and ``ehr_migrate.packs`` (a function
that gives a pack). ``migrate.testing`` has a contract suite for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import cast

from migrate.core.ports import CheckPack, Extractor, Target
from migrate.core.profiles.problems import choice
from migrate.core.profiles.source import ProfileLibrary
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.packs import mappings_folder
from migrate.store.library import FolderLibrary

EXTRACTORS = "ehr_migrate.extractors"
TARGETS = "ehr_migrate.targets"
PACKS = "ehr_migrate.packs"


def extractors() -> dict[str, Extractor]:
    """All extractors by name. Raises NeedsPerson (PRJ041) for one that cannot be loaded."""
    found = _entries(EXTRACTORS)
    return {name: cast("type[Extractor]", _load(entry))() for name, entry in found.items()}


def extractor(name: str) -> Extractor:
    """The extractor of this name. Raises AskedWrongly (PRJ040) with those there are."""
    return cast("type[Extractor]", _load(_entry(EXTRACTORS, name, "extractor")))()


def open_target(kind: str, address: str, options: Mapping[str, object]) -> Target:
    """Opens the target at an address. Raises AskedWrongly (PRJ040) for an unknown kind."""
    opener = _load(_entry(TARGETS, kind, "kind of target"))
    assert callable(opener)
    return cast("Target", opener(address, options))


def packs() -> list[CheckPack]:
    """All check packs, by name."""
    found = []
    for entry in _entries(PACKS).values():
        maker = _load(entry)
        assert callable(maker)
        found.append(cast("CheckPack", maker()))
    return found


def profile_library(project_folder: Path | None) -> ProfileLibrary:
    """The shipped profiles, and a project's own changes before them."""
    own = None if project_folder is None else project_folder / "mappings"
    return FolderLibrary(mappings_folder(), own)


def profile_names(wanted: str | None = None) -> tuple[str, ...]:
    """The shipped profiles that a project can name. Raises AskedWrongly (PRO001) without
    ``wanted`` among them."""
    names = tuple(n for n in FolderLibrary(mappings_folder()).names() if "/" not in n)
    if wanted is not None and wanted not in names:
        raise AskedWrongly(
            "PRO001",
            f"there is no profile '{wanted}'",
            kept="nothing was written",
            try_=f"--profile with {choice(wanted, names)}",
        )
    return names


def _entries(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in sorted(entry_points(group=group), key=lambda e: e.name)}


def _entry(group: str, name: str, what: str) -> EntryPoint:
    found = _entries(group)
    if name not in found:
        raise AskedWrongly(
            "PRJ040", f"there is no {what} '{name}'", try_=f"write {choice(name, found)}"
        )
    return found[name]


def _load(entry: EntryPoint) -> object:
    """The plug-in itself."""
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        raise NeedsPerson(
            "PRJ041",
            f"the plug-in '{entry.name}' ({entry.group}) cannot be loaded: {type(error).__name__}",
            try_="install its missing parts, or uninstall the package that brings it",
        ) from error
