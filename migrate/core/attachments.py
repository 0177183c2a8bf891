"""Attachments inside resources, known by the digests of their bytes.

An attachment (FHIR's Attachment, or a Binary) is an object with ``contentType`` and ``data`` in
base64. Two writings of the same bytes are the same attachment; SampledData's ``data`` is none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator


def decoded(text: object) -> bytes | None:
    """The bytes of a base64 text, white space aside; None for everything else."""
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def same_bytes(one: object, other: object) -> bool:
    """Whether two base64 texts are the same bytes."""
    found = decoded(one)
    return found is not None and found == decoded(other)


def digests(resource: bytes) -> dict[str, str]:
    """Path → SHA-256 of the bytes of each attachment in a JSON resource; none in other texts."""
    if b'"data"' not in resource:
        return {}
    try:
        return dict(_found("", json.loads(resource)))
    except ValueError:
        return {}


def _found(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for position, one in enumerate(value):
            yield from _found(f"{path}[{position}]", one)
    elif isinstance(value, dict):
        if "contentType" in value and (held := decoded(value.get("data"))) is not None:
            yield f"{path}.data", hashlib.sha256(held).hexdigest()
        for name, one in value.items():
            yield from _found(f"{path}.{name}", one)
