"""Bundles: made out of writes, and every entry's own answer read out of the response. Pure.

An entry is believed only where it can be told whose answer it is: by the location it names, or by
its place when all located entries stand in theirs. Everything else is "unknown".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import orjson

from migrate.core.ports import Receipt, Stored, Write

Ref = tuple[str, str]
Kind = Literal["transaction", "batch"]
NEVER = 'W/"0"'
IN_BUNDLE = {"If-Match": "ifMatch", "If-None-Match": "ifNoneMatch"}
_PLACE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})(?:/_history/([^/?#]+))?/?$")
_TAG = re.compile(r'^(?:W/)?"(.*)"$')
PATIENCE = frozenset({"408", "425", "429", "500", "502", "503", "504"})


class NoBundle(ValueError):
    """The answer is no bundle that can be read."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How the server is told that a write is conditional: by the headers that it honours.

    ``never_version``: that nothing may be there yet is said by If-Match of a version that never is.
    """

    if_match: bool
    if_none_match: bool
    never_version: bool = False

    def conditions(self, write: Write) -> dict[str, str]:
        """The header, or none, that makes this write conditional on what its plan saw."""
        if write.if_version is not None:
            return {"If-Match": f'W/"{write.if_version}"'} if self.if_match else {}
        if write.op == "delete":
            return {}
        if self.if_none_match:
            return {"If-None-Match": "*"}
        return {"If-Match": NEVER} if self.never_version else {}


def writing(kind: Kind, writes: Sequence[Write], sent: Sent) -> bytes:
    """The bundle of these writes; contents go in byte for byte."""
    entries = []
    for one in writes:
        request: dict[str, str] = {
            "method": "DELETE" if one.op == "delete" else "PUT",
            "url": f"{one.type}/{one.id}",
        }
        request |= {IN_BUNDLE[name]: value for name, value in sent.conditions(one).items()}
        resource = b"" if one.content is None else b'"resource":' + one.content + b","
        entries.append(b"{" + resource + b'"request":' + orjson.dumps(request) + b"}")
    return bundled(kind, entries)


def reading(refs: Sequence[Ref]) -> bytes:
    """The batch that reads these resources."""
    return asking([f"{kind}/{identity}" for kind, identity in refs])


def asking(urls: Sequence[str]) -> bytes:
    """The batch of these GETs."""
    return bundled(
        "batch", [b'{"request":' + orjson.dumps({"method": "GET", "url": u}) + b"}" for u in urls]
    )


def bundled(kind: Kind, entries: Sequence[bytes]) -> bytes:
    """The bundle of these entries, which are JSON already."""
    head = b'{"resourceType":"Bundle","type":"' + kind.encode() + b'","entry":['
    return head + b",".join(entries) + b"]}"


def parsed(body: bytes) -> dict[str, object]:
    """A JSON object; numbers stay as they were written. Raises NoBundle."""
    try:
        found = json.loads(body, parse_float=orjson.Fragment, parse_int=_whole)
    except (ValueError, RecursionError):
        raise NoBundle from None
    if not isinstance(found, dict):
        raise NoBundle
    return found


def _whole(text: str) -> object:
    return int(text) if len(text) < 18 else orjson.Fragment(text)


def entries(body: bytes) -> list[Mapping[str, object]]:
    """The entries of a response bundle. Raises NoBundle for everything else."""
    found = parsed(body)
    listed = found.get("entry", [])
    if found.get("resourceType") != "Bundle" or not isinstance(listed, list):
        raise NoBundle
    return [one if isinstance(one, dict) else {} for one in listed]


def receipts(writes: Sequence[Write], answers: Sequence[Mapping[str, object]]) -> list[Receipt]:
    """A receipt for each write, in their order; 'unknown' where no answer is surely its own."""
    refs = [(one.type, one.id) for one in writes]
    mine = _matched(refs, [_located(one) for one in answers])
    found = []
    for write, place in zip(writes, mine, strict=True):
        if place is None:
            found.append(Receipt(write.type, write.id, "unknown", None, "no answer of its own"))
        else:
            response = _part(answers[place], "response")
            found.append(judged(write, _status(response), _version_of(response)))
    return found


def _matched(refs: Sequence[Ref], located: Sequence[Ref | None]) -> list[int | None]:
    """The place of each one's answer: of the one entry that names it, or its own place."""
    in_place = len(refs) == len(located) and all(
        there is None or there == ref for ref, there in zip(refs, located, strict=True)
    )
    if in_place:
        return list(range(len(refs)))
    places: dict[Ref, list[int]] = {}
    for place, there in enumerate(located):
        if there is not None:
            places.setdefault(there, []).append(place)
    return [only[0] if len(only := places.get(ref, [])) == 1 else None for ref in refs]


def judged(write: Write, status: str, version: str | None) -> Receipt:
    """What a status says about one write."""
    ref = (write.type, write.id)
    if status in ("409", "412"):
        return Receipt(*ref, "conflict", version, status)
    if status.startswith("2"):
        if write.op == "delete":
            return Receipt(*ref, "deleted", None, status)
        if write.if_version is None:
            # Something was there: whether it is ours is found out by reading.
            outcome: Literal["created", "unknown"] = "created" if status == "201" else "unknown"
            return Receipt(*ref, outcome, version, status)
        same = version is not None and version == write.if_version
        return Receipt(*ref, "unchanged" if same else "updated", version, status)
    if status in PATIENCE or not status.isdigit():
        return Receipt(*ref, "unknown", None, status)
    return Receipt(*ref, "refused", None, status)


def stored(refs: Sequence[Ref], answers: Sequence[Mapping[str, object]]) -> list[Stored | None]:
    """What each entry of a reading batch says; None where it must be asked again, alone."""
    held = [_part(one, "resource") for one in answers]
    named = [
        None if _refusal(one) else (str(one.get("resourceType")), str(one.get("id")))
        for one in held
    ]
    found: list[Stored | None] = []
    for ref, place in zip(refs, _matched(refs, named), strict=True):
        if place is None:
            found.append(None)
            continue
        status = _status(_part(answers[place], "response"))
        if named[place] is not None and status in ("200", ""):
            found.append(as_stored(ref, held[place]))
        elif named[place] is None and status in ("404", "410"):
            found.append(Stored(*ref, None, None))
        else:
            found.append(None)
    return found


def _refusal(resource: Mapping[str, object]) -> bool:
    return resource.get("resourceType") in (None, "OperationOutcome")


def as_stored(ref: Ref, resource: Mapping[str, object]) -> Stored:
    """A parsed resource as the target holds it."""
    version = _part(resource, "meta").get("versionId")
    return Stored(*ref, None if version is None else str(version), orjson.dumps(resource))


def tag(value: str | None) -> str | None:
    """The version in an ETag."""
    match = _TAG.match(value or "")
    return match.group(1) if match else None


def _located(entry: Mapping[str, object]) -> Ref | None:
    match = _PLACE.search(str(_part(entry, "response").get("location", "")))
    return (match.group(1), match.group(2)) if match else None


def _version_of(response: Mapping[str, object]) -> str | None:
    match = _PLACE.search(str(response.get("location", "")))
    return tag(str(response.get("etag", ""))) or (match.group(3) if match else None)


def _status(response: Mapping[str, object]) -> str:
    return str(response.get("status", ""))[:3]


def _part(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}
