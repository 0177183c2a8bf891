"""Which tables a profile names, before an export is known: its YAML tells, rules unchecked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migrate.core.profiles.inherit import read_chain
from migrate.core.profiles.problems import Problems
from migrate.core.profiles.source import ProfileLibrary
from migrate.core.profiles.tables import optional_tables
from migrate.core.profiles.yamltree import Fields, Items, Text, Tree

_NAMING = frozenset({"from", "table", "each", "patients"})


@dataclass(frozen=True, slots=True)
class DeclaredTables:
    """``required``: what every export of the system has; ``named``: all that any part reads."""

    required: frozenset[str]
    named: frozenset[str]


def declared_tables(name: str, library: ProfileLibrary) -> DeclaredTables:
    """The tables of a profile. Raises AskedWrongly (PRO001 …) where it cannot be read."""
    problems = Problems()
    chain = read_chain(name, library, problems)
    tree = chain.tree if chain is not None else None
    if tree is None:
        return DeclaredTables(frozenset(), frozenset())
    tables = tree.get("tables")
    own = frozenset(entry.key for entry in tables) if isinstance(tables, Fields) else frozenset()
    return DeclaredTables(own - optional_tables(tree), own | frozenset(_named(tree)))


def _named(tree: Tree) -> Iterator[str]:
    if isinstance(tree, Items):
        for item in tree.items:
            yield from _named(item)
    elif isinstance(tree, Fields):
        for entry in tree:
            if entry.key in _NAMING and isinstance(entry.value, Text):
                yield entry.value.value
            else:
                yield from _named(entry.value)
