"""YAML as a tree that keeps positions and takes every scalar as the text that was written.

YAML's own guesses are dangerous in a profile: ``012`` would become 12, ``N`` or ``no`` false,
``2020-01-01`` a date. Here a scalar is its text; only an unquoted ``null``, ``~`` or nothing
at all is null.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from migrate.core.profiles.ast import Place
from migrate.core.profiles.problems import Problems

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar."""

    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Null:
    """``null``, ``~`` or nothing after the colon."""

    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Tree, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a map, where it stands, and its value."""

    key: str
    place: Place
    value: Tree


@dataclass(frozen=True, slots=True)
class Fields:
    """A map, in the order written."""

    entries: dict[str, Entry]
    place: Place

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def get(self, key: str) -> Tree | None:
        """The value of a key, or None."""
        entry = self.entries.get(key)
        return None if entry is None else entry.value

    def without(self, *keys: str) -> Fields:
        """The same map without some keys."""
        return Fields({k: e for k, e in self.entries.items() if k not in keys}, self.place)


Tree = Text | Null | Items | Fields


def parse_yaml(file: str, text: str, problems: Problems) -> Tree | None:
    """The tree of a file's one document; None (and PRO002) where it is not YAML."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used twice is no mistake here
            root = YAML(typ="base", pure=True).compose(text.removeprefix("\ufeff"))
        return Fields({}, Place(file, 1, 1)) if root is None else _Reader(file, problems).tree(root)
    except RecursionError:
        problems.add("PRO002", Place(file, 1, 1), "an anchor holds itself", "the text itself")
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        what = error.problem if isinstance(error, MarkedYAMLError) else None
        problems.add(
            "PRO002",
            place,
            f"not readable as YAML ({what or 'not well-formed'})",
            "valid YAML here: look at the indentation, the quotes and the brackets",
        )
    return None


class _Reader:
    def __init__(self, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems

    def _place(self, node: Node) -> Place:
        mark = node.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)

    def tree(self, node: Node) -> Tree:
        place = self._place(node)
        if isinstance(node, ScalarNode):
            if node.style is None and node.value in _NULLS:
                return Null(place)
            return Text(node.value, place)
        if isinstance(node, SequenceNode):
            return Items(tuple(self.tree(item) for item in node.value), place)
        assert isinstance(node, MappingNode)
        return self._fields(node, place)

    def _fields(self, node: MappingNode, place: Place) -> Fields:
        entries: dict[str, Entry] = {}
        inherited: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            key_place = self._place(key_node)
            if not isinstance(key_node, ScalarNode):
                self._problems.add("PRO002", key_place, "a key is no text", "a word and a colon")
                continue
            key = key_node.value
            value = self.tree(value_node)
            if key == "<<" and isinstance(value, Fields):
                inherited.update(value.entries)
            elif key in entries:
                first = entries[key].place.line
                self._problems.add(
                    "PRO027",
                    key_place,
                    f"'{key}' was already written in line {first}",
                    "one of the two",
                )
            else:
                entries[key] = Entry(key, key_place, value)
        return Fields({**inherited, **entries}, place)
