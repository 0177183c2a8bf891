"""One request and its answer: time, size and status are guarded here, and no value leaks.

Redirects are not followed, so no credential goes to another host. URLs carry resource types and
keyed ids only; httpx's own log lines are silenced all the same.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from migrate.errors import FailedForNow, NeedsPerson
from migrate.targets.fhir.auth import Credentials
from migrate.targets.fhir.options import Settings

FHIR_JSON = "application/fhir+json"
# Longer waits are the user's, not ours: stop cleanly and say when to come back.
LONGEST_WAIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body, and the seconds that the server asked to wait (None: it did not).

    ``location``: where it says that the outcome of a long order will be (Content-Location).
    """

    status: int
    body: bytes
    wait_s: float | None
    etag: str | None = None
    location: str | None = None


class TooLarge(Exception):
    """The answer is larger than what is read into memory: ask for less."""


class Wire:
    """Sends requests to one FHIR base."""

    def __init__(
        self,
        client: httpx.Client,
        settings: Settings,
        credentials: Credentials,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self._client, self._settings, self._credentials = client, settings, credentials
        self._pause = pause
        self._lock = threading.Lock()
        self._wait_s = 0.0

    def hold(self, seconds: float | None) -> None:
        """The server asked for patience: the next request waits.

        Raises FailedForNow (LOD023) where the wait is longer than a load should sit there.
        """
        if seconds is not None and seconds > LONGEST_WAIT_S:
            raise FailedForNow(
                "LOD023",
                "the target asked for a long pause",
                kept="every write that was answered is journalled",
                try_="run the same command again after that time",
                retry_after_s=int(min(seconds, 7 * 86_400)),
            )
        with self._lock:
            self._wait_s = max(self._wait_s, seconds or 0.0)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        """Send a request below the base ('' is the base itself) and give the answer.

        Raises FailedForNow (LOD003 no answer, 429 or 5xx; LOD023 a long wait), NeedsPerson
        (LOD061 not allowed, LOD063 redirected) and TooLarge; every other status is returned.
        """
        with self._lock:
            wait, self._wait_s = self._wait_s, 0.0
        if wait:
            self._pause(wait)
        answer = self._once(method, path, body, headers)
        if answer.status == 401:
            with self._lock:
                renewed = self._credentials.renew()
            if renewed:
                answer = self._once(method, path, body, headers)
        return self._judged(answer)

    def _once(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        # HAPI gives an earlier search's answer for a minute unless told otherwise.
        fresh = {"Cache-Control": "no-cache", "Accept-Encoding": "identity"}
        sent = {"Accept": FHIR_JSON, **fresh, **headers}
        if body is not None:
            sent.setdefault("Content-Type", FHIR_JSON)
        with self._lock:
            header = self._credentials.header()
        if header is not None:
            sent["Authorization"] = header
        base = self._settings.base
        url = f"{base}/{path}" if path else base
        try:
            with self._client.stream(method, url, content=body, headers=sent) as response:
                return Answer(
                    response.status_code,
                    self._body(response),
                    _wait(response.headers.get("Retry-After")),
                    response.headers.get("ETag"),
                    response.headers.get("Content-Location"),
                )
        except httpx.HTTPError as error:
            if _of_encryption(error):
                raise NeedsPerson(
                    "LOD061",
                    "no encrypted connection: one side does not trust the other's certificate",
                    kept="every write that was answered is journalled",
                    try_="see ca, client_certificate and client_key in [target.options]",
                ) from None
            raise FailedForNow("LOD003", f"no answer ({type(error).__name__})") from None

    def _body(self, response: httpx.Response) -> bytes:
        ends = time.monotonic() + self._settings.timeout_s
        found: list[bytes] = []
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > self._settings.largest_answer:
                raise TooLarge
            if time.monotonic() > ends:
                raise FailedForNow("LOD003", "the answer did not end in time")
            found.append(chunk)
        return b"".join(found)

    def _judged(self, answer: Answer) -> Answer:
        status = answer.status
        if status in (429, 503):
            wait = 1.0 if answer.wait_s is None else answer.wait_s
            self.hold(wait)
            raise FailedForNow("LOD003", f"the target answered {status}")
        if status >= 500:
            raise FailedForNow("LOD003", f"the target answered {status}")
        if status in (401, 403):
            raise NeedsPerson(
                "LOD061",
                f"the target does not let us in (status {status})",
                kept="every write that was answered is journalled",
                try_="check [target.options] auth and its secrets, then run the same command again",
            )
        if 300 <= status < 400:
            raise NeedsPerson(
                "LOD063",
                f"the target sends us to another address (status {status}); this is not followed",
                kept="everything",
                try_="ask the server's people for its real FHIR base and write that as address",
            )
        return answer


def _of_encryption(error: BaseException | None) -> bool:
    """Whether a failure comes from TLS, not from the line."""
    while error is not None:
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _wait(value: str | None) -> float | None:
    """Seconds out of a Retry-After header, as a number or a date (RFC 9110 section 10.2.3)."""
    if value is None:
        return None
    try:
        return max(0.0, float(int(value)))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def connected(settings: Settings, verify: object) -> httpx.Client:
    """A client that trusts no proxy and no .netrc of the environment, and follows nowhere."""
    return httpx.Client(
        verify=verify,  # type: ignore[arg-type]
        timeout=httpx.Timeout(settings.timeout_s, connect=min(30.0, settings.timeout_s)),
        limits=httpx.Limits(max_connections=settings.connections),
        follow_redirects=False,
        trust_env=False,
    )
