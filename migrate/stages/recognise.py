"""Which shipped profile an export is for: the one whose tables it has; keys that it declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.core.ports import ExtractRequest, TableDone
from migrate.core.profiles.declared import DeclaredTables, declared_tables
from migrate.errors import AskedWrongly
from migrate.plugins import profile_library, profile_names
from migrate.stages.source import choose_extractor

if TYPE_CHECKING:
    from migrate.core.ports import Extractor

_FITS = 0.9
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Match:
    """A profile, and how many of the tables that it cannot do without the export has."""

    profile: str
    found: int
    wanted: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.found / self.wanted if self.wanted else 0.0

    def document(self) -> dict[str, object]:
        """profile, tables found, tables wanted."""
        return {"profile": self.profile, "found": self.found, "wanted": self.wanted}


def run(source: str) -> Match:
    """The profile that fits best. Raises AskedWrongly (EXT056) where none does, with the export's
    tables and the keys that it declares, ready for a profile of one's own."""
    extractor = choose_extractor(source, None)
    keys = _tables(extractor, source)
    matches = ranked(keys.keys(), plain=extractor.name == "delimited")
    best = matches[0]
    if best.share >= _FITS:
        return best
    lines = [f"{name}: {{key: {_key(key)}}}" for name, key in sorted(keys.items()) if key]
    more = [f"… {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    raise AskedWrongly(
        "EXT056",
        f"no shipped profile fits this export of {len(keys)} tables; nearest is "
        f"'{best.profile}' with {best.found} of its {best.wanted} tables",
        kept="nothing was written",
        try_="--profile NAME, with a profile of your own in FOLDER/mappings/profile.yml; the "
        "guide's page 'profiles' is its language" + ("; keys that were found:" if lines else ""),
        details=tuple(lines[:_SHOWN] + more),
    )


def ranked(tables: Iterable[str], *, plain: bool) -> list[Match]:
    """All shipped profiles, the best first.

    Of a profile and one that extends it, with the same tables, the one that is extended goes
    first for ``plain`` (delimited) exports and the other for databases.
    """
    present = frozenset(tables)
    library = profile_library(None)
    declared = {name: declared_tables(name, library) for name in profile_names()}

    def order(name: str) -> tuple[float, int, bool, str]:
        found = declared[name]
        match = _match(name, found, present)
        extends = any(parent in declared for parent in found.parents)
        return (-round(match.share, 4), -match.found, extends == plain, name)

    return [_match(name, declared[name], present) for name in sorted(declared, key=order)]


def _match(name: str, declared: DeclaredTables, present: frozenset[str]) -> Match:
    return Match(name, len(declared.required & present), len(declared.required))


def _tables(extractor: Extractor, source: str) -> Mapping[str, tuple[str, ...]]:
    """Staged names and declared keys; a database is only asked for its catalogue."""
    catalogue = getattr(extractor, "catalogue", None)
    if catalogue is not None:
        found: Mapping[str, tuple[str, ...]] = catalogue(ExtractRequest(source))
        return found
    events = extractor.extract(ExtractRequest(source))
    return {
        event.table.name: event.table.primary_key
        for event in events
        if isinstance(event, TableDone)
    }


def _key(columns: tuple[str, ...]) -> str:
    return columns[0] if len(columns) == 1 else f"[{', '.join(columns)}]"
