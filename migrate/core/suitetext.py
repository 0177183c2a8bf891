"""Reading a suite's YAML into entries, with the place of every mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

SEVERITIES = ("safety", "error", "warning")
_KEYS = ("severity", "threshold", "fields", "settings", "off", "because", "by", "role")

Bounds = tuple[int | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class SuiteText:
    """A suite's YAML; ``path`` is what messages call it."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a suite's text, 1-based."""

    path: str
    line: int
    column: int

    def says(self, message: str) -> str:
        """A mistake at this place."""
        return f"{self.path}:{self.line}:{self.column}: CHK090 {message}"


@dataclass(slots=True)
class Entry:
    """One check of one suite, as written. ``settings`` are (place, value) by name."""

    id: str
    spot: Spot
    severity: str | None = None
    threshold: Bounds | None = None
    fields: dict[str, Bounds] = field(default_factory=dict)
    settings: dict[str, tuple[Spot, object]] = field(default_factory=dict)
    off: bool = False
    because: str = ""
    by: str = ""
    role: str = ""


def read_suite(text: SuiteText, wrong: list[str]) -> list[Entry]:
    """The entries of a suite; mistakes are added to ``wrong``, and reading goes on."""
    try:
        root = YAML(typ="rt", pure=True).compose(text.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        spot = Spot(text.path, mark.line + 1, mark.column + 1) if mark else Spot(text.path, 1, 1)
        wrong.append(spot.says("this is not well-formed YAML; mend the indentation or quotes"))
        return []
    reader = _Reader(text.path, wrong)
    return reader.suite(root)


class _Reader:
    """Walks the nodes of one suite."""

    def __init__(self, path: str, wrong: list[str]) -> None:
        self._path = path
        self._wrong = wrong

    def suite(self, root: Node | None) -> list[Entry]:
        if root is None:
            self._wrong.append(Spot(self._path, 1, 1).says("the suite is empty"))
            return []
        found: list[Entry] = []
        for key, value in self._members(root, "a suite"):
            if key.value == "checks":
                found = [self._entry(name, node) for name, node in self._members(value, "'checks'")]
            elif key.value not in ("suite", "about"):
                self._says(key, f"unknown word '{key.value}'; write suite, about or checks")
        return found

    def _entry(self, name: ScalarNode, node: Node) -> Entry:
        entry = Entry(str(name.value), self._spot(name))
        if isinstance(node, ScalarNode) and node.value in ("", "~", "null"):
            return entry
        for key, value in self._members(node, f"'{name.value}'"):
            word = key.value
            if word == "severity":
                entry.severity = self._one_of(value, SEVERITIES)
            elif word == "threshold":
                entry.threshold = self._bounds(value)
            elif word == "fields":
                for part, bounds in self._members(value, "'fields'"):
                    entry.fields[str(part.value)] = self._bounds(bounds)
            elif word == "settings":
                for part, setting in self._members(value, "'settings'"):
                    entry.settings[str(part.value)] = (self._spot(part), self._plain(setting))
            elif word == "off":
                entry.off = self._one_of(value, ("true", "false")) == "true"
            elif word in ("because", "by", "role"):
                setattr(entry, word, self._text(value))
            else:
                self._says(key, f"unknown word '{word}'; write one of {', '.join(_KEYS)}")
        return entry

    def _bounds(self, node: Node) -> Bounds:
        """``3`` or ``{failed: 3, share: 0.01}``."""
        if isinstance(node, ScalarNode):
            return (self._count(node), None)
        failed: int | None = None
        share: Decimal | None = None
        for key, value in self._members(node, "a threshold"):
            if key.value == "failed":
                failed = self._count(value)
            elif key.value == "share":
                share = self._share(value)
            else:
                self._says(key, f"unknown word '{key.value}'; write failed or share")
        return (failed, share) if failed is not None or share is not None else (0, None)

    def _count(self, node: Node) -> int:
        text = node.value if isinstance(node, ScalarNode) else ""
        if text.isascii() and text.isdigit():
            return int(text)
        self._says(node, "a count of 0 or more is needed here")
        return 0

    def _share(self, node: Node) -> Decimal:
        try:
            share = Decimal(node.value if isinstance(node, ScalarNode) else "x")
        except InvalidOperation:
            share = Decimal("NaN")
        if share.is_finite() and 0 <= share <= 1:
            return share
        self._says(node, "a share between 0 and 1 is needed here (0.01 is one in a hundred)")
        return Decimal(0)

    def _one_of(self, node: Node, words: tuple[str, ...]) -> str | None:
        if isinstance(node, ScalarNode) and node.value in words:
            return str(node.value)
        self._says(node, f"write one of {', '.join(words)}")
        return None

    def _text(self, node: Node) -> str:
        if isinstance(node, ScalarNode):
            return str(node.value).strip()
        self._says(node, "a text is needed here")
        return ""

    def _plain(self, node: Node) -> object:
        if isinstance(node, SequenceNode):
            return [self._plain(item) for item in node.value]
        if isinstance(node, MappingNode):
            return {str(key.value): self._plain(item) for key, item in node.value}
        text, tag = str(node.value), str(node.tag)
        if tag.endswith(":int"):
            return int(text)
        if tag.endswith(":float"):
            return float(text)
        return text == "true" if tag.endswith(":bool") else text

    def _members(self, node: Node, what: str) -> Iterator[tuple[ScalarNode, Node]]:
        if not isinstance(node, MappingNode):
            self._says(node, f"{what} must be a map (name: value)")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._says(key, "a name is needed here")
            elif key.value in seen:
                self._says(key, f"'{key.value}' stands here twice")
            else:
                seen.add(key.value)
                yield key, value

    def _spot(self, node: Node) -> Spot:
        return Spot(self._path, node.start_mark.line + 1, node.start_mark.column + 1)

    def _says(self, node: Node, message: str) -> None:
        self._wrong.append(self._spot(node).says(message))
