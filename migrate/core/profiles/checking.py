"""What the parts of the type-checker share while one profile is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrate.core.profiles.ast import Place
from migrate.core.profiles.catalogue import Catalogue
from migrate.core.profiles.crosswalks import Crosswalks
from migrate.core.profiles.problems import Problems, choice
from migrate.core.profiles.yamltree import Fields, Items, Null, Text, Tree


@dataclass(frozen=True, slots=True)
class Settings:
    """The profile's ``source`` and ``systems``."""

    system: str = ""
    timezone: str | None = None
    dates: tuple[str, ...] = ()
    date_times: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    systems: Mapping[str, str] = field(default_factory=dict)
    patients: str = ""


@dataclass(frozen=True, slots=True)
class RuleHead:
    """A rule's name, type, table and shape, known before any map is read."""

    name: str
    type: str
    table: str
    slot: str
    shape: str
    place: Place


@dataclass(frozen=True, slots=True)
class TableHead:
    """A table's key and patient column as the profile gives them."""

    key: tuple[str, ...] = ()
    patient: str | None = None
    optional: bool = False


@dataclass(slots=True)
class Checking:
    """One type-check: where mistakes go, and what names there are."""

    problems: Problems
    settings: Settings
    catalogue: Catalogue
    crosswalks: Crosswalks
    heads: Mapping[str, RuleHead] = field(default_factory=dict)
    tables: Mapping[str, TableHead] = field(default_factory=dict)

    def wrong(self, place: Place, message: str, write: str) -> None:
        """PRO012."""
        self.problems.add("PRO012", place, message, write)

    def known_keys(self, fields: Fields, allowed: Sequence[str], where: str) -> None:
        """PRO010 for every key that is not of the language at this place."""
        for entry in fields:
            if entry.key not in allowed:
                self.problems.add(
                    "PRO010",
                    entry.place,
                    f"'{entry.key}' is no word of {where}",
                    choice(entry.key, allowed, shown=20),
                )

    def fields(self, tree: Tree | None, where: str) -> Fields | None:
        """A map; PRO012 for anything else that is there."""
        if tree is None or isinstance(tree, Null):
            return None
        if isinstance(tree, Fields):
            return tree
        self.wrong(tree.place, f"{where} is a map", "'key: value' lines")
        return None

    def text(self, tree: Tree | None, where: str) -> str | None:
        """One text; PRO012 for anything else that is there."""
        if tree is None or isinstance(tree, Null):
            return None
        if isinstance(tree, Text):
            return tree.value
        self.wrong(tree.place, f"{where} is one text", "a single word or quoted text")
        return None

    def items(self, tree: Tree | None) -> tuple[Tree, ...]:
        """A list's items; anything else that is there is a list of one."""
        if tree is None or isinstance(tree, Null):
            return ()
        return tree.items if isinstance(tree, Items) else (tree,)

    def texts(self, tree: Tree | None, where: str) -> tuple[Text, ...]:
        """One text or a list of texts."""
        found = []
        for item in self.items(tree):
            if isinstance(item, Text):
                found.append(item)
            else:
                self.wrong(item.place, f"{where} is a text or a list of texts", "plain texts")
        return tuple(found)

    def values(self, tree: Tree | None, where: str) -> tuple[str, ...]:
        """The texts of :meth:`texts`, without their places."""
        return tuple(text.value for text in self.texts(tree, where))

    def flag(self, tree: Tree | None, where: str) -> bool:
        """``true`` or ``false``."""
        value = self.text(tree, where)
        if value is None or tree is None:
            return False
        if value.lower() not in ("true", "false"):
            self.wrong(tree.place, f"{where} is true or false", "'true' or 'false'")
        return value.lower() == "true"

    def one_of(self, tree: Tree | None, where: str, allowed: Sequence[str]) -> str | None:
        """One of a few words; PRO010 for another one."""
        value = self.text(tree, where)
        if value is None or tree is None or value in allowed:
            return value
        self.problems.add("PRO010", tree.place, f"'{value}' is no {where}", choice(value, allowed))
        return None

    def missing(self, place: Place, key: str, where: str) -> None:
        """PRO016: the language needs this key here."""
        self.problems.add("PRO016", place, f"{where} has no '{key}'", f"'{key}: …'")

    def system_url(self, text: Text) -> str:
        """The URL of an alias of ``systems``, or the URL itself; PRO022 for neither."""
        url = self.settings.systems.get(text.value)
        if url is not None:
            return url
        if ":" not in text.value:
            self.problems.add(
                "PRO022",
                text.place,
                f"'{text.value}' is neither an alias of 'systems' nor a URL",
                choice(text.value, self.settings.systems) + ", or add the alias to 'systems'",
            )
        return text.value
