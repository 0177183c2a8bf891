"""A case of the safety suite: one entry, the meaning it must have, and where the guide says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Expected = str | int | float | bool | list[str] | list[int] | None


@dataclass(frozen=True, slots=True)
class Case:
    """``entry`` stands in a section of the LOINC code ``section``; it becomes a resource of
    ``type`` in which every path of ``expect`` has that value (None: is not there), or it has the
    fate ``fate`` (``rejected``, ``excluded``) and becomes no such resource at all."""

    name: str
    section: str
    entry: str
    source: str
    type: str
    expect: Mapping[str, Expected] = field(default_factory=dict)
    fate: str = "mapped"
    text: str = "<paragraph>Narrative.</paragraph>"


def values(element: object, path: str) -> list[object]:
    """All values at a dotted path; lists are walked, ``name=value`` keeps the items that match."""
    found: list[object] = [element]
    for step in path.split("."):
        found = [item for each in found for item in _step(each, step)]
    return found


def _step(element: object, step: str) -> Iterator[object]:
    if isinstance(element, list):
        for item in element:
            yield from _step(item, step)
    elif isinstance(element, dict):
        inner = element.get(step)
        yield from inner if isinstance(inner, list) else ([] if inner is None else [inner])
