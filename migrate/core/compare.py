"""Is what the target holds what was sent? Field by field, with the declared differences apart.

A server may rewrite some forms without changing the meaning; those are listed here and counted.
Everything else is a finding. Only element paths leave this module, never a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from migrate.core.attachments import same_bytes

Kind = Literal[
    "changed",
    "missing",
    "added",
    "meta",
    "narrative",
    "decimal form",
    "instant form",
    "base64 form",
]
DECLARED: Mapping[str, str] = {
    "meta": "the server's own version, time of change and source suffix in `meta`",
    "narrative": "a narrative that the server made where none was sent",
    "decimal form": "the same number with other trailing zeros or an exponent",
    "instant form": "the same instant in another time zone or with other fractional zeros",
    "base64 form": "the same bytes of an attachment, with other line breaks in their base64",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One element that is not as it was sent; ``path`` is its FHIR path with indexes."""

    path: str
    kind: Kind

    @property
    def declared(self) -> bool:
        """Whether it is a rewriting that changes nothing in meaning."""
        return self.kind in DECLARED


def differences(sent: bytes, held: bytes) -> list[Difference]:
    """All differences between two JSON resources; the same bytes have none.

    A held text that is no JSON object is one 'changed' of the whole resource.
    """
    if sent == held:
        return []
    wanted = _parsed(sent)
    try:
        found = _parsed(held)
    except ValueError:
        found = None
    kind = wanted.get("resourceType") if isinstance(wanted, dict) else None
    root = kind if isinstance(kind, str) else "Resource"
    if not isinstance(found, dict):
        return [Difference(root, "changed")]
    return list(_compare(root, root, wanted, found))


def same(sent: bytes, held: bytes | None) -> bool:
    """Whether nothing but declared differences lies between what was sent and what is held."""
    if held is None:
        return False
    return sent == held or all(one.declared for one in differences(sent, held))


def _parsed(raw: bytes) -> object:
    return json.loads(raw, parse_float=Decimal, parse_int=Decimal)


def _compare(root: str, path: str, sent: object, held: object) -> Iterator[Difference]:
    if isinstance(sent, dict) and isinstance(held, dict):
        yield from _objects(root, path, sent, held)
    elif isinstance(sent, list) and isinstance(held, list):
        for position in range(max(len(sent), len(held))):
            place = f"{path}[{position}]"
            if position >= len(held):
                yield Difference(place, "missing")
            elif position >= len(sent):
                yield Difference(place, "added")
            else:
                yield from _compare(root, place, sent[position], held[position])
    elif (kind := _scalar(root, path, sent, held)) is not None:
        yield Difference(path, kind)


def _objects(
    root: str, path: str, sent: Mapping[str, object], held: Mapping[str, object]
) -> Iterator[Difference]:
    for name in sorted(sent.keys() | held.keys()):
        place = f"{path}.{name}"
        if name not in held:
            yield Difference(place, "missing")
        elif name not in sent:
            yield from _added(root, path, name, held[name])
        elif name == "data" and "contentType" in sent and same_bytes(sent[name], held[name]):
            if sent[name] != held[name]:
                yield Difference(place, "base64 form")
        else:
            yield from _compare(root, place, sent[name], held[name])


def _added(root: str, path: str, name: str, held: object) -> Iterator[Difference]:
    place = f"{path}.{name}"
    if path == root and name == "meta" and isinstance(held, dict):
        yield from _objects(root, place, {}, held)
    elif path == f"{root}.meta" and name in ("versionId", "lastUpdated", "source"):
        yield Difference(place, "meta")
    elif path == root and name == "text":
        yield Difference(place, "narrative")
    else:
        yield Difference(place, "added")


def _scalar(root: str, path: str, sent: object, held: object) -> Kind | None:
    """None where two scalars are the same, else what lies between them."""
    if isinstance(sent, Decimal) and isinstance(held, Decimal):
        if sent.as_tuple() == held.as_tuple():
            return None
        return "decimal form" if sent == held else "changed"
    if type(sent) is not type(held):
        return "changed"
    if sent == held:
        return None
    if isinstance(sent, str) and isinstance(held, str):
        if path == f"{root}.meta.source" and held.split("#")[0] == sent.split("#")[0]:
            return "meta"
        if path in (f"{root}.meta.versionId", f"{root}.meta.lastUpdated"):
            return "meta"
        if _instant(sent) is not None and _instant(sent) == _instant(held):
            return "instant form"
    return "changed"


def _instant(text: str) -> datetime | None:
    """The moment of a FHIR instant or dateTime with a zone; None for every other text."""
    if len(text) < 20 or text[10] != "T":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
