"""What a server can do, found out by trying: a few Basic resources, removed again.

A CapabilityStatement says what was meant; servers differ from theirs. The findings are kept
in a file of the project, so that a server is tried once. A Basic resource of the probe says
"ehr-migrate probe" and nothing else.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, replace

import orjson

from migrate.core.ports import Write
from migrate.errors import FailedForNow, NeedsPerson
from migrate.targets.fhir.bundles import (
    NEVER,
    NoBundle,
    Sent,
    asking,
    entries,
    parsed,
    receipts,
    tag,
    writing,
)
from migrate.targets.fhir.lookup import looked, searching
from migrate.targets.fhir.translate import MARK, criterion
from migrate.targets.fhir.wire import Answer, Wire

_SIZES = (2000, 500, 100, 25, 5)
_TYPE = "Basic"
_WHOLE = "return=representation"


@dataclass(frozen=True, slots=True)
class Found:
    """What the server does, each tried. ``bundle`` is the largest bundle that it took (1: none).

    ``history``: a version can be read again. ``immediate``: search finds what was just written.
    ``never_version``: a PUT with If-Match of version 0, which nothing has, makes what is not there
    and is refused where something is (HAPI); it stands in for If-None-Match where that is ignored.
    """

    client_ids: bool
    batches: bool
    transactions: bool
    versions: bool
    if_match: bool
    if_none_match: bool
    never_version: bool
    conditional_create: bool
    history: bool
    delete: bool
    immediate: bool
    bundle: int

    @property
    def guards_new(self) -> bool:
        """Whether the server itself refuses to write over what a plan did not see."""
        return self.if_none_match or self.never_version or not self.client_ids

    def without_our_ids(self) -> Found:
        """The same server, where its own ids were given before it learned to keep ours."""
        return replace(
            self, client_ids=False, transactions=False, if_none_match=False, never_version=False
        )

    def text(self, base: str) -> bytes:
        """As a JSON document about the server at this base."""
        return orjson.dumps({"base": base} | asdict(self), option=orjson.OPT_INDENT_2) + b"\n"


def from_text(text: bytes, base: str) -> Found | None:
    """Findings out of a file; None for an older form, or for another server's."""
    try:
        found = orjson.loads(text)
        return Found(**found) if found.pop("base") == base else None
    except (TypeError, KeyError, AttributeError, orjson.JSONDecodeError):
        return None


def probe(wire: Wire) -> Found:
    """Try the server. Raises NeedsPerson (LOD062) where it takes no write at all."""
    return _Probe(wire).run()


class _Probe:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._ids = [f"probe-{uuid.uuid4().hex}" for _ in range(4)]
        self._mark = uuid.uuid4().hex
        self._made: list[str] = []

    def run(self) -> Found:
        try:
            return self._try_all()
        finally:
            for one in reversed(self._made):
                self._wire.ask("DELETE", f"{_TYPE}/{one}")

    def _try_all(self) -> Found:
        one = self._ids[0]
        first = self._put(one, "first")
        client_ids = first.status in (200, 201) and self._get(one).status == 200
        if not client_ids:
            return self._without_our_ids()
        self._made.append(one)
        version = tag(first.etag) or _version(self._get(one))
        bundle = self._bundle(one)
        return Found(
            client_ids=True,
            batches=bundle > 1,
            versions=version is not None,
            history=self._history(one, version),
            immediate=self._searched(one),
            if_none_match=self._put(one, "none", {"If-None-Match": "*"}).status == 412,
            if_match=self._put(one, "other", {"If-Match": 'W/"99999"'}).status in (409, 412),
            never_version=self._never_version(),
            transactions=bundle > 1 and self._transaction(),
            conditional_create=self._conditional(),
            delete=self._delete(one),
            bundle=bundle,
        )

    def _without_our_ids(self) -> Found:
        """The server gives ids itself: what it does with conditional creates."""
        one = self._created_once()
        if one is None:
            return Found(
                client_ids=False, batches=False, transactions=False, versions=False,
                if_match=False, if_none_match=False, never_version=False,
                conditional_create=False, history=False, delete=False, immediate=False, bundle=1,
            )  # fmt: skip
        version = _version(self._get(one))
        bundle = self._bundle(one)
        return Found(
            client_ids=False,
            batches=bundle > 1,
            versions=version is not None,
            history=self._history(one, version),
            immediate=self._searched(one),
            if_none_match=False,
            if_match=self._put(one, "other", {"If-Match": 'W/"99999"'}).status in (409, 412),
            never_version=False,
            transactions=False,  # nothing in a bundle can point at what has no id yet
            conditional_create=True,
            delete=self._delete(one),
            bundle=bundle,
        )

    def _content(self, identity: str | None, text: str, name: str = "") -> bytes:
        body: dict[str, object] = {"resourceType": _TYPE}
        if identity is not None:
            body["id"] = identity
        words = {"text": f"ehr-migrate probe {text}"}
        mark = [{"system": MARK, "value": f"{self._mark}-{name}"}]
        return orjson.dumps(body | {"identifier": mark, "code": words})

    def _put(self, identity: str, text: str, headers: dict[str, str] | None = None) -> Answer:
        body = self._content(identity, text)
        return self._wire.ask("PUT", f"{_TYPE}/{identity}", body, headers or {})

    def _get(self, identity: str) -> Answer:
        return self._wire.ask("GET", f"{_TYPE}/{identity}")

    def _searched(self, identity: str) -> bool:
        """Whether a search finds a resource as it was just changed."""
        ref = (_TYPE, identity)
        there = _version(self._get(identity))
        answer = self._wire.ask("POST", "", searching([ref]))
        try:
            found = looked([ref], entries(answer.body)).found.get(ref)
        except NoBundle:
            return False
        return found is not None and found.version == there

    def _never_version(self) -> bool:
        identity, never = self._ids[3], {"If-Match": NEVER}
        if self._put(identity, "new", never).status != 201:
            return False
        self._made.append(identity)
        return self._put(identity, "other", never).status in (409, 412)

    def _history(self, identity: str, version: str | None) -> bool:
        if version is None:
            return False
        self._put(identity, "second")
        return self._wire.ask("GET", f"{_TYPE}/{identity}/_history/{version}").status == 200

    def _bundle(self, one: str) -> int:
        """The largest bundle of reads that comes back whole; 1 where none does."""
        for size in _SIZES:
            urls = [f"{_TYPE}/{one}"] * size
            try:
                answer = self._wire.ask("POST", "", asking(urls))
                if answer.status == 200 and len(entries(answer.body)) == size:
                    return size
            except (NoBundle, FailedForNow):
                continue
        return 1

    def _transaction(self) -> bool:
        """Whether one bad entry undoes the whole: a write of a resource under another's id."""
        good, bad = self._ids[1], self._ids[2]
        writes = [
            Write("put", _TYPE, good, self._content(good, "one"), None),
            Write("put", _TYPE, bad, b'{"resourceType":"Patient","id":"x"}', None),
        ]
        answer = self._wire.ask("POST", "", writing("transaction", writes, Sent(False, False)))
        if self._get(good).status == 200:
            self._made.append(good)
            return False
        if answer.status == 200:
            return False
        whole = [Write("put", _TYPE, one, self._content(one, "all"), None) for one in (good, bad)]
        answer = self._wire.ask("POST", "", writing("transaction", whole, Sent(False, False)))
        try:
            done = answer.status == 200 and all(
                one.outcome == "created" for one in receipts(whole, entries(answer.body))
            )
        except NoBundle:
            done = False
        self._made += [one for one in (good, bad) if self._get(one).status == 200]
        return done

    def _criterion(self, *names: str) -> str:
        return criterion(_TYPE, [f"{self._mark}-{name}" for name in names])

    def _conditional(self) -> bool:
        """Whether a conditional create makes one, and not a second one."""
        return self._created_once() is not None

    def _created_once(self) -> str | None:
        """The id of a resource that was made by the first of two conditional creates."""
        made = []
        for _ in range(2):
            answer = self._wire.ask(
                "POST", _TYPE, self._content(None, "create", "create"),
                {"If-None-Exist": self._criterion("create"), "Prefer": _WHOLE},
            )  # fmt: skip
            made.append(answer.status)
            if answer.status == 201:
                self._keep(answer)
        return self._made[-1] if made == [201, 200] else None

    def _keep(self, answer: Answer) -> None:
        try:
            self._made.append(str(parsed(answer.body)["id"]))
        except (NoBundle, KeyError):
            raise NeedsPerson(
                "LOD062",
                "the target took a probe resource and does not say where it is",
                try_=f"look for the {_TYPE} resource 'ehr-migrate probe' there, and remove it",
            ) from None

    def _delete(self, identity: str) -> bool:
        self._wire.ask("DELETE", f"{_TYPE}/{identity}")
        gone = self._get(identity).status in (404, 410)
        if gone:
            self._made.remove(identity)
        return gone


def _version(answer: Answer) -> str | None:
    try:
        meta = parsed(answer.body).get("meta")
    except NoBundle:
        return None
    return str(meta["versionId"]) if isinstance(meta, dict) and "versionId" in meta else None
