"""Files that a server fetches from this machine while a bulk import runs, and not a moment longer.

Each lies under an address that cannot be guessed (256 random bits); nothing is listed, nothing is
logged, and every other address is answered with 404. Unencrypted only on this machine itself.
"""

from __future__ import annotations

import secrets
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from migrate.errors import NeedsPerson
from migrate.targets.fhir.options import Offering

NDJSON = "application/fhir+ndjson"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    files: Mapping[str, Sequence[bytes]]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a traceback would go to stderr."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 60
    server_version = sys_version = ""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """The lines of one file, or 404."""
        lines = self.server.files.get(self.path)
        if lines is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", NDJSON)
        self.send_header("Content-Length", str(sum(len(line) + 1 for line in lines)))
        self.end_headers()
        for line in lines:
            self.wfile.write(line + b"\n")


@contextmanager
def offered(
    at: Offering, by_type: Mapping[str, Sequence[bytes]]
) -> Iterator[list[tuple[str, str]]]:
    """(type, address) of each type's lines, fetchable inside the block.

    Raises NeedsPerson (LOD074) where this machine cannot be listened at.
    """
    names = {kind: f"/{secrets.token_urlsafe(32)}" for kind in by_type}
    try:
        server = _Server((at.host, at.port), _Handler)
        server.files = {names[kind]: lines for kind, lines in by_type.items()}
        if at.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(at.certificate, at.key or None)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
    except (OSError, ssl.SSLError) as error:
        raise NeedsPerson(
            "LOD074",
            f"no files can be offered at import_from ({type(error).__name__})",
            kept="everything; nothing was sent",
            try_="check import_from, import_certificate and import_key in [target.options]",
        ) from None
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        root = at.root(server.server_address[1])
        yield [(kind, root + name) for kind, name in names.items()]
    finally:
        server.shutdown()
        server.server_close()
