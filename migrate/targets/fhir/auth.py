"""How the server is told who asks: not at all, a bearer token, basic, or SMART Backend Services.

The last is HL7's "SMART App Launch 2.0, client confidential asymmetric": a JWT signed with the
client's private key (ES384 or RS384) buys a short-lived token at the token endpoint.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Protocol

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from migrate.errors import AskedWrongly, FailedForNow, NeedsPerson
from migrate.targets.fhir.secrets import secret

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE_S = 240
_EARLY_S = 30.0


class Credentials(Protocol):
    """Gives the value of the Authorization header, or None for no header."""

    def header(self) -> str | None:
        """The value to send now."""

    def renew(self) -> bool:
        """The server did not accept the last one: whether another was got."""


class Fixed:
    """Nothing, a bearer token or user and password: they stay as they are."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def header(self) -> str | None:
        """The value to send."""
        return self._value

    def renew(self) -> bool:
        """There is no other."""
        return False


class BackendServices:
    """A token bought with a signed assertion, and bought again before or when it ends."""

    def __init__(
        self,
        options: Mapping[str, object],
        client: httpx.Client,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client, self._now = client, now
        self._url = _text(options, "token_url")
        self._id = _text(options, "client_id")
        self._scope = str(options.get("scope", "system/*.cruds"))
        self._key = _key(secret(options.get("private_key"), "private_key"))
        self._kid = options.get("key_id", self._key.kid)
        self._token: str | None = None
        self._ends = 0.0

    def header(self) -> str | None:
        """``Bearer`` and a token that lives long enough for a request."""
        if self._token is None or self._now() >= self._ends - _EARLY_S:
            self._buy()
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        """Buy another token."""
        self._buy()
        return True

    def _buy(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "scope": self._scope,
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(),
        }
        try:
            answer = self._client.post(self._url, data=form)
        except httpx.HTTPError as error:
            raise FailedForNow(
                "LOD003", f"the token endpoint does not answer ({type(error).__name__})"
            ) from None
        if answer.status_code >= 500:
            raise FailedForNow("LOD003", f"the token endpoint answered {answer.status_code}")
        try:
            found = answer.json()
            self._token = str(found["access_token"])
            self._ends = self._now() + float(found.get("expires_in", 300))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NeedsPerson(
                "LOD061",
                f"the token endpoint gave no token (status {answer.status_code})",
                kept="everything; the load goes on from where it is",
                try_="check client_id, private_key, key_id and scope with the server's people",
            ) from None

    def _assertion(self) -> str:
        algorithm = "ES384" if isinstance(self._key, ECKey) else "RS384"
        header: dict[str, object] = {"alg": algorithm, "typ": "JWT"}
        if self._kid:
            header["kid"] = str(self._kid)
        claims = {
            "iss": self._id,
            "sub": self._id,
            "aud": self._url,
            "jti": uuid.uuid4().hex,
            "exp": int(self._now()) + _LIFE_S,
        }
        return jwt.encode(header, claims, self._key, algorithms=["ES384", "RS384"])


def credentials(options: Mapping[str, object], client: httpx.Client) -> Credentials:
    """What ``[target.options]`` asks for under ``auth``.

    ``client`` talks to the token endpoint only. Raises AskedWrongly (LOD060) for options that
    make no sense, NeedsPerson (LOD061) for a secret that is not there.
    """
    kind = options.get("auth", "none")
    if kind == "none":
        return Fixed(None)
    if kind == "bearer":
        return Fixed(f"Bearer {secret(options.get('token'), 'token')}")
    if kind == "basic":
        pair = f"{_text(options, 'user')}:{secret(options.get('password'), 'password')}"
        return Fixed("Basic " + base64.b64encode(pair.encode()).decode())
    if kind == "smart":
        return BackendServices(options, client)
    raise AskedWrongly(
        "LOD060", "[target.options] auth is not known", try_="write none, bearer, basic or smart"
    )


def _text(options: Mapping[str, object], name: str) -> str:
    value = options.get(name)
    if isinstance(value, str) and value:
        return value
    raise AskedWrongly("LOD060", f"[target.options] {name} is missing", try_=f'write {name} = "…"')


def _key(text: str) -> ECKey | RSAKey:
    """A private key as PEM or JWK. Raises NeedsPerson (LOD061)."""
    makers: list[Callable[[], object]] = [
        lambda: import_key(text, "EC"),
        lambda: import_key(text, "RSA"),
    ]
    if text.startswith("{"):
        makers = [lambda: import_key(json.loads(text))]
    for make in makers:
        try:
            key = make()
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, ECKey | RSAKey) and key.is_private:
            return key
    raise NeedsPerson(
        "LOD061",
        "the secret [target.options] private_key is no private EC (P-384) or RSA key",
        try_="give it as PEM or as JWK",
    )
