"""Joins and lookups: one row of another table beside this one ("Joins")."""

from __future__ import annotations

from migrate.core.profiles import expressions, leaves, scalars
from migrate.core.profiles.ast import Join, Leaf
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.scope import RESERVED, Scope
from migrate.core.profiles.yamltree import Entry, Fields, Text, Tree

JOIN_KEYS = ("table", "on", "where", "order", "required")
LOOKUP_KEYS = (*JOIN_KEYS, "between", "formats")


def joins(tree: Fields, scope: Scope, checking: Checking) -> tuple[Scope, tuple[Join, ...]]:
    """All ``join`` and ``lookup`` of a rule or an each, and the scope that has them.

    One may read the columns of those before it: joins first, then lookups, as written.
    """
    found: list[Join] = []
    for word, keys in (("join", JOIN_KEYS), ("lookup", LOOKUP_KEYS)):
        named = checking.fields(tree.get(word), f"'{word}'")
        for entry in named or ():
            join = _join(entry, word, keys, scope, checking)
            if join is not None:
                found.append(join)
                scope = scope.with_alias(join.alias, join.table)
    return scope, tuple(found)


def _join(
    entry: Entry, word: str, keys: tuple[str, ...], scope: Scope, checking: Checking
) -> Join | None:
    fields = checking.fields(entry.value, f"{word} '{entry.key}'")
    if entry.key in RESERVED or entry.key in scope.aliases or "." in entry.key:
        checking.problems.add(
            "PRO027", entry.place, f"'{entry.key}' is taken or reserved", "another alias"
        )
    if fields is None:
        return None
    checking.known_keys(fields, keys, f"a {word}")
    table = fields.get("table")
    if not isinstance(table, Text):
        checking.missing(fields.place, "table", f"{word} '{entry.key}'")
        return None
    checking.catalogue.check_table(table.value, table.place)
    there = Scope(table.value, scope.rule)
    if "on" not in fields:
        checking.missing(fields.place, "on", f"{word} '{entry.key}'")
    where = fields.get("where")
    between = _between(fields, table.value, scope, checking) if word == "lookup" else None
    if word == "lookup" and "between" not in fields:
        checking.missing(fields.place, "between", f"lookup '{entry.key}'")
    settings = checking.settings
    formats = checking.texts(fields.get("formats"), "'formats'")
    for text in formats:
        scalars.check_format(text, checking)
    given = tuple(text.value for text in formats)
    return Join(
        entry.key,
        table.value,
        pairs(fields.get("on"), table.value, scope, checking),
        expressions.sql(where, there, checking) if isinstance(where, Text) else None,
        between,
        (given or settings.dates + settings.date_times) if between else (),
        settings.placeholders if between else (),
        order(fields.get("order"), there, checking),
        checking.flag(fields.get("required"), "'required'"),
        entry.place,
    )


def pairs(
    tree: Tree | None, table: str, scope: Scope, checking: Checking
) -> tuple[tuple[str, Leaf], ...]:
    """``on``: column there → leaf here."""
    found = []
    for entry in checking.fields(tree, "'on'") or ():
        checking.catalogue.check_column(table, entry.key, entry.place)
        leaf = leaves.leaf(entry.value, scope, checking, f"'{entry.key}' of 'on'")
        if leaf is not None:
            found.append((entry.key, leaf))
    return tuple(found)


def _between(
    fields: Fields, table: str, scope: Scope, checking: Checking
) -> tuple[Leaf, str, str] | None:
    tree = checking.fields(fields.get("between"), "'between'")
    if tree is None:
        return None
    checking.known_keys(tree, ("date", "from", "to"), "'between'")
    ends = []
    for key in ("from", "to"):
        end = tree.get(key)
        if not isinstance(end, Text):
            checking.missing(tree.place, key, "'between'")
            continue
        checking.catalogue.check_column(table, end.value, end.place)
        ends.append(end.value)
    date = tree.get("date")
    if date is None:
        checking.missing(tree.place, "date", "'between'")
        return None
    leaf = leaves.leaf(date, scope, checking, "'date'")
    return None if leaf is None or len(ends) < 2 else (leaf, ends[0], ends[1])


def order(tree: Tree | None, scope: Scope, checking: Checking) -> tuple[str, ...]:
    """``order``: columns of the row; ``{number: column}`` sorts as numbers (``#column``)."""
    found = []
    for item in checking.items(tree):
        sign, name = "", item
        if isinstance(item, Fields) and set(item.entries) == {"number"}:
            sign, name = "#", item.entries["number"].value
        if not isinstance(name, Text):
            checking.wrong(item.place, "'order' has columns", "a column, or {number: column}")
            continue
        if scope.readable is None:
            checking.catalogue.check_column(scope.table, name.value, name.place)
        found.append(sign + name.value)
    return tuple(found)
