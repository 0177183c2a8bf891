"""The same kills on the way to a FHIR server, which runs in a process of its own and survives.

The server itself ends the victim: ``before`` it carries a write request out, ``after`` it did and
before the answer is on its way, or ``late``: the request is carried out when the next victim's
first write arrives. Reading is no event.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from tests.server.fhir_server import Habits, Handler, Quick, Ref, State

Versions = dict[Ref, list[dict[str, Any] | None]]


class Fatal(Handler):
    """A server that ends its client at the n-th write."""

    state: DeadlyState

    def _all(self, body: Any) -> None:
        if not self._writes(body):
            return super()._all(body)
        state = self.state
        with state.lock:
            state.carry_out_late(self)
            state.writes += 1
            point = state.point if state.writes == state.event else ""
            if point == "late":
                state.overdue = (self.command, self.path, dict(self.headers), body)
            if point in ("before", "late"):
                return self._end()
        if point == "after":
            with state.lock:
                self._carried(self.command, self.path, dict(self.headers), body)
            return self._end()
        return super()._all(body)

    def _writes(self, body: Any) -> bool:
        if self.command == "POST" and body:
            entries = body.get("entry", [])
            return any(entry["request"]["method"] != "GET" for entry in entries)
        return self.command in ("PUT", "DELETE")

    def _carried(self, method: str, path: str, headers: dict[str, str], body: Any) -> None:
        """Do a request without answering it; all of it or, refused, nothing."""
        now = self.command, self.path, self.headers
        self.command, self.path, self.headers = method, path, headers  # type: ignore[assignment]
        saved = {ref: list(found) for ref, found in self.state.versions.items()}
        status, _, _ = self._done(body, "")
        if status >= 400:
            self.state.versions = saved
        self.command, self.path, self.headers = now

    def _end(self) -> None:
        os.kill(self.state.victim, signal.SIGKILL)
        self.close_connection = True
        self.connection.close()


class DeadlyState(State):
    """What the server holds, and when it kills whom."""

    event = 0
    point = ""
    victim = 0
    writes = 0
    overdue: tuple[str, str, dict[str, str], Any] | None = None

    def carry_out_late(self, handler: Fatal) -> None:
        """Do what was sent by a victim that is dead by now."""
        if self.overdue is not None:
            request, self.overdue = self.overdue, None
            handler._carried(*request)


class Server:
    """The server's process, and what can be asked of it from this one."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        self.base = f"http://127.0.0.1:{self._pipe.recv()}/fhir"

    def ask(self, what: str, *values: Any) -> Any:
        """keep NAME, restore NAME, arm EVENT POINT, aim PID, held, writes."""
        self._pipe.send((what, values))
        return self._pipe.recv()

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()


@contextlib.contextmanager
def deadly_server() -> Iterator[Server]:
    """A server for the block."""
    server = Server()
    try:
        yield server
    finally:
        server.close()


def _serve(pipe: Connection) -> None:
    state = DeadlyState(Habits(integrity=False))  # looks at everything for each delete
    handler = type("Bound", (Fatal,), {"state": state})
    http = Quick(("127.0.0.1", 0), handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    pipe.send(http.server_address[1])
    kept: dict[str, Versions] = {}
    while True:
        what, values = pipe.recv()
        with state.lock:
            pipe.send(_answer(state, kept, what, *values))


def _answer(state: DeadlyState, kept: dict[str, Versions], what: str, *values: Any) -> Any:
    if what == "keep":
        kept[values[0]] = _copy(state.versions)
    elif what == "restore":
        state.versions, state.overdue = _copy(kept[values[0]]), None
        state.seen.clear()
    elif what == "arm":
        state.event, state.point = values
        state.writes = 0
    elif what == "aim":
        state.victim = values[0]
    elif what == "writes":
        return state.writes
    return _named(state.versions) if what == "held" else None


def _copy(versions: Versions) -> Versions:
    return {ref: list(found) for ref, found in versions.items()}


def _named(versions: Versions) -> dict[str, list[str]]:
    """Every version of each resource but the probe's, as texts."""
    return {
        f"{kind}/{identity}": [repr(one) for one in found]
        for (kind, identity), found in versions.items()
        if kind != "Basic"
    }
