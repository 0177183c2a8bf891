"""Which columns can be read at a place of a profile, and what a name there means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from migrate.core.profiles.ast import Column, Place
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.problems import choice

LOOP = "_"
PARENT = "parent"
RESERVED = frozenset({LOOP, PARENT, "members", "merged"})


@dataclass(frozen=True, slots=True)
class Scope:
    """A row of ``table``, the joined rows by alias, the row outside, and a loop's own names.

    ``readable`` limits the columns (a pivot's); ``key`` and ``rule_table`` name the rule that
    the place belongs to; ``grouped`` allows ``each: members``.
    """

    table: str
    rule: str
    aliases: Mapping[str, str] = field(default_factory=dict)
    parent: Scope | None = None
    loop: frozenset[str] = frozenset()
    readable: frozenset[str] | None = None
    grouped: bool = False

    def with_alias(self, alias: str, table: str) -> Scope:
        """The same with one more joined row."""
        return replace(self, aliases={**self.aliases, alias: table})

    def with_loop(self, *names: str) -> Scope:
        """The same inside a loop with these names behind ``_.``."""
        return replace(self, loop=frozenset(names))

    def inside(self, table: str, *, grouped: bool = False, aliases: bool = False) -> Scope:
        """The scope of a child row of an each."""
        kept = self.aliases if aliases else {}
        return Scope(table, self.rule, kept, self, frozenset({"position"}), None, grouped=grouped)


def column(text: str, scope: Scope, checking: Checking, place: Place) -> Column:
    """The column that ``name``, ``alias.name``, ``parent.name`` or ``_.name`` means here.

    An unknown one is reported and given back all the same, so that checking goes on.
    """
    source, dot, name = text.rpartition(".")
    if not dot:
        source, name = "", text
    if not source:
        _check_own(name, scope, checking, place)
    elif source == LOOP:
        if name not in scope.loop:
            checking.problems.add(
                "PRO020", place, f"'_.{name}' is not known here", choice(name, scope.loop)
            )
    elif source == PARENT:
        if scope.parent is None:
            checking.problems.add(
                "PRO020", place, "'parent.' is known only inside an each", f"'{name}'"
            )
        else:
            _check_own(name, scope.parent, checking, place)
    elif source in scope.aliases:
        checking.catalogue.check_column(scope.aliases[source], name, place)
    else:
        _unknown_alias(source, name, scope, checking, place)
    return Column(name, source)


def _check_own(name: str, scope: Scope, checking: Checking, place: Place) -> None:
    if scope.readable is None:
        checking.catalogue.check_column(scope.table, name, place)
    elif name not in scope.readable:
        checking.problems.add(
            "PRO020",
            place,
            f"the pivoted row has no column '{name}'",
            choice(name, scope.readable),
        )


def _unknown_alias(source: str, name: str, scope: Scope, checking: Checking, place: Place) -> None:
    outer = scope.parent
    while outer is not None:
        if source in outer.aliases:
            checking.problems.add(
                "PRO020",
                place,
                f"'{source}' is joined to the row outside this each, not to the child row",
                "a join of its own inside the each",
            )
            return
        outer = outer.parent
    options = [*scope.aliases, *([PARENT] if scope.parent else [])]
    if source == scope.table:
        write = f"'{name}' alone for a column of the row itself"
    elif options:
        write = choice(source, options)
    else:
        write = "a column of the row, or a join or lookup of this name"
    checking.problems.add("PRO020", place, f"'{source}' is no joined row here", write)
