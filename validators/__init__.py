"""The check pack that ships with the tool: checks, and suites that choose among them.

Each module makes checks (``migrate.core.ports.Check``) for one of Kahn's categories, or for
safety and money; ``suites/*.yml`` say which count and how much. Copy a module to start a pack
of your own and register it under the entry-point group ``ehr_migrate.packs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files

from migrate.core.ports import Check

__all__ = ["StandardPack", "pack"]


class StandardPack:
    """The checks and suites of this folder."""

    name = "standard"

    def checks(self) -> Iterable[Check]:
        """All checks, in the order of their modules."""
        from . import (
            bedside,
            cells,
            completeness,
            conformance,
            coverage,
            doses,
            gx,
            gxcolumns,
            ledger,
            money,
            plausibility,
            safety,
            secondpath,
            source,
            terminology,
            unitkinds,
        )

        modules = (
            conformance,
            terminology,
            coverage,
            unitkinds,
            completeness,
            gx,
            gxcolumns,
            plausibility,
            safety,
            doses,
            bedside,
            money,
            ledger,
            secondpath,
            source,
            cells,
        )
        return [check for module in modules for check in module.CHECKS]

    def suites(self) -> Mapping[str, str]:
        """The text of ``suites/<name>.yml`` by name."""
        folder = files(__package__).joinpath("suites")
        return {
            entry.name.removesuffix(".yml"): entry.read_text("utf-8")
            for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
            if entry.name.endswith(".yml")
        }


def pack() -> StandardPack:
    """The pack, as its entry point (``ehr_migrate.packs``) gives it."""
    return StandardPack()
