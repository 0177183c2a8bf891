"""Leaves: where a text comes from ("Leaves" of the language page), and calls of transforms."""

from __future__ import annotations

from migrate.core.profiles import expressions
from migrate.core.profiles.ast import (
    Column,
    Constant,
    Context,
    Leaf,
    Sql,
    TransformCall,
)
from migrate.core.profiles.checking import Checking
from migrate.core.profiles.problems import choice
from migrate.core.profiles.scope import Scope, column
from migrate.core.profiles.yamltree import Fields, Items, Text, Tree
from migrate.core.transforms import transforms as known_transforms

LEAF_KEYS = ("column", "sql", "constant", "context")
CONTEXTS = ("exported", "system", "name", "tool")


def leaf_in(fields: Fields, scope: Scope, checking: Checking) -> Leaf | None:
    """The leaf that a map's ``column``, ``sql``, ``constant`` or ``context`` names."""
    given = [key for key in LEAF_KEYS if key in fields]
    if not given:
        return None
    if len(given) > 1:
        checking.wrong(
            fields.entries[given[1]].place,
            f"'{given[0]}' and '{given[1]}' at once",
            "one of them, or both as alternatives of 'first:'",
        )
    key = given[0]
    value = fields.get(key)
    if key == "constant" and not isinstance(value, Fields | Items):
        return Constant(value.value if isinstance(value, Text) else "")
    text = checking.text(value, f"'{key}'")
    if text is None or not isinstance(value, Text):
        return expressions.NOTHING
    if key == "column":
        return column(text, scope, checking, value.place)
    if key == "sql":
        return expressions.sql(value, scope, checking)
    checking.one_of(value, "value of the run", CONTEXTS)
    return Context(text)


def leaf(tree: Tree, scope: Scope, checking: Checking, where: str) -> Leaf | None:
    """A bare column name, or a map with one leaf key and nothing else."""
    if isinstance(tree, Text):
        return column(tree.value, scope, checking, tree.place)
    if isinstance(tree, Fields):
        checking.known_keys(tree, LEAF_KEYS, where)
        found = leaf_in(tree, scope, checking)
        if found is not None:
            return found
    checking.wrong(tree.place, f"{where} is no column", "a column, or {sql: …} or {constant: …}")
    return None


def as_sql(value: Leaf) -> Sql | None:
    """The leaf as an SQL expression, where it depends on the row."""
    if isinstance(value, Column):
        return Sql("{0}", (value,))
    return value if isinstance(value, Sql) else None


def transforms(tree: Tree | None, checking: Checking) -> tuple[TransformCall, ...]:
    """``transform:`` a name or list of names; ``{name: argument}`` with arguments."""
    calls = []
    for item in checking.items(tree):
        if isinstance(item, Text):
            calls.append(_call(item, (), checking))
        elif isinstance(item, Fields) and len(item.entries) == 1:
            entry = next(iter(item))
            arguments = checking.values(entry.value, f"the argument of '{entry.key}'")
            calls.append(_call(Text(entry.key, entry.place), arguments, checking))
        else:
            checking.wrong(item.place, "this is no transform", "a name, or {name: argument}")
    return tuple(calls)


def _call(name: Text, arguments: tuple[str, ...], checking: Checking) -> TransformCall:
    known = known_transforms()
    if name.value not in known:
        message = f"there is no transform '{name.value}'"
        checking.problems.add("PRO022", name.place, message, choice(name.value, known, shown=40))
    elif len(arguments) != known[name.value].arguments:
        count = known[name.value].arguments
        checking.wrong(
            name.place,
            f"transform '{name.value}' takes {count} arguments, not {len(arguments)}",
            f"{{{name.value}: …}}" if count else f"'{name.value}' alone",
        )
    return TransformCall(name.value, arguments)
