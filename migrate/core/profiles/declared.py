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
    """``required``: what every export of the system has; ``named``: all that any part reads;
    ``parents``: the profiles that it extends."""

    required: frozenset[str]
    named: frozenset[str]
    parents: tuple[str, ...] = ()


def declared_tables(name: str, library: ProfileLibrary) -> DeclaredTables:
    """The tables of a profile; none where it cannot be read, of which loading it tells more."""
    problems = Problems()
    chain = read_chain(name, library, problems)
    if chain is None:
        return DeclaredTables(frozenset(), frozenset())
    tree = chain.tree
    tables = tree.get("tables")
    own = frozenset(entry.key for entry in tables) if isinstance(tables, Fields) else frozenset()
    named = own | frozenset(_named(tree))
    return DeclaredTables(own - optional_tables(tree), named, chain.names[1:])


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
