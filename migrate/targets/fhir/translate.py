"""A resource between our ids and a server's own: the opaque identifier, the references. Pure.

A server that gives ids itself keeps ours as an identifier of the system ``MARK``; resources that
cannot have several identifiers keep it as a tag. On the way back it is taken out again, so that
what is read can be compared with what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import orjson

from migrate.core.fhirtypes import member
from migrate.targets.fhir.bundles import Ref

MARK = "urn:ehr-migrate:id"
Naming = Callable[[Ref], str | None]
_LOCAL = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9.\-]{1,64})((?:/_history/.+)?)")


@lru_cache(maxsize=256)
def tagged(kind: str) -> bool:
    """Whether resources of this type keep our id as a tag, not as an identifier."""
    found = member(kind, "identifier")
    return found is None or not found.repeats


def criterion(kind: str, ids: list[str]) -> str:
    """The search parameter that finds these by our ids, ready for a URL."""
    name = "_tag" if tagged(kind) else "identifier"
    return f"{name}={','.join(f'{MARK}%7C{one}' for one in ids)}"


def outward(resource: dict[str, object], theirs: Naming, identity: str | None) -> bytes:
    """Our resource as the server is to have it. ``theirs`` names what a reference points at
    there (as it stands in ``reference``); ``identity`` is the server's id where it is known."""
    kind, ours = str(resource["resourceType"]), str(resource["id"])
    mark = {"system": MARK}
    made = {name: value for name, value in resource.items() if name != "id"}
    if identity is not None:
        made = {"resourceType": kind, "id": identity, **made}
    if tagged(kind):
        meta = dict(_object(made.get("meta")))
        meta["tag"] = [*_list(meta.get("tag")), {**mark, "code": ours}]
        made["meta"] = meta
    else:
        made["identifier"] = [*_list(made.get("identifier")), {**mark, "value": ours}]
    return orjson.dumps(_renamed(made, theirs))


def our_id(resource: dict[str, object]) -> str | None:
    """The id of ours that a resource of the server carries."""
    kind = str(resource.get("resourceType"))
    if tagged(kind):
        values, name = _list(_object(resource.get("meta")).get("tag")), "code"
    else:
        values, name = _list(resource.get("identifier")), "value"
    found = [_object(one).get(name) for one in values if _object(one).get("system") == MARK]
    return str(found[0]) if len(found) == 1 else None


def inward(resource: dict[str, object], ours: Naming, identity: str) -> dict[str, object]:
    """A resource of the server as we know it: under our id, without the mark, references ours."""
    made = {**resource, "id": identity}
    if tagged(str(resource.get("resourceType"))):
        meta = _without(dict(_object(made.get("meta"))), "tag")
        made["meta"] = meta
    else:
        made = _without(made, "identifier")
    renamed = _renamed(made, ours)
    return renamed if isinstance(renamed, dict) else made


def _without(parent: dict[str, object], name: str) -> dict[str, object]:
    """The parent without our mark in this list, and without the list when it is empty."""
    rest = [one for one in _list(parent.get(name)) if _object(one).get("system") != MARK]
    if rest:
        return {**parent, name: rest}
    return {key: value for key, value in parent.items() if key != name}


def _renamed(value: object, name: Naming) -> object:
    if isinstance(value, list):
        return [_renamed(one, name) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _reference(one, name)
        if isinstance(one, str) and (key == "reference" or (key == "url" and "Binary/" in one))
        else _renamed(one, name)
        for key, one in value.items()
    }


def _reference(text: str, name: Naming) -> str:
    match = _LOCAL.fullmatch(text)
    if match is None:
        return text
    found = name((match.group(1), match.group(2)))
    return text if found is None else found


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
