"""Expressions to trees: nested tuples ``(kind, …)``.

Kinds: ``name`` (text), ``call`` (name, arguments), ``dot`` (left, right), ``index`` (left, right),
``binary`` (operator, left, right), ``literal`` (value), ``external`` (name), ``this``, ``empty``,
``minus`` (operand) and ``type`` (operator, left, type name).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any

Tree = tuple[Any, ...]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^'\\]|\\.)*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*|`[^`]+`|\$[a-z]+)|(?P<external>%[A-Za-z0-9_\-]+|%'[^']+')"
    r"|(?P<sign><=|>=|!=|!~|[-+*/&|=~<>.,()\[\]{}]))"
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
_BINARY = (
    ("implies",),
    ("or", "xor"),
    ("and",),
    ("in", "contains"),
    ("=", "!=", "~", "!~"),
    ("<", ">", "<=", ">="),
    ("|",),
    ("is", "as"),
    ("+", "-", "&"),
    ("*", "/", "div", "mod"),
)


class _Reader:
    """Recursive descent, a level of precedence a call, the loosest first."""

    def __init__(self, expression: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place, text = 0, expression.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise ValueError(f"not FHIRPath at {place}")
            self._tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            place = match.end()
        self._at = 0

    def whole(self) -> Tree:
        tree = self._level(0)
        if self._at != len(self._tokens):
            raise ValueError("not FHIRPath to its end")
        return tree

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, expected: str | None = None) -> tuple[str, str]:
        if self._at >= len(self._tokens) or (expected and self._peek() != expected):
            raise ValueError(f"not FHIRPath: {expected or 'a term'} is missing")
        self._at += 1
        return self._tokens[self._at - 1]

    def _level(self, level: int) -> Tree:
        if level == len(_BINARY):
            return self._unary()
        left = self._level(level + 1)
        while self._peek() in _BINARY[level]:
            operator = self._take()[1]
            if operator in ("is", "as"):
                left = ("type", operator, left, self._type_name())
            else:
                left = ("binary", operator, left, self._level(level + 1))
        return left

    def _type_name(self) -> str:
        name = self._take()[1]
        while self._peek() == ".":
            self._take()
            name = self._take()[1]
        return name

    def _unary(self) -> Tree:
        if self._peek() == "-":
            self._take()
            return ("minus", self._unary())
        return self._steps()

    def _steps(self) -> Tree:
        left = self._term()
        while self._peek() in (".", "["):
            if self._take()[1] == ".":
                left = ("dot", left, self._invocation())
            else:
                left = ("index", left, self._level(0))
                self._take("]")
        return left

    def _term(self) -> Tree:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if text == "(":
            self._take()
            inside = self._level(0)
            self._take(")")
            return inside
        if text == "{":
            self._take()
            self._take("}")
            return ("empty",)
        if kind == "number":
            self._take()
            return ("literal", Decimal(text) if "." in text else int(text))
        if kind == "text":
            self._take()
            return ("literal", _unescaped(text[1:-1]))
        if kind == "external":
            self._take()
            return ("external", text[1:].strip("'"))
        if text in ("true", "false"):
            self._take()
            return ("literal", text == "true")
        return self._invocation()

    def _invocation(self) -> Tree:
        kind, text = self._take()
        if kind != "name":
            raise ValueError("not FHIRPath: a name is missing")
        if text == "$this":
            return ("this",)
        if self._peek() != "(":
            return ("name", text.strip("`"))
        self._take()
        arguments: list[Tree] = []
        while self._peek() != ")":
            arguments.append(self._level(0))
            if self._peek() == ",":
                self._take()
        self._take(")")
        return ("call", text, tuple(arguments))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text)


@cache
def parse(expression: str) -> Tree:
    """The tree of an expression. Raises ValueError when it is not FHIRPath."""
    return _Reader(expression).whole()
