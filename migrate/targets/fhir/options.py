"""``[target]`` of a FHIR server: the address and what can be set about it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from migrate.errors import AskedWrongly, NeedsPerson

_LOCAL = ("127.0.0.1", "::1", "localhost")
_AUTH = {"auth", "token", "user", "password", "token_url", "client_id", "private_key", "key_id"}
_TLS = {"ca", "client_certificate", "client_key"}
_IMPORT = {"import_from", "import_certificate", "import_key"}
_PACE = {"bundle", "connections", "timeout_s", "largest_answer_mb", "remembered"}
_KNOWN = _AUTH | {"scope"} | _TLS | _PACE | _IMPORT
MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Offering:
    """Where a server fetches files from this machine: the host's name, the port (0: a free one),
    and the certificate with its key ('' on this machine itself, where nothing is encrypted)."""

    host: str
    port: int
    certificate: str
    key: str

    def root(self, port: int) -> str:
        """The address, at the port that was opened."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """``bundle``: entries in a request at most; ``connections``: requests at a time.

    ``timeout_s`` is for a whole answer, ``largest_answer`` in bytes. ``remembered`` is the file
    that keeps what was found out about the server (None: nothing is kept). ``offering``: where the
    server's bulk import fetches files (None: everything goes in bundles).
    """

    base: str
    bundle: int
    connections: int
    timeout_s: float
    largest_answer: int
    remembered: Path | None
    offering: Offering | None = None


def settings(address: str, options: Mapping[str, object]) -> Settings:
    """Read address and options. Raises AskedWrongly (LOD060) with what is wrong."""
    base = address.rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise _wrong("address is no http(s) URL of a FHIR base", 'write "https://server/fhir"')
    if parts.username or parts.password:
        raise _wrong("address holds a user or a password", "see auth in the guide to targets")
    unknown = sorted(set(options) - _KNOWN)
    if unknown:
        raise _wrong(f"options {', '.join(unknown)}: not known", "see the guide to targets")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise _wrong("address is not encrypted (http)", "write https://…")
    remembered = options.get("remembered")
    return Settings(
        base=base,
        bundle=_number(options, "bundle", MOST_ENTRIES, 1, 10_000),
        connections=_number(options, "connections", 4, 1, 64),
        timeout_s=float(_number(options, "timeout_s", 120, 1, 3600)),
        largest_answer=_number(options, "largest_answer_mb", 256, 1, 4096) * 1024 * 1024,
        remembered=Path(str(remembered)) if remembered else None,
        offering=_offering(options),
    )


def _offering(options: Mapping[str, object]) -> Offering | None:
    if "import_from" not in options:
        return None
    try:
        parts = urlsplit(str(options["import_from"]))
        port = parts.port
    except ValueError:
        raise _wrong("options import_from is no address", 'write "https://NAME:PORT"') from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise _wrong("options import_from is no address", 'write "https://NAME:PORT"')
    if parts.scheme == "http":
        if parts.hostname not in _LOCAL:
            raise _wrong("options import_from is not encrypted (http)", "write https://…")
        return Offering(parts.hostname, port or 0, "", "")
    certificate = options.get("import_certificate")
    if not certificate:
        raise _wrong("options import_from needs import_certificate", "name its PEM file")
    return Offering(
        parts.hostname, port or 443, str(certificate), str(options.get("import_key") or "")
    )


def encryption(options: Mapping[str, object]) -> ssl.SSLContext:
    """TLS, always verified; ``ca`` adds the practice's own authority, and
    ``client_certificate`` with ``client_key`` shows who we are. Raises NeedsPerson (LOD061)."""
    context = ssl.create_default_context()
    try:
        if "ca" in options:
            context.load_verify_locations(cafile=str(options["ca"]))
        if "client_certificate" in options:
            key = options.get("client_key")
            context.load_cert_chain(str(options["client_certificate"]), str(key) if key else None)
    except (OSError, ssl.SSLError) as error:
        raise NeedsPerson(
            "LOD061",
            f"ca, client_certificate or client_key cannot be used ({type(error).__name__})",
            try_="check the files that [target.options] names",
        ) from None
    return context


def _number(options: Mapping[str, object], name: str, default: int, low: int, high: int) -> int:
    value = options.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise _wrong(f"options {name} is no whole number from {low} to {high}", "mend it")


def _wrong(what: str, try_: str) -> AskedWrongly:
    return AskedWrongly("LOD060", f"[target] {what}", kept="nothing was sent", try_=try_)
