"""Trees to functions of a node.

A collection is a list of nodes and of plain values (text, truth, number). Functions that R4's
invariants do not use are refused when they are compiled, never when a resource is judged.
"""
# ruff: noqa: ARG005 - the functions of the language share one signature

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from migrate.core.fhirpath.node import Node, Reading
from migrate.core.fhirpath.parse import Tree, parse

Collection = list[Any]
_EXTERNAL = {"ucum": "http://unitsofmeasure.org", "sct": "http://snomed.info/sct"}
_DATES = ("date", "dateTime", "instant")
_LENGTH, _AS_TEXT = ("call", "length", ()), ("call", "toString", ())
_NUMBERS = ("integer", "positiveInt", "unsignedInt", "decimal")


class FhirPathError(Exception):
    """The expression cannot be judged: it is wrong, or uses what is not supported."""


@dataclass(frozen=True, slots=True)
class Context:
    """``read`` gives the values of leaves; ``resource`` and ``root`` are %resource and
    %rootResource; ``functions`` add to the language (``htmlChecks``)."""

    read: Reading
    resource: Node
    root: Node
    functions: Mapping[str, Callable[[Context, Collection], Collection]] = field(
        default_factory=dict
    )


Evaluated = Callable[[Context, Collection, Any], Collection]


@cache
def compiled(expression: str) -> Callable[[Context, Node], bool | None]:
    """A function: what the expression says of a node. None is "empty", which is not false.

    Raises FhirPathError when the expression is not FHIRPath or uses an unknown function.
    """
    try:
        run = _compile(parse(expression))
    except ValueError as error:
        raise FhirPathError(str(error)) from None

    def judge(context: Context, node: Node) -> bool | None:
        return _truth(context, run(context, [node], node))

    return judge


def _value(context: Context, item: Any) -> Any:
    if isinstance(item, Node):
        if item.fixed is not None:
            return item.fixed
        if item.leaf is None:
            return None
        value = context.read(item)
        if item.type in _NUMBERS and isinstance(value, str):
            try:
                return Decimal(value)
            except InvalidOperation:
                return value
        return value
    return item


def _truth(context: Context, items: Collection) -> bool | None:
    if not items:
        return None
    if len(items) > 1:
        raise FhirPathError("several values where one truth is needed")
    value = items[0]
    if isinstance(value, Node) and value.type != "boolean":
        return True
    value = _value(context, value)
    return value if isinstance(value, bool) else True


def _same(context: Context, left: Any, right: Any) -> bool:
    if isinstance(left, Node) and isinstance(right, Node) and not _primitive(left):
        if len(left.members) != len(right.members):
            return False
        return all(
            a.name == b.name and _same(context, a, b)
            for a, b in zip(left.members, right.members, strict=True)
        )
    return bool(_value(context, left) == _value(context, right))


def _primitive(node: Node) -> bool:
    return node.has_value


def _compile(tree: Tree) -> Evaluated:
    kind = tree[0]
    if kind == "literal":
        return lambda c, items, this: [tree[1]]
    if kind == "empty":
        return lambda c, items, this: []
    if kind == "this":
        return lambda c, items, this: [this]
    if kind == "external":
        return _external(tree[1])
    if kind == "name":
        return _member(tree[1])
    if kind == "call":
        return _call(tree[1], tree[2])
    if kind == "dot" and tree[2] == _LENGTH and tree[1][0] == "dot" and tree[1][2] == _AS_TEXT:
        return _text_length(_compile(tree[1][1]))
    if kind == "dot":
        left, right = _compile(tree[1]), _compile(tree[2])
        return lambda c, items, this: right(c, left(c, items, this), this)
    if kind == "index":
        left, place = _compile(tree[1]), _compile(tree[2])
        return lambda c, items, this: left(c, items, this)[place(c, items, this)[0] :][:1]
    if kind == "type":
        return _typed(tree[1], _compile(tree[2]), tree[3])
    if kind == "minus":
        inner = _compile(tree[1])
        return lambda c, items, this: [-inner(c, items, this)[0]]
    return _binary(tree[1], _compile(tree[2]), _compile(tree[3]))


def _text_length(inner: Evaluated) -> Evaluated:
    """``toString().length()`` of dates, without reading which date it is."""

    def run(context: Context, items: Collection, this: Any) -> Collection:
        found = inner(context, items, this)
        if not found:
            return []
        node = found[0]
        if isinstance(node, Node) and node.leaf is not None and node.type in _DATES:
            return [context.read.length(node)]
        return [len(str(_value(context, node)))]

    return run


def _external(name: str) -> Evaluated:
    if name in _EXTERNAL:
        return lambda c, items, this: [_EXTERNAL[name]]
    if name == "resource":
        return lambda c, items, this: [c.resource]
    if name == "rootResource":
        return lambda c, items, this: [c.root]
    if name == "context":
        return lambda c, items, this: [this]
    raise FhirPathError(f"unknown %{name}")


def _member(name: str) -> Evaluated:
    def step(_: Context, items: Collection, __: Any) -> Collection:
        found: Collection = []
        for item in items:
            if isinstance(item, Node):
                if item.type == name and name[0].isupper():
                    found.append(item)
                else:
                    found += item.named(name)
        return found

    return step


def _is(item: Any, name: str) -> bool:
    if isinstance(item, Node):
        kinds = (item.type, item.declared)
    else:
        kinds = (
            {bool: "Boolean", str: "String", int: "Integer", Decimal: "Decimal"}[type(item)],
            "",
        )
    return name in kinds or name[:1].lower() + name[1:] in kinds


def _typed(operator: str, left: Evaluated, name: str) -> Evaluated:
    if operator == "is":
        return lambda c, items, this: [_is(item, name) for item in left(c, items, this)[:1]]
    return lambda c, items, this: [item for item in left(c, items, this) if _is(item, name)]


def _binary(operator: str, left: Evaluated, right: Evaluated) -> Evaluated:
    if operator in _LOGIC:
        logic = _LOGIC[operator]
        return lambda c, items, this: logic(
            _truth(c, left(c, items, this)), lambda: _truth(c, right(c, items, this))
        )
    combine = _OPERATORS[operator]
    return lambda c, items, this: combine(c, left(c, items, this), right(c, items, this))


Lazy = Callable[[], bool | None]


def _and(left: bool | None, right: Lazy) -> Collection:
    if left is False:
        return [False]
    other = right()
    if other is False:
        return [False]
    return [] if left is None or other is None else [True]


def _or(left: bool | None, right: Lazy) -> Collection:
    if left is True:
        return [True]
    other = right()
    if other is True:
        return [True]
    return [] if left is None or other is None else [False]


def _implies(left: bool | None, right: Lazy) -> Collection:
    return [True] if left is False else _or(None if left is None else False, right)


def _xor(left: bool | None, right: Lazy) -> Collection:
    other = right()
    return [] if left is None or other is None else [left is not other]


_LOGIC: dict[str, Callable[[bool | None, Lazy], Collection]] = {
    "and": _and,
    "or": _or,
    "implies": _implies,
    "xor": _xor,
}


def _equal(context: Context, left: Collection, right: Collection) -> Collection:
    if not left or not right:
        return []
    return [
        len(left) == len(right)
        and all(_same(context, a, b) for a, b in zip(left, right, strict=True))
    ]


def _unequal(context: Context, left: Collection, right: Collection) -> Collection:
    return [not answer for answer in _equal(context, left, right)]


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Context, Collection, Collection], Any]:
    def combine(context: Context, left: Collection, right: Collection) -> Collection:
        if not left or not right:
            return []
        pair = _ordered(context, left[0], right[0])
        return [] if pair is None else [test(*pair)]

    return combine


def _ordered(context: Context, left: Any, right: Any) -> tuple[Any, Any] | None:
    """Two values that can be compared; None where the answer is unknown (empty)."""
    if isinstance(left, Node) and isinstance(right, Node) and not left.has_value:
        units = [node.named("code") or node.named("unit") for node in (left, right)]
        if bool(units[0]) != bool(units[1]) or (
            units[0] and not _same(context, units[0][0], units[1][0])
        ):
            return None
        values = [node.named("value") for node in (left, right)]
        return _ordered(context, values[0][0], values[1][0]) if all(values) else None
    a, b = _value(context, left), _value(context, right)
    if a is None or b is None:
        return None
    if isinstance(a, str) and isinstance(b, str):
        return moments(a, b)
    if isinstance(a, str) or isinstance(b, str):
        return None
    return a, b


def moments(left: str, right: str) -> tuple[str, str] | None:
    """Two dates or instants as texts that sort; None where their precisions leave it open."""
    from datetime import UTC, datetime

    if "T" in left and "T" in right:
        try:
            a, b = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (left, right))
        except ValueError:
            return left, right
        if (a.tzinfo is None) != (b.tzinfo is None):
            return None
        if a.tzinfo is not None:
            a, b = a.astimezone(UTC), b.astimezone(UTC)
        return a.isoformat(), b.isoformat()
    both = min(len(left.split("T")[0]), len(right.split("T")[0]))
    if left[:both] != right[:both]:
        return left[:both], right[:both]
    return (left, right) if len(left) == len(right) else None


def _membership(context: Context, left: Collection, right: Collection) -> Collection:
    return [any(_same(context, left[0], item) for item in right)] if left else []


def _union(context: Context, left: Collection, right: Collection) -> Collection:
    found: Collection = []
    for item in left + right:
        if not any(_same(context, item, known) for known in found):
            found.append(item)
    return found


def _reckon(work: Callable[[Any, Any], Any]) -> Callable[[Context, Collection, Collection], Any]:
    def combine(context: Context, left: Collection, right: Collection) -> Collection:
        if not left or not right:
            return []
        a, b = _value(context, left[0]), _value(context, right[0])
        return [] if isinstance(a, str) != isinstance(b, str) else [work(a, b)]

    return combine


def _joined(context: Context, left: Collection, right: Collection) -> Collection:
    texts = [str(_value(context, part[0])) if part else "" for part in (left, right)]
    return ["".join(texts)]


_OPERATORS: dict[str, Callable[[Context, Collection, Collection], Collection]] = {
    "=": _equal,
    "!=": _unequal,
    "<": _compare(lambda a, b: a < b),
    ">": _compare(lambda a, b: a > b),
    "<=": _compare(lambda a, b: a <= b),
    ">=": _compare(lambda a, b: a >= b),
    "in": _membership,
    "contains": lambda c, left, right: _membership(c, right, left),
    "|": _union,
    "+": _reckon(lambda a, b: a + b),
    "-": _reckon(lambda a, b: a - b),
    "*": _reckon(lambda a, b: a * b),
    "div": _reckon(lambda a, b: a // b),
    "mod": _reckon(lambda a, b: a % b),
    "&": _joined,
}


def _call(name: str, arguments: tuple[Tree, ...]) -> Evaluated:
    if name in ("ofType", "is", "as"):
        type_name = arguments[0][1] if arguments[0][0] == "name" else arguments[0][2][1]
        here: Evaluated = lambda c, items, this: items  # noqa: E731
        return _typed("is" if name == "is" else "as", here, type_name)
    inner = [_compile(argument) for argument in arguments]
    if name in _EACH:
        each = _EACH[name]
        test = inner[0] if inner else None
        return lambda c, items, this: each(c, items, test)
    if name == "iif":
        return lambda c, items, this: (
            inner[1](c, items, this)
            if _truth(c, inner[0](c, items, this)) is True
            else (inner[2](c, items, this) if len(inner) > 2 else [])
        )
    if name not in _FUNCTIONS and name not in ("htmlChecks",):
        raise FhirPathError(f"unknown function {name}()")

    def run(context: Context, items: Collection, this: Any) -> Collection:
        if name in context.functions:
            return context.functions[name](context, items)
        given = [argument(context, [this], this) for argument in inner]
        return _FUNCTIONS[name](context, items, given)

    return run


Test = Evaluated | None


def _where(context: Context, items: Collection, test: Test) -> Collection:
    assert test is not None
    return [item for item in items if _truth(context, test(context, [item], item)) is True]


def _exists(context: Context, items: Collection, test: Test) -> Collection:
    return [bool(items if test is None else _where(context, items, test))]


def _all(context: Context, items: Collection, test: Test) -> Collection:
    assert test is not None
    return [all(_truth(context, test(context, [item], item)) is True for item in items)]


def _select(context: Context, items: Collection, test: Test) -> Collection:
    assert test is not None
    return [part for item in items for part in test(context, [item], item)]


def _not(context: Context, items: Collection, _: list[Collection]) -> Collection:
    return [not _truth(context, items)] if items else []


def _text(test: Callable[[str, list[Any]], Any]) -> Callable[..., Collection]:
    """A function of one text and plain arguments."""

    def run(context: Context, items: Collection, given: list[Collection]) -> Collection:
        if not items:
            return []
        plain = [_value(context, argument[0]) if argument else None for argument in given]
        value = _value(context, items[0])
        if value is None:
            return []
        answer = test(value if isinstance(value, str) else str(value), plain)
        return [] if answer is None else [answer]

    return run


def _children(_: Context, items: Collection, __: list[Collection]) -> Collection:
    return [member for item in items if isinstance(item, Node) for member in item.members]


def _descendants(_: Context, items: Collection, __: list[Collection]) -> Collection:
    return [part for item in items if isinstance(item, Node) for part in item.descendants()]


def _distinct(context: Context, items: Collection, _: list[Collection]) -> Collection:
    return [
        not any(_same(context, a, b) for place, a in enumerate(items) for b in items[place + 1 :])
    ]


def _extensions(context: Context, items: Collection, given: list[Collection]) -> Collection:
    wanted = _value(context, given[0][0]) if given[0] else None
    held = [part for item in items if isinstance(item, Node) for part in item.named("extension")]
    return [part for part in held if any(_value(context, u) == wanted for u in part.named("url"))]


def _repeat(context: Context, items: Collection, test: Test) -> Collection:
    found, waiting = [], list(items)
    while waiting:
        new = _select(context, waiting, test)
        found += new
        waiting = new
    return found


def _intersect(context: Context, items: Collection, given: list[Collection]) -> Collection:
    return [item for item in items if any(_same(context, item, other) for other in given[0])]


_FUNCTIONS: dict[str, Callable[[Context, Collection, list[Collection]], Collection]] = {
    "empty": lambda c, items, given: [not items],
    "not": _not,
    "count": lambda c, items, given: [len(items)],
    "first": lambda c, items, given: items[:1],
    "tail": lambda c, items, given: items[1:],
    "hasValue": lambda c, items, given: [
        len(items) == 1 and (not isinstance(items[0], Node) or items[0].has_value)
    ],
    "trace": lambda c, items, given: items,
    "resolve": lambda c, items, given: [],
    "children": _children,
    "descendants": _descendants,
    "isDistinct": _distinct,
    "intersect": _intersect,
    "combine": lambda c, items, given: items + given[0],
    "startsWith": _text(lambda text, given: text.startswith(str(given[0]))),
    "contains": _text(lambda text, given: str(given[0]) in text),
    "matches": _text(lambda text, given: re.search(str(given[0]), text) is not None),
    "length": _text(lambda text, given: len(text)),
    "substring": _text(
        lambda text, given: text[int(given[0]) :][: int(given[1]) if len(given) > 1 else None]
    ),
    "extension": _extensions,
    "allTrue": lambda c, items, given: [all(_truth(c, [item]) is True for item in items)],
    "toString": _text(lambda text, given: text),
    "toInteger": _text(lambda text, given: int(text) if text.lstrip("-").isdigit() else None),
    "replaceMatches": _text(lambda text, given: re.sub(str(given[0]), str(given[1]), text)),
}

_EACH: dict[str, Callable[[Context, Collection, Test], Collection]] = {
    "where": _where,
    "exists": _exists,
    "all": _all,
    "select": _select,
    "repeat": _repeat,
}
