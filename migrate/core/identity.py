"""Keyed ids: the same row of the same old system gets the same id, and the id says nothing.

An id is ``r`` and the first 36 characters of the lower-case base32hex (RFC 4648 section 7) of
HMAC-SHA256 over the length-prefixed parts (system, table, slot, key columns…). 180 bits are
far beyond accidental collision, and 37 characters fit FHIR's 64. The engine computes the same
in SQL (``migrate.core.compile.ids``); a test holds the two together.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32hexencode
from collections.abc import Sequence

ID_PREFIX = "r"
PARTITIONS = 64
_DIGITS = "0123456789abcdefghijklmnopqrstuv"


def message(parts: Sequence[str | None]) -> bytes:
    """The parts, each as ``length in bytes:text``; a NULL part is ``-:``. Injective."""
    pieces = []
    for part in parts:
        raw = b"" if part is None else part.encode()
        pieces.append((b"-" if part is None else str(len(raw)).encode()) + b":" + raw)
    return b"".join(pieces)


def make_id(key: bytes, parts: Sequence[str | None]) -> str:
    """The FHIR id of the row that these parts name, under this id key."""
    digest = hmac.digest(key, message(parts), "sha256")
    return ID_PREFIX + b32hexencode(digest[:25]).decode().lower()[:36]


def partition_of(resource_id: str) -> int:
    """The partition (0..63) of a patient's, or an ownerless resource's, id: its first six bits."""
    return _DIGITS.index(resource_id[1]) * 2 + _DIGITS.index(resource_id[2]) // 16


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and outer 64-byte blocks of HMAC-SHA256 (RFC 2104) for a key."""
    block = hashlib.sha256(key).digest() if len(key) > 64 else key
    block = block.ljust(64, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def fingerprint(key: bytes) -> str:
    """A short public name of an id key, for manifests and signatures; not reversible."""
    return hmac.digest(key, b"ehr-migrate id key fingerprint", "sha256").hex()[:16]
