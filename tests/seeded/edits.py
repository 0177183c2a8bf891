"""The edits that put a wrong into a resource: one word of ``do`` in fhir.yml each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson

MISSING = object()


def at(document: Any, path: str) -> Any:
    """What stands at a path (``name.0.given``), or MISSING."""
    for step in path.split("."):
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return MISSING
    return document


def put(document: Any, path: str, value: Any) -> None:
    """Put a value at a path; objects on the way are made."""
    *way, last = path.split(".")
    for step in way:
        document = (
            document[int(step)] if isinstance(document, list) else document.setdefault(step, {})
        )
    document[int(last) if isinstance(document, list) else last] = value


def drop(document: Any, path: str) -> None:
    """Take away what stands at a path."""
    *way, last = path.split(".")
    inside = at(document, ".".join(way)) if way else document
    del inside[int(last) if isinstance(inside, list) else last]


def fits(document: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Whether a resource has these values: None is any, ``!`` is none."""
    for path, wanted in where.items():
        found = at(document, path)
        if wanted == "!":
            if found is not MISSING:
                return False
        elif found is MISSING or (wanted is not None and found != wanted):
            return False
    return True


def edited(line: bytes, do: Any, other: Mapping[str, Any] | None) -> list[bytes]:
    """The lines that stand for one line after the edit."""
    if do == "remove":
        return []
    if do == "half":
        return [line[: len(line) // 2]]
    if do == "twin":
        return [line, line]
    document = orjson.loads(line)
    if do == "copy":
        return [line, orjson.dumps({**document, "id": copied(document["id"])})]
    before = deepcopy(document)
    ((word, what),) = do.items()
    _WORDS[word](document, what, other)
    assert document != before, f"{word} changed nothing"
    return [orjson.dumps(document)]


def copied(name: str) -> str:
    """The id of a copy."""
    return name[:-3] + "cpy"


def needed(do: Any) -> list[str]:
    """The paths without which the edit has nothing to change."""
    if not isinstance(do, dict):
        return []
    ((word, what),) = do.items()
    return [] if word == "set" else list(what)


def alters(document: Mapping[str, Any], do: Any) -> bool:
    """Whether a date is exact enough to be another one after a shift."""
    if not isinstance(do, dict) or "shift" not in do:
        return True
    moved = deepcopy(dict(document))
    _shift(moved, do["shift"], None)
    return moved != document


def differs(document: Mapping[str, Any], other: Mapping[str, Any], do: Any) -> bool:
    """Whether every value that ``do`` takes from another resource is another one."""
    if not isinstance(do, dict) or "other" not in do:
        return True
    pairs = [(at(document, path), at(other, path)) for path in do["other"]]
    return all(a is not MISSING and b is not MISSING and a != b for a, b in pairs)


def _set(document: Any, what: Mapping[str, Any], _: Any) -> None:
    for path, value in what.items():
        put(document, path, value)


def _other(document: Any, what: list[str], other: Any) -> None:
    for path in what:
        put(document, path, at(other, path))


def _drop(document: Any, what: list[str], _: Any) -> None:
    for path in what:
        drop(document, path)


def _shift(document: Any, what: Mapping[str, int], _: Any) -> None:
    for path, days in what.items():
        text = at(document, path)
        whole = (text + "-01-01")[:10] if len(text) == 4 else (text + "-01")[:10]
        moved = date.fromisoformat(whole) + timedelta(days=days)
        put(document, path, moved.isoformat()[: len(text)] + text[10:])


def _times(document: Any, what: Mapping[str, float], _: Any) -> None:
    for path, factor in what.items():
        put(document, path, float(Decimal(str(at(document, path))) * Decimal(str(factor))))


def _plus(document: Any, what: Mapping[str, str], _: Any) -> None:
    for path, amount in what.items():
        put(document, path, float(Decimal(str(at(document, path))) + Decimal(amount)))


def _cut(document: Any, what: Mapping[str, int], _: Any) -> None:
    for path, length in what.items():
        put(document, path, at(document, path)[:length])


def _append(document: Any, what: Mapping[str, str], _: Any) -> None:
    for path, text in what.items():
        put(document, path, at(document, path) + text)


def _zone(document: Any, what: Mapping[str, str], _: Any) -> None:
    for path, offset in what.items():
        put(document, path, at(document, path)[:19] + offset)


def _swap(document: Any, what: list[str], _: Any) -> None:
    one, two = (at(document, path) for path in what)
    put(document, what[0], two)
    put(document, what[1], one)


_WORDS: Mapping[str, Callable[[Any, Any, Any], None]] = {
    "set": _set,
    "other": _other,
    "drop": _drop,
    "shift": _shift,
    "times": _times,
    "plus": _plus,
    "cut": _cut,
    "append": _append,
    "zone": _zone,
    "swap": _swap,
}
