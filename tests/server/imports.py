"""``$import`` of the server in this process: the order, the fetching of files, the word at the end.

A job's files are fetched and stored at the second look at it, where it is ``slow`` fetched at the
first and stored at the fourth.
"""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from tests.server.fhir_server import State

Said = tuple[int, dict[str, str]]
ORDER, STATUS = "/fhir/$import", "/fhir/$import-poll-status"
PROBES = 1  # the import of one resource by which a server is tried


@dataclass(slots=True)
class Imports:
    """The server's imports. ``wrong`` is what goes wrong with all but the first: "fails", "partly",
    "nothing", "other ids" (with the first too), "elsewhere", "slow"."""

    wrong: str = ""
    other: str = "http://127.0.0.1:9/fhir"  # another host
    jobs: list[list[str]] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)
    fetched: dict[int, list[bytes]] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)

    def order(self, base: str, body: Any, prefer: str | None) -> Said:
        """Take an order for files; where its end will be told."""
        named: dict[str, list[Any]] = {}
        for one in body["parameter"]:
            named.setdefault(one["name"], []).append(one)
        if prefer != "respond-async" or body["resourceType"] != "Parameters":
            return 400, {}
        if named["inputFormat"][0]["valueCode"] != "application/fhir+ndjson":
            return 400, {}
        self.jobs.append([part["valueUri"] for one in named["input"] for part in one["part"][1:]])
        self.looks.append(0)
        if self.wrong == "elsewhere":
            base = self.other
        return 202, {"Content-Location": f"{base}{STATUS[5:]}?_jobId={len(self.jobs)}"}

    def look(self, state: State, number: int) -> Said:
        """What a look at a job says."""
        self.looks[number - 1] += 1
        seen = self.looks[number - 1]
        wrong = self.wrong if number > PROBES or self.wrong == "other ids" else ""
        if wrong == "slow" and seen == 1:
            self._fetch(number)
        if seen < (4 if wrong == "slow" else 2):
            return 202, {"Retry-After": "120"}
        if number not in self.ended:
            self.ended[number] = self._end(state, number, wrong)
        return self.ended[number], {}

    def _end(self, state: State, number: int, wrong: str) -> int:
        try:
            lines = self._fetch(number)
        except OSError:
            return 500
        if wrong in ("fails", "partly"):
            lines = lines[: len(lines) // 2]
        elif wrong == "nothing":
            lines = []
        for line in lines:
            self._store(state, json.loads(line), wrong)
        return 500 if wrong == "fails" else 200

    def _fetch(self, number: int) -> list[bytes]:
        if number not in self.fetched:
            found: list[bytes] = []
            for url in self.jobs[number - 1]:
                with urllib.request.urlopen(url, timeout=10) as answer:
                    assert answer.headers["Content-Type"] == "application/fhir+ndjson"
                    found += answer.read().splitlines()
            self.fetched[number] = found
        return self.fetched[number]

    @staticmethod
    def _store(state: State, resource: Any, wrong: str) -> int:
        if wrong == "other ids":
            return state.create(resource["resourceType"], resource, None)[0]
        return state.put((resource["resourceType"], resource["id"]), resource, None, None)[0]


def answered(state: State, base: str, path: str, body: Any, prefer: str | None) -> Said | None:
    """Status and headers of a request about imports; None for any other request."""
    parts = urlsplit(path)
    if parts.path == ORDER:
        return state.imports.order(base, body, prefer) if state.habits.imports else (400, {})
    if parts.path == STATUS:
        return state.imports.look(state, int(parse_qs(parts.query)["_jobId"][0]))
    return None
