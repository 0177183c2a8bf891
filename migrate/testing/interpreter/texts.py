"""Text as the language page counts it: what is empty, orders, JSON strings."""

from __future__ import annotations

import re
from collections.abc import Mapping

WHITE = " \t\n\r"
_ESCAPED = re.compile('["\\\\\x00-\x1f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

SortKey = tuple[tuple[bool, object], ...]


def filled(text: str | None) -> str | None:
    """The text, or None where it is no value: NULL, empty, or white space only."""
    return text if text is not None and text.strip(WHITE) else None


def last_if_none(value: object) -> tuple[bool, object]:
    """A sort key that puts None last; texts sort by code point."""
    return (value is None, 0 if value is None else value)


def json_string(text: str) -> str:
    """A JSON string ("What comes out")."""
    return '"' + _ESCAPED.sub(lambda found: _escape(found[0]), text) + '"'


def _escape(character: str) -> str:
    return _SHORT.get(character) or f"\\u{ord(character):04X}"


def json_object(members: Mapping[str, str]) -> str:
    """A JSON object of members that are JSON text already."""
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"
