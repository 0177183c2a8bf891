"""Text as the language page counts it: what is empty, normal forms, orders, JSON strings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

WHITE = " \t\n\r"
_PLAIN_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_WHOLE = re.compile(r"([-+]?[0-9]+)\.0*")
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

SortKey = tuple[tuple[bool, object], ...]


def filled(text: str | None) -> str | None:
    """The text, or None where it is no value: NULL, empty, or white space only."""
    return text if text is not None and text.strip(WHITE) else None


def normal_form(form: str, text: str | None) -> str | None:
    """A cell in its declared normal form; a text that has none stays as it is."""
    if text is None:
        return None
    trimmed = text.strip(WHITE)
    if form == "trim":
        return trimmed
    if form == "integer":
        whole = _WHOLE.fullmatch(trimmed)
        return whole[1] if whole else text
    if not _PLAIN_NUMBER.fullmatch(trimmed):
        return text
    places = int(form.removeprefix("decimal(").removesuffix(")"))
    step = Decimal(1).scaleb(-places)
    return f"{Decimal(trimmed).quantize(step, ROUND_HALF_EVEN):f}"


def last_if_none(value: object) -> tuple[bool, object]:
    """A sort key that puts None last; texts sort by code point."""
    return (value is None, 0 if value is None else value)


def json_string(text: str) -> str:
    """A JSON string ("What comes out")."""
    written = []
    for character in text:
        if character in _SHORT:
            written.append(_SHORT[character])
        elif character < " ":
            written.append(f"\\u{ord(character):04X}")
        else:
            written.append(character)
    return '"' + "".join(written) + '"'


def json_object(members: Mapping[str, str]) -> str:
    """A JSON object of members that are JSON text already."""
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"
