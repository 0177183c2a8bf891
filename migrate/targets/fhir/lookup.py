"""Reading many resources by searches for their ids: a batch of searches, each of one type. Pure.

A search that does not find something proves little (indexes lag), so what it misses is only
``absent`` here, and the reader asks for some of these by id before it believes that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrate.core.plan import in_batches
from migrate.core.ports import Stored
from migrate.targets.fhir.bundles import Ref, as_stored, asking

_IDS_AT_ONCE = 200
_CONFIRMED = 20


@dataclass(slots=True)
class Looked:
    """What the searches said: found resources by reference, and what they did not find.

    ``sure`` is False where a search was not answered, or not to its end.
    """

    found: dict[Ref, Stored] = field(default_factory=dict)
    absent: list[Ref] = field(default_factory=list)
    sure: bool = True


def searches(refs: Sequence[Ref]) -> list[tuple[str, list[str]]]:
    """(type, ids) of each search, in the order of the references."""
    by_type: dict[str, list[str]] = {}
    for kind, identity in dict.fromkeys(refs):
        by_type.setdefault(kind, []).append(identity)
    return [(kind, ids) for kind in by_type for ids in in_batches(by_type[kind], _IDS_AT_ONCE)]


def searching(refs: Sequence[Ref]) -> bytes:
    """The batch of these searches."""
    return asking([f"{kind}?_id={','.join(ids)}&_count={len(ids)}" for kind, ids in searches(refs)])


def looked(refs: Sequence[Ref], answers: Sequence[Mapping[str, object]]) -> Looked:
    """What the batch's entries say. A resource says itself who it is, so order does not matter."""
    wanted = set(refs)
    result = Looked(sure=len(answers) == len(searches(refs)))
    counted = 0
    for answer in answers:
        bundle = answer.get("resource")
        if not isinstance(bundle, dict) or bundle.get("type") != "searchset":
            result.sure = False
            continue
        found = [one.get("resource") for one in _objects(bundle.get("entry"))]
        if any(link.get("relation") == "next" for link in _objects(bundle.get("link"))):
            result.sure = False
        for resource in found:
            if isinstance(resource, dict):
                ref = (str(resource.get("resourceType")), str(resource.get("id")))
                if ref in wanted:
                    counted += 1
                    result.found[ref] = as_stored(ref, resource)
    # The same answer twice hides another one's.
    result.sure = result.sure and counted == len(result.found)
    result.absent = [ref for ref in dict.fromkeys(refs) if ref not in result.found]
    return result


def to_confirm(absent: Sequence[Ref]) -> list[Ref]:
    """Some of them, spread evenly, with the first of each type."""
    step = -(-len(absent) // _CONFIRMED)
    firsts = {kind: (kind, identity) for kind, identity in reversed(absent)}
    return list(dict.fromkeys([*absent[::step], *firsts.values()])) if absent else []


def _objects(value: object) -> list[dict[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
