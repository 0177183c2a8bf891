"""Where money stands in a resource: dotted paths with filters, over JSON read as ``Decimal``.

``item.adjudication.where(category.coding.code = 'submitted').amount.value`` walks lists by
itself, and ``where(…)`` keeps the items that fit. A condition is ``path = 'text'`` or
``path != 'text'``, several joined by ``and``; ``path = 'text'`` holds when any value at the
path is that text. This is the small part of FHIRPath that tie-outs need.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_STEP = re.compile(r"\.?(?:where\((?P<where>[^()]*)\)|(?P<name>[A-Za-z_][A-Za-z0-9_]*))")
_TEST = re.compile(r"^\s*(?P<path>[A-Za-z_][\w.]*)\s*(?P<op>!?=)\s*'(?P<text>[^']*)'\s*$")


class PathError(ValueError):
    """A path or condition that is not of the form above; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of the values at a path with a text."""

    path: tuple[str, ...]
    text: str
    equal: bool

    def holds(self, node: object) -> bool:
        """Whether it is so for this node."""
        found = any(str(value) == self.text for value in _descend(node, self.path))
        return found is self.equal


Step = str | tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class AmountPath:
    """A parsed path and the filter on the whole resource."""

    steps: tuple[Step, ...]
    filters: tuple[Test, ...] = ()

    def amounts(self, resource: object) -> Iterator[Decimal]:
        """The amounts at the path, none when the filter does not fit."""
        if not all(test.holds(resource) for test in self.filters):
            return
        for value in _walk(resource, self.steps):
            if isinstance(value, (Decimal, int)) and not isinstance(value, bool):
                yield Decimal(value)


def amount_path(path: str, where: str | None = None) -> AmountPath:
    """Parse a path and an optional filter. Raises PathError."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None or (at == 0) == path.startswith(".", at):
            raise PathError(f"'{path}' is not a path (near character {at + 1})")
        at = match.end()
        name = match["name"]
        steps.append(name if name is not None else conditions(match["where"]))
    if not steps:
        raise PathError("an empty path")
    return AmountPath(tuple(steps), conditions(where) if where else ())


def conditions(text: str) -> tuple[Test, ...]:
    """Parse ``path = 'text' and …``. Raises PathError."""
    tests = []
    for part in re.split(r"\s+and\s+(?=[A-Za-z_][\w.]*\s*!?=)", text):
        match = _TEST.match(part)
        if match is None:
            raise PathError(f"'{part}' is not of the form: path = 'text'")
        tests.append(Test(tuple(match["path"].split(".")), match["text"], match["op"] == "="))
    return tuple(tests)


def read_exactly(line: bytes) -> object:
    """One JSON line, its numbers as ``Decimal`` with every digit."""
    return json.loads(line, parse_float=Decimal)


def _walk(node: object, steps: tuple[Step, ...]) -> Iterator[object]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(item, steps)
        return
    if not steps:
        yield node
        return
    step, rest = steps[0], steps[1:]
    if isinstance(step, tuple):
        if all(test.holds(node) for test in step):
            yield from _walk(node, rest)
    elif isinstance(node, dict) and step in node:
        yield from _walk(node[step], rest)


def _descend(node: object, names: tuple[str, ...]) -> Iterator[object]:
    yield from _walk(node, names)
