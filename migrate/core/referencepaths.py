"""Where a resource type has references, and what each may point at (FHIR R4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from migrate.core.fhirtypes import member, member_names

_SKIPPED = frozenset({"extension", "modifierExtension", "contained", "meta", "text"})


@dataclass(frozen=True, slots=True)
class ReferencePath:
    """``path`` is the element's, with ``[*]`` for lists: ``participant[*].individual``.

    ``targets`` are the allowed types; empty: any resource.
    """

    path: str
    targets: tuple[str, ...]

    @property
    def element(self) -> str:
        """The path as people write it: ``participant.individual``."""
        return self.path.replace("[*]", "")


@cache
def reference_paths(resource_type: str) -> tuple[ReferencePath, ...]:
    """All of a type's references, extensions apart; none for a type that R4 does not know."""
    return tuple(_walk(resource_type, "", (resource_type,)))


def _walk(type_path: str, prefix: str, above: tuple[str, ...]) -> Iterator[ReferencePath]:
    for name in member_names(type_path):
        found = member(type_path, name)
        if found is None or found.primitive or name in _SKIPPED:
            continue
        path = f"{prefix}{name}{'[*]' if found.repeats else ''}"
        if found.type.name == "Reference":
            yield ReferencePath(path, tuple(t for t in found.type.targets if t != "Resource"))
        elif found.type_path not in above:
            yield from _walk(found.type_path, f"{path}.", (*above, found.type_path))
