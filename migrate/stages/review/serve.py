"""Serves a review to one browser on this machine: 127.0.0.1, a one-time link, nothing external.

The link's token is taken once and exchanged for a cookie. Every request must name this host, and
a verdict must come from these pages. No address has a chart value in it: charts are numbers.
"""

from __future__ import annotations

import hmac
import secrets
import sys
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from migrate.errors import AskedWrongly
from migrate.report import review as pages
from migrate.stages.review.sheet import Sheet, statement, status

COOKIE = "review"
LARGEST_BODY = 1 << 16
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_PARTS = {
    "/review.css": ("review.css", "text/css; charset=utf-8"),
    "/review.js": ("review.js", "text/javascript; charset=utf-8"),
}
_EACH = ("provider", "site", "source")
_USED = "Every link opens once. Start `ehr-migrate review` again in the terminal for another."


@dataclass(slots=True)
class Service:
    """What the handlers share: the sheet, who judges, and the keys of this one session."""

    sheet: Sheet
    title: str
    by: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def take(self, token: str) -> bool:
        """Whether this is the token; it is gone afterwards."""
        fits = bool(self.token) and hmac.compare_digest(self.token.encode(), token.encode())
        if fits:
            self.token = ""
        return fits


class ReviewServer(ThreadingHTTPServer):
    """The server; ``url`` is the one-time link."""

    daemon_threads = True

    def __init__(self, service: Service, port: int) -> None:
        self.service = service
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError):
            raise AskedWrongly(
                "REV004", f"port {port} of this machine cannot be used", try_="leave --port away"
            ) from None
        self.url = f"http://127.0.0.1:{self.server_port}/?token={service.token}"

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """The kind of fault alone: its text may quote a chart."""
        kind = sys.exc_info()[0]
        if kind is not None and not issubclass(kind, ConnectionError):
            sys.stderr.write(f"review: a request failed ({kind.__name__})\n")


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    server_version = "ehr-migrate"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if not self._this_host():
            return
        token = parse_qs(address.query).get("token", [""])[0]
        if token and self.server.service.take(token):
            self._enter()
        elif not self._known():
            self._say(HTTPStatus.FORBIDDEN, "This link does not open the review", _USED)
        elif address.path in _PARTS:
            name, kind = _PARTS[address.path]
            self._send(HTTPStatus.OK, kind, pages.part(name))
        elif address.path == "/":
            self._overview()
        elif address.path.startswith("/chart/"):
            self._chart(address.path.removeprefix("/chart/"))
        else:
            self._say(HTTPStatus.NOT_FOUND, "There is no such page", "Go back to the overview: /")

    def do_POST(self) -> None:
        if not self._this_host():
            return
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip()
        if not (length.isdecimal() and int(length) <= LARGEST_BODY):
            self.close_connection = True
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(int(length))
        ours = f"http://{self.headers.get('Host', '')}"
        if not self._known() or self.headers.get("Origin") != ours or kind != "application/json":
            self._refuse(HTTPStatus.FORBIDDEN)
        elif urlsplit(self.path).path != "/verdict":
            self._refuse(HTTPStatus.NOT_FOUND)
        else:
            self._verdict(body)

    # --- pages --------------------------------------------------------------------------------

    def _enter(self) -> None:
        cookie = f"{COOKIE}={self.server.service.cookie}; HttpOnly; SameSite=Strict; Path=/"
        self._send(HTTPStatus.SEE_OTHER, "text/plain", b"", {"Location": "/", "Set-Cookie": cookie})

    def _overview(self) -> None:
        sheet = self.server.service.sheet
        known = status(sheet)
        frame = self._frame() | {"next": sheet.next_chart(), "strata": _by_kind(known["strata"])}
        self._page(pages.overview_page(known, sheet.open_charts(), frame))

    def _chart(self, name: str) -> None:
        name, _, rest = name.partition("/")
        sheet = self.server.service.sheet
        number = int(name) if name.isdecimal() and len(name) < 9 else 0
        chart = sheet.chart(number)
        if chart is None:
            self._say(
                HTTPStatus.NOT_FOUND, "There is no such chart", "The sheet has no such number."
            )
            return
        if rest == "source" and chart.get("documents"):
            self._page(pages.source_page(chart, {"title": self.server.service.title}))
            return
        if rest:
            self._say(HTTPStatus.NOT_FOUND, "There is no such page", "Go back to the overview: /")
            return
        here = {
            "items_here": len(chart["items"]),
            "left_here": sum(1 for item in chart["items"] if not item["verdict"]),
        }
        self._page(pages.chart_page(chart, self._frame() | here))

    def _frame(self) -> dict[str, Any]:
        service = self.server.service
        return {
            "title": service.title,
            "charts": service.sheet.charts,
            "statement": statement(service.sheet),
            "judged": service.sheet.progress().judged,
        }

    def _verdict(self, body: bytes) -> None:
        service = self.server.service
        try:
            given = orjson.loads(body)
            chart, item = given["chart"], given["item"]
            verdict, note = given["verdict"], given.get("note", "")
            if type(chart) is not int or not all(isinstance(t, str) for t in (item, verdict, note)):
                raise ValueError("not a verdict")
            now = service.sheet.judge(chart, item, verdict, note, service.by)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        shown = [state for state in service.sheet.open_charts() if state[0] == chart]
        _, _, many, left = shown[0]
        words = "; ".join(statement(service.sheet))
        told = {
            "verdict": now.verdict,
            "found": now.planted == "found" and not now.verdict,
            "state": f"{left} of {many} items of this chart to judge. {words}.",
        }
        self._send(HTTPStatus.OK, "application/json", orjson.dumps(told))

    # --- plumbing -----------------------------------------------------------------------------

    def _this_host(self) -> bool:
        """Another name that points here is a trick (DNS rebinding)."""
        port = self.server.server_port
        if self.headers.get("Host") in (f"127.0.0.1:{port}", f"localhost:{port}"):
            return True
        self.close_connection = True
        self._refuse(HTTPStatus.MISDIRECTED_REQUEST)
        return False

    def _known(self) -> bool:
        try:
            cookies = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return False
        held = cookies[COOKIE].value if COOKIE in cookies else ""
        return hmac.compare_digest(held.encode(), self.server.service.cookie.encode())

    def _page(self, text: str) -> None:
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", text.encode("utf-8", "replace"))

    def _say(self, code: HTTPStatus, title: str, words: str) -> None:
        text = pages.message_page(title, words)
        self._send(code, "text/html; charset=utf-8", text.encode())

    def _refuse(self, code: HTTPStatus) -> None:
        self._send(code, "text/plain; charset=utf-8", code.phrase.encode())

    def _send(
        self, code: HTTPStatus, kind: str, body: bytes, more: dict[str, str] | None = None
    ) -> None:
        self.send_response(code)
        for name, value in (HEADERS | (more or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: an address may not be written down."""


def _by_kind(strata: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Providers, sites and sources as one line each: how many there are, how many are seen."""
    found = [line for line in strata if line["stratum"] not in _EACH]
    for kind in _EACH:
        own = [line["drawn"] for line in strata if line["stratum"] == kind]
        if own:
            name = f"different {kind}s"
            found.append({"stratum": name, "charts": len(own), "drawn": len(own) - own.count(0)})
    return found
