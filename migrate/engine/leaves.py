"""The leaves of resources: every text, number and truth value, with its address."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pyarrow as pa

_SCHEMA = pa.schema([("id", pa.string()), ("p", pa.string())])
_APART = frozenset({"$.resourceType", "$.id"})


def leaves_of(lines: Sequence[bytes]) -> pa.Table:
    """(id, p) of every leaf of these JSON lines, type and id apart: ``$.name[0].family``."""
    ids: list[str] = []
    places: list[str] = []
    for line in lines:
        resource = orjson.loads(line)
        found: list[str] = []
        _walk(resource, "$", found)
        found = [place for place in found if place not in _APART]
        ids += [str(resource.get("id"))] * len(found)
        places += found
    return pa.table([ids, places], schema=_SCHEMA)


def _walk(value: object, at: str, found: list[str]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _walk(inner, f"{at}.{name}", found)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _walk(inner, f"{at}[{place}]", found)
    elif value is not None:
        found.append(at)
