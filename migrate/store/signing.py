"""Sealing documents with the project's own key (Ed25519, RFC 8032), and checking the seals.

The seal shows that a document was signed in this project and not edited since. It does not show
who sat at the keyboard: the name in a sign-off is what that person wrote.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from migrate.errors import NeedsPerson
from migrate.store.files import write_atomically

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNING_KEY_FILE = "signing.key"


class NotGenuine(ValueError):
    """A sealed document's text, seal or key does not fit."""


def signing_key(project: Path, *, make: bool) -> Ed25519PrivateKey:
    """The project's key; with ``make`` it is made once (32 random bytes, 0600).

    Raises NeedsPerson (LOD016) when it is missing or not whole.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = project / SIGNING_KEY_FILE
    if make and not path.exists() and not any((project / "signoffs").glob("*.json")):
        write_atomically(path, os.urandom(32))
    if not path.is_file() or len(raw := path.read_bytes()) != 32:
        raise NeedsPerson(
            "LOD016",
            f"the project's signing key ({SIGNING_KEY_FILE}) is missing or not 32 bytes long",
            try_="put back the copy that was kept with the project",
        )
    return Ed25519PrivateKey.from_private_bytes(raw)


def seal(document: Mapping[str, object], key: Ed25519PrivateKey) -> bytes:
    """The document with its seal and the public key, as a JSON text."""
    sealed = {
        "document": document,
        "public_key": public_key_text(key),
        "seal": base64.b64encode(key.sign(_canonical(document))).decode(),
    }
    return _text(sealed)


def unseal(raw: bytes, public_key: str) -> dict[str, object]:
    """The document under a seal of this public key (base64). Raises NotGenuine."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        sealed = orjson.loads(raw)
        document, given = sealed["document"], base64.b64decode(sealed["seal"], validate=True)
        if sealed["public_key"] != public_key or not isinstance(document, dict):
            raise NotGenuine("sealed with another key")
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
        key.verify(given, _canonical(document))
        if raw != _text(sealed):
            raise NotGenuine("another text than was sealed")
    except (InvalidSignature, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise NotGenuine(f"the seal does not fit ({type(error).__name__})") from None
    return document


def unseal_alone(raw: bytes) -> tuple[dict[str, object], str]:
    """The document under a seal of whatever key it carries, and that public key (base64).

    It shows that nothing was edited since; who made it shows the key's fingerprint. Raises
    NotGenuine.
    """
    try:
        key = orjson.loads(raw)["public_key"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise NotGenuine("not a sealed document") from None
    if not isinstance(key, str):
        raise NotGenuine("not a sealed document")
    return unseal(raw, key), key


def key_fingerprint(public_key: str) -> str:
    """The short public name of a key, to be compared with the one on paper."""
    digest = hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:32].upper()
    return "-".join(digest[n : n + 4] for n in range(0, 32, 4))


def public_key_text(key: Ed25519PrivateKey) -> str:
    """The public half of a key, in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def _text(sealed: Mapping[str, object]) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(sealed, option=options)


def _canonical(document: Mapping[str, object]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
