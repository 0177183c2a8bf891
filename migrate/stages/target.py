"""The project's target: found by its kind among the installed ones, opened at its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from migrate.errors import AskedWrongly

if TYPE_CHECKING:
    from migrate.core.ports import Target
    from migrate.store.workspace import Project

GROUP = "ehr_migrate.targets"


@contextmanager
def opened_target(project: Project) -> Iterator[Target]:
    """The target that ``migration.toml`` names, closed after the block.

    A relative address is inside the project folder. Raises AskedWrongly (LOD004) for a kind that
    is not installed, and what opening raises.
    """
    settings = project.settings.target
    found = [point for point in entry_points(group=GROUP) if point.name == settings.kind]
    if not found:
        known = ", ".join(sorted(point.name for point in entry_points(group=GROUP)))
        raise AskedWrongly(
            "LOD004",
            "migration.toml, [target] kind, names no installed kind of target",
            try_=f"write one of: {known}",
        )
    address = settings.address
    if "://" not in address:
        address = str((project.folder / address).resolve())
    target: Target = found[0].load()(address, settings.options)
    try:
        yield target
    finally:
        target.close()
