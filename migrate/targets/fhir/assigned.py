"""A server that gives ids itself: conditional creates on our opaque identifier, one writer each.

Nothing but the identifier tells what is ours, so an answer is believed only where the resource in
it carries our identifier, and what was not seen by its id is searched for by the identifier. A
write that came late may leave a second copy: ``doubles`` finds these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import orjson

from migrate.core.compare import same
from migrate.core.plan import in_batches
from migrate.core.ports import Receipt, Stored, Write
from migrate.core.references import references
from migrate.errors import FailedForNow
from migrate.targets.fhir.bundles import (
    IN_BUNDLE,
    Kind,
    NoBundle,
    Ref,
    Sent,
    as_stored,
    asking,
    bundled,
    entries,
    judged,
    parsed,
)
from migrate.targets.fhir.forms import Request
from migrate.targets.fhir.idmap import IdMap
from migrate.targets.fhir.lookup import searches
from migrate.targets.fhir.reader import Reader, too_large
from migrate.targets.fhir.translate import criterion, inward, our_id, outward
from migrate.targets.fhir.wire import Answer, TooLarge, Wire

Answers = Sequence[Mapping[str, object]]


class Assigned:
    """Reads by our ids what the server holds under its own, and puts writes to it (a ``Form``)."""

    prefer = "return=representation"

    def __init__(self, wire: Wire, reader: Reader, ids: IdMap) -> None:
        self._wire, self._reader, self._ids = wire, reader, ids

    # --- reading ------------------------------------------------------------------------------

    def read(self, refs: Sequence[Ref]) -> Iterator[Stored]:
        """The present state of each, as if the server had our ids."""
        found = self._by_id([ref for ref in refs if self._ids.theirs(ref) is not None])
        self._ids.forget([ref for ref, one in found.items() if one.content is None])
        rest = [ref for ref in refs if ref not in found or found[ref].content is None]
        copies = self._copies(rest) if rest else {}
        # A reference may lead to what was found in the same breath: learn all before translating.
        self._ids.learn((*ref, str(held[0]["id"])) for ref, held in copies.items())
        found.update({ref: self._known(ref, held[0]) for ref, held in copies.items()})
        for ref in refs:
            yield found.get(ref) or Stored(*ref, None, None)

    def doubles(self, refs: Sequence[Ref]) -> list[Stored]:
        """Second copies of these resources, as they are held, in the order of the references."""
        copies = self._copies(refs)
        return [
            self._known(ref, one)
            for ref in dict.fromkeys(refs)
            for one in self._others(ref, copies.get(ref, []))
        ]

    def _others(self, ref: Ref, held: Sequence[dict[str, object]]) -> Sequence[dict[str, object]]:
        """The copies that are not the one that references lead to."""
        kept = self._ids.theirs(ref) or (str(held[0]["id"]) if held else "")
        return [one for one in held if str(one["id"]) != kept]

    def remove(self, doubles: Sequence[Stored]) -> list[bool]:
        """Delete second copies that are what the first one is and that nobody changed; whether
        each is gone."""
        kept = self.read([(one.type, one.id) for one in doubles])
        return [
            one.content is not None
            and first.content is not None
            and same(first.content, one.content)
            and self._gone(one)
            for one, first in zip(doubles, kept, strict=True)
        ]

    def _gone(self, double: Stored) -> bool:
        theirs, _, version = (double.version or "").rpartition("/")
        path = f"{double.type}/{theirs}"
        self._wire.ask("DELETE", path, None, {"If-Match": f'W/"{version}"'})
        return self._reader.patiently(lambda: self._wire.ask("GET", path)).status in (404, 410)

    def _by_id(self, refs: Sequence[Ref]) -> dict[Ref, Stored]:
        theirs = [(ref[0], str(self._ids.theirs(ref))) for ref in refs]
        held = self._reader.read(theirs) if theirs else ()
        found: dict[Ref, Stored] = {}
        for ref, one in zip(refs, held, strict=True):
            found[ref] = Stored(*ref, None, None)
            if one.content is not None and our_id(resource := parsed(one.content)) == ref[1]:
                found[ref] = self._known(ref, resource)
        return found

    def _known(self, ref: Ref, resource: dict[str, object]) -> Stored:
        held = as_stored(ref, inward(resource, self._our_name, ref[1]))
        return replace(held, version=_version(resource))

    def _our_name(self, ref: Ref) -> str | None:
        ours = self._ids.ours(ref)
        return None if ours is None else f"{ref[0]}/{ours}"

    def _copies(self, refs: Sequence[Ref]) -> dict[Ref, list[dict[str, object]]]:
        """What carries our identifiers, the oldest copy first; those not found are left out."""
        try:
            return self._found(refs)
        except TooLarge:
            if len(refs) == 1:
                raise too_large() from None
            half = len(refs) // 2
            return self._copies(refs[:half]) | self._copies(refs[half:])

    def _found(self, refs: Sequence[Ref]) -> dict[Ref, list[dict[str, object]]]:
        found: dict[Ref, list[dict[str, object]]] = {}
        for some in in_batches(searches(refs), 20):
            for answer in self._reader.patiently(partial(self._search, some)):
                for entry in _list(_object(answer.get("resource")).get("entry")):
                    resource = _object(_object(entry).get("resource"))
                    ours = our_id(resource)
                    if ours is not None:
                        found.setdefault((str(resource["resourceType"]), ours), []).append(resource)
        wanted = set(refs)
        return {ref: sorted(held, key=_age) for ref, held in found.items() if ref in wanted}

    def _search(self, asked: Sequence[tuple[str, list[str]]]) -> Answers:
        urls = [f"{kind}?{criterion(kind, ids)}&_count={2 * len(ids)}" for kind, ids in asked]
        try:
            answer = self._wire.ask("POST", "", asking(urls))
            if answer.status == 200:
                found: Answers = entries(answer.body)
            else:  # it takes no batches
                found = [{"resource": parsed(self._wire.ask("GET", url).body)} for url in urls]
        except NoBundle:
            found = []
        if len(found) != len(asked) or not all(_whole(one) for one in found):
            raise FailedForNow("LOD003", "the target did not answer a search to its end")
        return found

    # --- writing ------------------------------------------------------------------------------

    def dangling(self, writes: Sequence[Write]) -> set[int]:
        """The numbers of the writes that point at something the server does not hold and that is
        not among them."""
        points = [[] if one.op == "delete" else references(one.content or b"") for one in writes]
        mine = {(one.type, one.id) for one in writes}
        unknown = {ref for refs in points for ref in refs if self._ids.theirs(ref) is None} - mine
        gone = {(one.type, one.id) for one in self.read(sorted(unknown)) if one.content is None}
        return {n for n, refs in enumerate(points) if not gone.isdisjoint(refs)}

    def bundle(self, kind: Kind, writes: Sequence[Write], sent: Sent) -> bytes:
        """Conditional creates, updates and deletes under the server's ids."""
        made = []
        for one in writes:
            if self._creates(one):
                request = {"method": "POST", "url": one.type}
                request["ifNoneExist"] = criterion(one.type, [one.id])
            else:
                place, conditions = self._place(one, sent)
                request = {"method": "DELETE" if one.op == "delete" else "PUT", "url": place}
                request |= {IN_BUNDLE[name]: value for name, value in conditions.items()}
            body = b"" if one.op == "delete" else b'"resource":' + self._body(one) + b","
            made.append(b"{" + body + b'"request":' + orjson.dumps(request) + b"}")
        return bundled(kind, made)

    def receipts(self, writes: Sequence[Write], answers: Answers) -> list[Receipt]:
        """By the identifier in each returned resource; deletes by the one status of all."""
        statuses = [str(_object(one.get("response")).get("status", ""))[:3] for one in answers]
        if all(one.op == "delete" for one in writes):
            clear = len(statuses) == len(writes) and len(set(statuses)) == 1
            return [self._deleted(one, statuses[0] if clear else "") for one in writes]
        places: dict[Ref, list[int]] = {}
        for place, one in enumerate(answers):
            resource = _object(one.get("resource"))
            places.setdefault(
                (str(resource.get("resourceType")), our_id(resource) or ""), []
            ).append(place)
        in_place = len(answers) == len(writes)
        found = []
        for number, write in enumerate(writes):
            mine = places.get((write.type, write.id), [])
            if len(mine) == 1:
                answer = answers[mine[0]]
                found.append(self._made(write, statuses[mine[0]], _object(answer.get("resource"))))
            elif in_place and not statuses[number].startswith("2"):
                found.append(judged(write, statuses[number], None))
            else:
                found.append(Receipt(write.type, write.id, "unknown", None, "no answer of its own"))
        return found

    def alone(self, write: Write, sent: Sent) -> Request:
        """One conditional create, update or delete."""
        if self._creates(write):
            headers = {"If-None-Exist": criterion(write.type, [write.id])}
            return Request("POST", write.type, self._body(write), headers)
        place, headers = self._place(write, sent)
        if write.op == "delete":
            return Request("DELETE", place, None, headers)
        return Request("PUT", place, self._body(write), headers)

    def receipt(self, write: Write, answer: Answer) -> Receipt:
        """By its status, and the resource that came back."""
        status = str(answer.status)
        if write.op == "delete":
            return self._deleted(write, status)
        try:
            resource = parsed(answer.body) if status.startswith("2") else {}
        except NoBundle:
            resource = {}
        if status.startswith("2") and our_id(resource) != write.id:
            return Receipt(write.type, write.id, "unknown", None, "no answer of its own")
        return self._made(write, status, resource)

    def _place(self, write: Write, sent: Sent) -> tuple[str, dict[str, str]]:
        """Where an update or a delete goes, and the header that makes it conditional."""
        theirs, _, version = (write.if_version or "").rpartition("/")
        theirs = theirs or str(self._ids.theirs((write.type, write.id)))
        condition = {"If-Match": f'W/"{version}"'} if version and sent.if_match else {}
        return f"{write.type}/{theirs}", condition

    def _made(self, write: Write, status: str, resource: dict[str, object]) -> Receipt:
        if status in ("200", "201") and resource:
            self._ids.learn([(write.type, write.id, str(resource["id"]))])
        version = _version(resource) if resource else None
        if status == "200" and self._creates(write):
            return Receipt(write.type, write.id, "conflict", version, status)
        return judged(write, status, version)

    def _deleted(self, write: Write, status: str) -> Receipt:
        found = judged(write, status, None)
        if found.outcome == "deleted":
            self._ids.forget([(write.type, write.id)])
        return found

    def _creates(self, write: Write) -> bool:
        return write.op == "put" and write.if_version is None

    def _body(self, write: Write) -> bytes:
        def name(ref: Ref) -> str | None:
            theirs = self._ids.theirs(ref)
            return None if theirs is None else f"{ref[0]}/{theirs}"

        known = None if self._creates(write) else self._ids.theirs((write.type, write.id))
        return outward(parsed(write.content or b"{}"), name, known)


def _version(resource: dict[str, object]) -> str | None:
    version = _object(resource.get("meta")).get("versionId")
    return None if version is None else f"{resource.get('id')}/{version}"


def _age(resource: dict[str, object]) -> tuple[str, int, str]:
    identity = str(resource.get("id"))
    changed = str(_object(resource.get("meta")).get("lastUpdated", ""))
    return changed, len(identity), identity


def _whole(answer: Mapping[str, object]) -> bool:
    bundle = _object(answer.get("resource"))
    links = [_object(one).get("relation") for one in _list(bundle.get("link"))]
    return bundle.get("type") == "searchset" and "next" not in links


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
