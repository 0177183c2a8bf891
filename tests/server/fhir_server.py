"""A small FHIR server in threads of this process, and what goes wrong on it when told so.

``Habits`` is what it can do and how it behaves always; a ``Fault`` happens at one request, counted
from 1 since ``arm``.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.server.alterations import altered, with_old_labels
from tests.server.imports import Imports, answered

Ref = tuple[str, str]
INNER = ("inner 409", "inner 412", "inner 413", "inner 422", "inner 429")
_REFERENCE = re.compile(r'"reference": ?"([A-Z][A-Za-z]+)/([^"/]+)"')


@dataclass(slots=True)
class Habits:
    """What the server does; the defaults are a good one's."""

    client_ids: bool = True
    transactions: bool = True
    batches: bool = True
    if_match: bool = True
    if_none_match: bool = True
    match_makes: bool = False  # as HAPI: If-Match of any version makes what never was there
    integrity: bool = True
    most_entries: int = 1000
    lagging_search: bool = False
    token: str | None = None
    locations: bool = True
    conditional_create: bool = True
    poisoned: Ref | None = None  # refused whatever is done
    imports: bool = False  # whether it has $import
    sticky_labels: bool = False  # as HAPI: a PUT adds tags, and takes none away unless told to


@dataclass(frozen=True, slots=True)
class Fault:
    """At the ``at``-th request since arming (0: at all), ``kind`` happens; ``wait`` is a
    Retry-After."""

    at: int
    kind: str
    wait: str | None = None


@dataclass(slots=True)
class State:
    """What the server holds: the versions of each resource, None for a deletion."""

    habits: Habits
    versions: dict[Ref, list[dict[str, Any] | None]] = field(default_factory=dict)
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)
    fault: Fault | None = None
    requests: int = 0
    given: int = 0
    deferred: bool = False  # inside a transaction references are looked at when it ends
    hung: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    late: list[tuple[int, Callable[[], object]]] = field(default_factory=list)
    most_at_a_time: int = 0
    imports: Imports = field(default_factory=Imports)
    elsewhere: str = "http://127.0.0.1:9"  # where redirects lead
    lock: threading.RLock = field(default_factory=threading.RLock)

    def arm(self, fault: Fault | None) -> None:
        """Count from here; ``fault`` will happen."""
        with self.lock:
            self.fault, self.requests = fault, 0
            self.seen.clear()

    def now(self, ref: Ref) -> dict[str, Any] | None:
        """The present state of a resource."""
        return self.versions.get(ref, [None])[-1]

    def held(self) -> dict[Ref, dict[str, Any]]:
        """Everything that is there, without ``meta``."""
        return {
            ref: {name: value for name, value in one.items() if name != "meta"}
            for ref in self.versions
            if (one := self.now(ref)) is not None
        }

    def written(self) -> int:
        """How many versions were ever made."""
        return sum(map(len, self.versions.values()))

    # --- one request of a bundle or of its own ---------------------------------------------

    def put(
        self,
        ref: Ref,
        body: Any,
        match: str | None,
        none: str | None,
        made_here: bool = False,
    ) -> tuple[int, str]:
        """Status and version of a PUT."""
        if body is None or (body.get("resourceType"), body.get("id")) != ref:
            return 400, ""
        if not (self.habits.client_ids or made_here) and ref not in self.versions:
            return 405, ""
        if ref == self.habits.poisoned:
            return 422, ""
        here = self.now(ref)
        version = str(len(self.versions.get(ref, [])))
        ever = here is not None or (self.habits.match_makes and ref in self.versions)
        asked = match if self.habits.if_match else None
        if asked and (ever or not self.habits.match_makes) and asked != f'W/"{version}"':
            return 409 if self.habits.match_makes else 412, ""
        if none and self.habits.if_none_match and here is not None:
            return 412, ""
        if (
            self.habits.integrity
            and not self.deferred
            and any(
                self.now((kind, one)) is None for kind, one in _REFERENCE.findall(json.dumps(body))
            )
        ):
            return 422, ""
        if here is not None and _bare(here) == _bare(body):
            return 200, version
        versions = self.versions.setdefault(ref, [])
        meta = {**body.get("meta", {}), "versionId": str(len(versions) + 1)}
        versions.append({**body, "meta": meta})
        return (201 if here is None else 200), str(len(versions))

    def create(
        self, kind: str, body: Any, criterion: str | None, force: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """Status and resource of a POST; ``criterion`` is a search that must find nothing."""
        if not self.habits.conditional_create:
            criterion = None
        found = self.search(kind, parse_qs(criterion or ""))["total"] if criterion else 0
        if found and not force:
            if found > 1:
                return 412, {}
            return 200, self.search(kind, parse_qs(criterion or ""))["entry"][0]["resource"]
        self.given += 1
        ref = (kind, f"{1000 + self.given}")
        status, _ = self.put(ref, {**body, "id": ref[1]}, None, None, made_here=True)
        return status, self.now(ref) or {}

    def broken(self, entries: list[Any]) -> int | None:
        """The refusal of a transaction that leaves a reference to nothing; None for a good one."""
        if not self.habits.integrity:
            return None
        gone = any(entry["request"]["method"] == "DELETE" for entry in entries)
        dangling = any(
            self.now((kind, one)) is None
            for held in self.held().values()
            for kind, one in _REFERENCE.findall(json.dumps(held))
        )
        return (409 if gone else 422) if dangling else None

    def delete(self, ref: Ref) -> int:
        """Status of a DELETE; refused while something points at it."""
        if self.now(ref) is None:
            return 404
        if (
            self.habits.integrity
            and not self.deferred
            and any(ref in _REFERENCE.findall(json.dumps(self.now(other))) for other in self.held())
        ):
            return 409
        self.versions[ref].append(None)
        return 204

    def search(self, kind: str, query: dict[str, list[str]]) -> dict[str, Any]:
        """A bundle of what is found; by ``_id`` or ``_tag``, or all of the type."""
        found = [(ref, one) for ref in self.versions if ref[0] == kind and (one := self.now(ref))]
        if "_id" in query:
            ids = query["_id"][0].split(",")
            found = [pair for pair in found if pair[0][1] in ids]
        for name in ("identifier", "_tag"):
            if name in query:
                wanted = set(query[name][0].split(","))
                found = [pair for pair in found if wanted & _marks(pair[1], name)]
        if self.habits.lagging_search:
            found = found[:-1]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
        if query.get("_summary") != ["count"] and found:
            bundle["entry"] = [{"resource": one} for _, one in found]
        return bundle


def _marks(resource: dict[str, Any], name: str) -> set[str]:
    if name == "identifier":
        return {f"{o.get('system')}|{o.get('value')}" for o in resource.get("identifier", [])}
    return {f"{o.get('system')}|{o.get('code')}" for o in resource.get("meta", {}).get("tag", [])}


def _bare(resource: dict[str, Any]) -> str:
    meta = {k: v for k, v in resource.get("meta", {}).items() if k != "versionId"}
    return json.dumps({**resource, "meta": meta}, sort_keys=True)


class Handler(BaseHTTPRequestHandler):
    """Answers requests below ``/fhir``."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536
    state: State

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._all(None)

    def do_DELETE(self) -> None:
        self._all(None)

    def do_PUT(self) -> None:
        self._all(self._sent())

    def do_POST(self) -> None:
        self._all(self._sent())

    def _sent(self) -> Any:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return json.loads(raw) if raw else None

    def _all(self, body: Any) -> None:
        state = self.state
        with state.lock:
            state.requests += 1
            state.seen.append((self.command, self.path, self.headers.get("Authorization")))
            fault = state.fault if state.fault and state.fault.at in (0, state.requests) else None
        kind = fault.kind if fault else ""
        token = state.habits.token
        if token is not None and self.headers.get("Authorization") != token:
            return self._answer(401, {})
        if self._before(kind, fault):
            return None
        with state.lock:
            for one in [one for one in state.late if one[0] <= state.requests]:
                state.late.remove(one)
                one[1]()
            if kind == "late":
                path = self.path
                state.late.append((state.requests + 3, lambda: self._done(body, kind, path)))
                self.close_connection = True
                self.connection.close()
                return None
            base = f"http://{self.headers.get('Host')}/fhir"
            about_import = answered(state, base, self.path, body, self.headers.get("Prefer"))
            if about_import is not None:
                return self._answer(about_import[0], {}, headers=about_import[1])
            saved = {ref: list(found) for ref, found in state.versions.items()}
            lagging, state.habits.lagging_search = (
                state.habits.lagging_search,
                (state.habits.lagging_search or kind == "lagging search"),
            )
            if state.habits.sticky_labels and "X-Meta-Snapshot-Mode" not in self.headers:
                body = with_old_labels(body, state.now)
            status, found, version = self._done(altered(body, kind), kind)
            state.habits.lagging_search = lagging
            if status >= 400:
                state.versions = saved
        return self._after(kind, status, found, version)

    def _before(self, kind: str, fault: Fault | None) -> bool:
        """Faults that happen before anything is done; True when the answer is given."""
        if kind.isdigit():
            wait = fault.wait if fault else None
            self._answer(int(kind), {}, headers={"Retry-After": wait} if wait else {})
            return True
        if kind in ("timeout before", "reset before"):
            self.close_connection = True
            self.connection.close()
            return True
        if kind == "hang":
            self.state.hung.set()
            self.state.released.wait()
            self.close_connection = True
            return True
        if kind == "redirect":
            self._answer(307, {}, headers={"Location": f"{self.state.elsewhere}/Patient"})
            return True
        return False

    def _after(self, kind: str, status: int, found: Any, version: str) -> None:
        entries = found.get("entry") if isinstance(found, dict) else None
        if kind in ("timeout after", "reset after"):
            self.close_connection = True
            self.connection.close()
            return None
        if kind == "500 after":
            return self._answer(500, {})
        if kind == "html":
            return self._raw(200, b"<html><body>Welcome</body></html>", "text/html")
        if kind == "truncated":
            return self._raw(status, json.dumps(found).encode()[:-20])
        if kind == "slow drip":
            return self._raw(status, json.dumps(found).encode(), slow=True)
        if entries:
            if kind == "missing entry":
                del entries[len(entries) // 2]
            elif kind == "extra entry":
                entries.insert(1, dict(entries[0]))
            elif kind == "reordered":
                entries.reverse()
            elif kind == "duplicate response":
                found["entry"] = [entries[0]] * len(entries)
            elif kind == "inner 429 after":
                entries[-1] = {"response": {"status": "429 Too Many Requests"}}
        return self._answer(status, found, version)

    def _done(self, body: Any, kind: str, path_: str = "") -> tuple[int, Any, str]:
        parts = urlsplit(path_ or self.path)
        path = unquote(parts.path).removeprefix("/fhir").strip("/").split("/")
        query = parse_qs(parts.query)
        if self.command == "POST" and path == [""]:
            return self._bundle(body, kind)
        return self._one(self.command, path, query, body, dict(self.headers))

    def _one(
        self,
        method: str,
        path: list[str],
        query: dict[str, list[str]],
        body: Any,
        h: dict[str, str],
    ) -> tuple[int, Any, str]:
        state = self.state
        if method == "GET" and len(path) == 1:
            return 200, state.search(path[0], query), ""
        if method == "POST" and len(path) == 1:
            status, made = state.create(path[0], body, h.get("If-None-Exist"), force="force" in h)
            return status, made or _refusal(), made.get("meta", {}).get("versionId", "")
        ref = (path[0], path[1])
        if method == "GET" and len(path) == 4:
            versions = state.versions.get(ref, [])
            number = int(path[3]) if path[3].isdigit() else 0
            known = 0 < number <= len(versions) and versions[number - 1]
            return (200, known, path[3]) if known else (404, {}, "")
        if method == "GET":
            here = state.now(ref)
            return (200, here, "") if here is not None else (404, _refusal(), "")
        if method == "DELETE":
            return state.delete(ref), {}, ""
        status, version = state.put(ref, body, h.get("If-Match"), h.get("If-None-Match"))
        made = state.now(ref) or {} if status < 300 else _refusal()
        return status, made, version

    def _bundle(self, body: Any, kind: str) -> tuple[int, Any, str]:
        habits, entries = self.state.habits, body.get("entry", [])
        if len(entries) > habits.most_entries:
            return 413, _refusal(), ""
        if not habits.batches:
            return 400, _refusal(), ""
        self.state.most_at_a_time = max(self.state.most_at_a_time, len(entries))
        whole = body["type"] == "transaction" and habits.transactions and kind != "as batch"
        order = range(len(entries))
        answers: list[Any] = [None] * len(entries)
        self.state.deferred = whole
        for number in order:
            last = number == len(entries) - 1
            if last and kind in (*INNER, "as batch") and len(entries) > 1:
                word = {"as batch": "429"}.get(kind, kind[-3:])
                if whole and word != "429":
                    self.state.deferred = False
                    return int(word), _refusal(), ""
                answers[number] = {"response": {"status": f"{word} no"}}
                continue
            answers[number] = self._entry(entries[number], kind)
        self.state.deferred = False
        if whole and (worst := _worst(answers) or self.state.broken(entries)) is not None:
            return worst, _refusal(), ""
        return (
            200,
            {"resourceType": "Bundle", "type": f"{body['type']}-response", "entry": answers},
            "",
        )

    def _entry(self, entry: dict[str, Any], kind: str) -> dict[str, Any]:
        request = entry["request"]
        parts = urlsplit(request["url"])
        headers = {
            "If-Match": request.get("ifMatch"),
            "If-None-Match": request.get("ifNoneMatch"),
            "If-None-Exist": request.get("ifNoneExist"),
            "force": "yes" if kind == "late" else None,
        }
        status, found, version = self._one(
            request["method"], parts.path.split("/"), parse_qs(parts.query), entry.get("resource"),
            {name: value for name, value in headers.items() if value},
        )  # fmt: skip
        response: dict[str, Any] = {"status": f"{status} said so"}
        if request["method"] == "GET":
            return {"resource": found, "response": response}
        if version:
            response["etag"] = f'W/"{version}"'
            if self.state.habits.locations:
                place = parts.path if request["method"] == "PUT" else f"{parts.path}/{found['id']}"
                response["location"] = f"{place}/_history/{version}"
        if found.get("id") and self.headers.get("Prefer") == "return=representation":
            return {"resource": found, "response": response}
        return {"response": response}

    def _answer(
        self, status: int, found: Any, version: str = "", headers: dict[str, str] | None = None
    ) -> None:
        extra = dict(headers or {}) | ({"ETag": f'W/"{version}"'} if version else {})
        self._raw(status, b"" if status == 204 else json.dumps(found).encode(), headers=extra)

    def _raw(
        self,
        status: int,
        body: bytes,
        kind: str = "application/fhir+json",
        headers: dict[str, str] | None = None,
        slow: bool = False,
    ) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not slow:
                self.wfile.write(body)
                self.wfile.flush()
                return
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                self.wfile.flush()
                time.sleep(0.02)


def _worst(answers: list[Any]) -> int | None:
    bad = [int(one["response"]["status"][:3]) for one in answers]
    return next((status for status in bad if status >= 400), None)


def _refusal() -> dict[str, Any]:
    issue = {"severity": "error", "code": "processing", "diagnostics": "Invented Chart Value"}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


class Quick(ThreadingHTTPServer):
    """Does not wait for open connections at the end, and prints no broken pipes."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Broken connections are part of the plan."""


@contextlib.contextmanager
def serving(habits: Habits | None = None) -> Iterator[tuple[str, State]]:
    """A server for the block: its base URL and its state."""
    state = State(habits or Habits())
    server = Quick(("127.0.0.1", 0), type("Bound", (Handler,), {"state": state}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.daemon = True
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/fhir", state
    finally:
        server.shutdown()
        server.server_close()
