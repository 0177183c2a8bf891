"""The project's target, opened at its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from migrate import plugins

if TYPE_CHECKING:
    from migrate.core.ports import Target
    from migrate.store.workspace import Project

_SERVER = "fhir"
# What was found out about the server by trying it; remove the file to have it tried again.
REMEMBERED = "target-abilities.json"


@contextmanager
def opened_target(project: Project) -> Iterator[Target]:
    """The target that ``migration.toml`` names, closed after the block.

    A relative address is inside the project folder. Raises AskedWrongly (PRJ040) for a kind that
    is not installed, and what opening raises.
    """
    settings = project.settings.target
    address = settings.address
    if "://" not in address:
        address = str((project.folder / address).resolve())
    options = dict(settings.options)
    if settings.kind == _SERVER:
        options["remembered"] = str(project.folder / REMEMBERED)
    target = plugins.open_target(settings.kind, address, options)
    try:
        yield target
    finally:
        target.close()
