"""A line's pieces, and the tree that its pieces make: what a shape is compiled from.

A line is split at its quotation marks: every second piece is a text (a member's name or a value),
those between are structure and numbers. Escaped marks are put out of the way before. The same
reading gives the key of the shape; it is strict JSON, and keeps order and doubled names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_PART = re.compile(rb"[ \t\r\n]*([{}\[\]:,]|" + _NUMBER.encode() + rb"|true|false|null)")
NUMBERS = re.compile(rb"-?[0-9][0-9.eE+\-]*")
_SHAPES = {"text": "t", "number": "n"}
_CONTROL = re.compile(r"[\x00-\x1f]")
_QUOTED, _SLASHED = b"\x02", b"\x01"


class NotJson(Exception):
    """The line is not JSON."""


@dataclass(slots=True)
class Raw:
    """A JSON value: ``kind`` is object, list, text, number, true, false or null.

    ``place`` is the piece that holds a text or number or opens an object, ``nth`` which of the
    numbers there it is; ``names`` and ``parts`` are the members or items. ``shape`` is what it
    has, without texts and numbers.
    """

    kind: str
    place: int
    nth: int = 0
    names: list[str] = field(default_factory=list)
    parts: list[Raw] = field(default_factory=list)
    shape: str = ""


def pieces(line: bytes) -> list[bytes] | None:
    """The pieces of a line; None where it cannot be JSON."""
    if b"\\" not in line:
        return line.split(b'"')
    if _QUOTED in line or _SLASHED in line:
        return None
    return line.replace(b"\\\\", _SLASHED * 2).replace(b'\\"', _QUOTED).split(b'"')


def text_of(piece: bytes) -> str:
    """The text that a piece stands for. Raises NotJson."""
    if b"\\" not in piece and _QUOTED not in piece and _SLASHED not in piece:
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            raise NotJson from None
        if _CONTROL.search(text):
            raise NotJson
        return text
    import json

    written = piece.replace(_QUOTED, b'\\"').replace(_SLASHED * 2, b"\\\\")
    try:
        return str(json.loads(b'"' + written + b'"'))
    except ValueError:
        raise NotJson from None


def number_of(piece: bytes, nth: int) -> bytes:
    """The digits of the nth number of a piece."""
    return [match[0] for match in NUMBERS.finditer(piece)][nth]


@lru_cache(4096)
def _structure(piece: bytes) -> tuple[tuple[str, int], ...]:
    """The tokens of a piece between texts, numbers counted."""
    found: list[tuple[str, int]] = []
    at, nth = 0, 0
    piece = piece.rstrip(b" \t\r\n")
    while at < len(piece):
        match = _PART.match(piece, at)
        if match is None:
            raise NotJson
        token = match[1].decode()
        number = token[0] in "-0123456789"
        found.append(("number" if number else token, nth))
        nth += number
        at = match.end()
    return tuple(found)


_name_of = lru_cache(4096)(text_of)


class _Parser:
    def __init__(self, parts: Sequence[bytes]) -> None:
        self.tokens: list[tuple[str, int, int]] = []
        if len(parts) % 2 == 0:
            raise NotJson
        for place, piece in enumerate(parts):
            if place % 2:
                self.tokens.append(("text", place, 0))
            elif piece:
                self.tokens += [(kind, place, nth) for kind, nth in _structure(piece)]
        self.parts = parts
        self.at = 0

    def take(self, *kinds: str) -> tuple[str, int, int]:
        if self.at >= len(self.tokens) or (kinds and self.tokens[self.at][0] not in kinds):
            raise NotJson
        self.at += 1
        return self.tokens[self.at - 1]

    def value(self, depth: int = 0) -> Raw:
        kind, place, nth = self.take()
        if depth > 200:
            raise NotJson
        if kind == "{":
            return self._object(place, depth)
        if kind == "[":
            return self._list(place, depth)
        if kind not in ("text", "number", "true", "false", "null"):
            raise NotJson
        return Raw(kind, place, nth, shape=_SHAPES.get(kind, kind))

    def _object(self, place: int, depth: int) -> Raw:
        raw = Raw("object", place, shape="{}")
        if self.tokens[self.at : self.at + 1] and self.tokens[self.at][0] == "}":
            self.at += 1
            return raw
        while True:
            _, name, _ = self.take("text")
            self.take(":")
            raw.names.append(_name_of(self.parts[name]))
            raw.parts.append(self.value(depth + 1))
            if self.take(",", "}")[0] == "}":
                inside = zip(raw.names, raw.parts, strict=True)
                raw.shape = f"{{{','.join([f'{name}:{part.shape}' for name, part in inside])}}}"
                return raw

    def _list(self, place: int, depth: int) -> Raw:
        raw = Raw("list", place, shape="[]")
        if self.tokens[self.at : self.at + 1] and self.tokens[self.at][0] == "]":
            self.at += 1
            return raw
        while True:
            raw.parts.append(self.value(depth + 1))
            if self.take(",", "]")[0] == "]":
                raw.shape = f"[{','.join([part.shape for part in raw.parts])}]"
                return raw


def parse(parts: Sequence[bytes]) -> Raw:
    """The tree of a line's pieces. Raises NotJson."""
    parser = _Parser(parts)
    raw = parser.value()
    if parser.at != len(parser.tokens):
        raise NotJson
    return raw
