"""``extends``: a profile's chain of files, read and merged into one tree.

Maps merge deeply, ``resources`` by ``rule``, ``null`` removes a key or a rule; every part
keeps the position it has in its own file. A value that says where it comes from (``column``,
``sql``, ``crosswalk`` …) replaces its parent's as a whole, for two of these in one map would
contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from migrate.core.profiles.ast import Place
from migrate.core.profiles.problems import Problems, choice
from migrate.core.profiles.source import SHIPPED, ProfileLibrary, SourceText
from migrate.core.profiles.yamltree import Entry, Fields, Items, Null, Text, Tree, parse_yaml

ORIGINS = frozenset(
    {"column", "sql", "constant", "context", "crosswalk", "reference", "first", "each"}
    | {"columns", "decimal", "money"}
)


@dataclass(frozen=True, slots=True)
class Chain:
    """A merged profile tree, the files it came from (child first), and their names."""

    tree: Fields
    files: tuple[SourceText, ...]
    names: tuple[str, ...]


def read_chain(name: str, library: ProfileLibrary, problems: Problems) -> Chain | None:
    """Read a profile and all that it extends. None where the profile itself is not found."""
    trees: list[Fields] = []
    files: list[SourceText] = []
    names: list[str] = []
    asked: list[str] = []
    wanted, place = name, Place(name, 1, 1)
    while True:
        source = library.profile(wanted)
        if source is None:
            name = wanted.removeprefix(SHIPPED)
            message, write = f"there is no profile '{name}'", choice(name, library.names())
            if name in asked:
                message, write = f"'{name}' extends itself", "another parent, or none"
            problems.add("PRO003" if name in asked else "PRO001", place, message, write)
            return None if not trees else _merged(trees, files, names)
        asked.append(wanted)
        files.append(source)
        tree = parse_yaml(source.path, source.text, problems)
        if not isinstance(tree, Fields):
            if tree is not None:
                problems.add("PRO012", tree.place, "a profile is a map", "'profile: NAME' first")
            return None
        trees.append(tree)
        named = tree.get("profile")
        names.append(named.value if isinstance(named, Text) else wanted.removeprefix(SHIPPED))
        parent = tree.get("extends")
        if not isinstance(parent, Text):
            return _merged(trees, files, names)
        wanted, place = parent.value, parent.place
        if wanted in asked:
            wanted = SHIPPED + wanted
        if wanted in asked or len(asked) > 12:
            problems.add(
                "PRO003", place, f"'{parent.value}' extends itself", "another parent, or none"
            )
            return _merged(trees, files, names)


def _merged(trees: list[Fields], files: list[SourceText], names: list[str]) -> Chain:
    merged = trees[-1]
    for tree in reversed(trees[:-1]):
        merged = merge_profiles(merged, tree)
    return Chain(_without_nulls(merged), tuple(files), tuple(names))


def merge_profiles(parent: Fields, child: Fields) -> Fields:
    """A child profile over its parent."""
    resources, own = parent.get("resources"), child.get("resources")
    merged = _merge_fields(parent.without("resources"), child.without("resources"))
    entries = dict(merged.entries)
    both = child.entries.get("resources") or parent.entries.get("resources")
    if both is not None:
        value: Tree = both.value
        if isinstance(resources, Items) and isinstance(own, Items):
            value = _merge_rules(resources, own)
        entries["resources"] = Entry("resources", both.place, value)
    return Fields(entries, child.place)


def _rule_name(tree: Tree) -> str | None:
    name = tree.get("rule") if isinstance(tree, Fields) else None
    return name.value if isinstance(name, Text) else None


def _merge_rules(parent: Items, child: Items) -> Items:
    """Rules by name, in the parent's order, new ones after them.

    A child removes a rule by giving it no body: ``{rule: name, map: null}``.
    """
    rules: dict[object, Tree] = {_rule_name(r) or id(r): r for r in parent.items}
    for rule in child.items:
        name: object = _rule_name(rule) or id(rule)
        known = rules.get(name)
        if isinstance(known, Fields) and isinstance(rule, Fields):
            if isinstance(rule.get("map"), Null):
                del rules[name]
            else:
                rules[name] = _merge_fields(known, rule)
        else:
            rules[name] = rule
    return Items(tuple(rules.values()), child.place)


def _merge_fields(parent: Fields, child: Fields, *, value: bool = False) -> Fields:
    """Deep merge. ``value``: inside a rule's map, where maps may be values."""
    if value and ORIGINS & child.entries.keys():
        return child
    entries = dict(parent.entries)
    for key, entry in child.entries.items():
        known = entries.get(key)
        if isinstance(entry.value, Null) and known is not None:
            del entries[key]
        elif known and isinstance(known.value, Fields) and isinstance(entry.value, Fields):
            deeper = _merge_fields(known.value, entry.value, value=value or key == "map")
            entries[key] = Entry(key, entry.place, deeper)
        else:
            entries[key] = entry
    return Fields(entries, child.place)


def _without_nulls(tree: Fields) -> Fields:
    """Top-level keys that are null are as good as not written."""
    kept = {k: e for k, e in tree.entries.items() if not isinstance(e.value, Null)}
    return Fields(kept, tree.place)
