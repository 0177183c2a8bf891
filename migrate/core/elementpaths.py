"""Where a resource type has references and dates, read from the R4 element model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from migrate.core.fhirtypes import member, member_names

_SKIPPED = frozenset({"extension", "modifierExtension", "contained", "meta", "text"})
_DATES = frozenset({"date", "dateTime", "instant"})


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
    return tuple(_references(resource_type, "", (resource_type,)))


@cache
def date_paths(resource_type: str) -> tuple[str, ...]:
    """A type's own dates and the ends of its own periods: ``recordedDate``, ``period.start``."""
    found = []
    for name in member_names(resource_type):
        entry = member(resource_type, name)
        if entry is None or entry.repeats or name in _SKIPPED:
            continue
        if entry.type.name in _DATES:
            found.append(name)
        elif entry.type.name == "Period":
            found += [f"{name}.start", f"{name}.end"]
    return tuple(found)


def _references(type_path: str, prefix: str, above: tuple[str, ...]) -> Iterator[ReferencePath]:
    for name in member_names(type_path):
        found = member(type_path, name)
        if found is None or found.primitive or name in _SKIPPED:
            continue
        path = f"{prefix}{name}{'[*]' if found.repeats else ''}"
        if found.type.name == "Reference":
            yield ReferencePath(path, tuple(t for t in found.type.targets if t != "Resource"))
        elif found.type_path not in above:
            yield from _references(found.type_path, f"{path}.", (*above, found.type_path))
