"""Who we are: every way of saying it, secrets from their places only, and to one host only."""

from __future__ import annotations

import json
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from migrate.core.ports import Target
from migrate.errors import AskedWrongly, NeedsPerson
from migrate.targets.fhir import bulk, open_target
from migrate.targets.fhir.auth import BackendServices
from migrate.testing.target_contract import patient, put, read
from tests.server.fhir_server import Fault, Habits, State, serving

ID = "invented-client"


def opened(base: str, **options: object) -> Target:
    return open_target(base, options, pause=lambda _: None)


@contextmanager
def token_endpoint(key: ECKey | RSAKey, state: State) -> Iterator[tuple[str, list[str]]]:
    """Gives token1, token2, … for a rightly signed assertion; the newest is the valid one."""
    given: list[str] = []

    class Endpoint(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            token = jwt.decode(form["client_assertion"][0], key, algorithms=["ES384", "RS384"])
            assert token.claims["iss"] == token.claims["sub"] == ID
            assert self.headers.get("Authorization") is None
            given.append(f"token{len(given) + 1}")
            state.habits.token = f"Bearer {given[-1]}"
            body = json.dumps({"access_token": given[-1], "expires_in": 3600}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/token", given
    finally:
        server.shutdown()
        server.server_close()


def test_a_bearer_token_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVENTED_TOKEN", "open-sesame")
    with serving(Habits(token="Bearer open-sesame")) as (base, _):
        target = opened(base, auth="bearer", token={"env": "INVENTED_TOKEN"})
        assert put(target, patient("r1"), None).outcome == "created"
        target.close()


def test_user_and_password_from_a_file(tmp_path: Path) -> None:
    place = tmp_path / "secret"
    place.write_text("open sesame\n")
    options = {"auth": "basic", "user": "ada", "password": {"file": str(place)}}
    place.chmod(0o644)
    with serving(Habits(token="Basic YWRhOm9wZW4gc2VzYW1l")) as (base, _):
        with pytest.raises(NeedsPerson):
            opened(base, **options)
        place.chmod(0o600)
        target = opened(base, **options)
        assert read(target).content is None
        target.close()


@pytest.mark.parametrize("kind", ["ES384", "RS384"])
def test_backend_services_buy_a_token_and_another_in_mid_run(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ECKey.generate_key("P-384") if kind == "ES384" else RSAKey.generate_key(2048)
    monkeypatch.setenv("INVENTED_KEY", key.as_pem(private=True).decode())
    with serving(Habits()) as (base, state), token_endpoint(key, state) as (url, given):
        target = opened(
            base,
            auth="smart",
            token_url=url,
            client_id=ID,
            private_key={"env": "INVENTED_KEY"},
            key_id="one",
        )
        first = put(target, patient("r1"), None)
        state.habits.token = "Bearer revoked"
        assert put(target, patient("r1", gender="male"), first.version).outcome == "updated"
        assert given == ["token1", "token2"]
        target.close()


def test_a_token_is_bought_anew_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its endpoint says 3600 seconds; a request half a minute before that has a new one."""
    key = ECKey.generate_key("P-384")
    monkeypatch.setenv("INVENTED_KEY", key.as_pem(private=True).decode())
    clock = [1000.0]
    state = State(Habits())
    with token_endpoint(key, state) as (url, given), httpx.Client() as client:
        options = {"token_url": url, "client_id": ID, "private_key": {"env": "INVENTED_KEY"}}
        services = BackendServices(options, client, lambda: clock[0])
        headers = []
        for seconds in (0, 3500, 75, 3500):
            clock[0] += seconds
            headers.append(services.header())
        assert headers == ["Bearer token1", "Bearer token1", "Bearer token2", "Bearer token2"]
        assert given == ["token1", "token2"]


def test_no_credential_follows_a_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVENTED_TOKEN", "open-sesame")
    with serving() as (base, state):
        target = opened(base, auth="bearer", token={"env": "INVENTED_TOKEN"})
        state.arm(Fault(0, "redirect"))
        with pytest.raises(NeedsPerson) as caught:
            read(target)
        assert caught.value.code == "LOD063"
        assert state.requests == 1
        target.close()


def test_another_host_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither after a redirect nor where an import is said to be followed elsewhere."""
    monkeypatch.setenv("INVENTED_TOKEN", "open-sesame")
    monkeypatch.setattr(bulk, "WORTH", 1)
    sign = "Bearer open-sesame"
    with serving(Habits(token=sign, imports=True)) as (base, state), serving() as (other, heard):
        target = opened(
            base,
            auth="bearer",
            token={"env": "INVENTED_TOKEN"},
            import_from="http://127.0.0.1:0",
        )
        state.elsewhere = other
        state.imports.wrong, state.imports.other = "elsewhere", other
        with pytest.raises(NeedsPerson) as caught:
            put(target, patient("r1"), None)
        assert caught.value.code == "LOD063" and state.imports.jobs
        state.arm(Fault(0, "redirect"))
        with pytest.raises(NeedsPerson) as caught:
            read(target)
        assert caught.value.code == "LOD063"
        target.close()
        assert heard.requests == 0


@pytest.mark.parametrize(
    "options",
    [
        {"auth": "bearer", "token": "written down"},
        {"auth": "bearer"},
        {"auth": "magic"},
        {"auth": "smart", "client_id": ID},
        {"bundle": 0},
        {"colour": "blue"},
    ],
)
def test_settings_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(AskedWrongly) as caught:
        opened("http://127.0.0.1:9/fhir", **options)
    assert caught.value.code == "LOD060"
    assert "written down" not in f"{caught.value} {caught.value.try_}"


@pytest.mark.parametrize(
    "address", ["ftp://x/fhir", "http://ehr.example/fhir", "https://me:secret@ehr.example/fhir"]
)
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(AskedWrongly) as caught:
        opened(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"auth": "bearer", "token": {"env": "NO_SUCH_VARIABLE"}}, "LOD061"),
        ({"auth": "bearer", "token": {"file": "/no/such/file"}}, "LOD061"),
        (
            {"auth": "smart", "token_url": "x", "client_id": ID, "private_key": {"env": "PATH"}},
            "LOD061",
        ),
    ],
)
def test_secrets_that_are_not_there(options: dict[str, object], code: str) -> None:
    with pytest.raises(NeedsPerson) as caught:
        opened("http://127.0.0.1:9/fhir", **options)
    assert caught.value.code == code


def test_a_secret_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {("ehr-migrate", "ada"): "open-sesame"}
    fake = types.SimpleNamespace(get_password=lambda service, user: held.get((service, user)))
    monkeypatch.setitem(sys.modules, "keyring", fake)
    with serving(Habits(token="Bearer open-sesame")) as (base, _):
        target = opened(base, auth="bearer", token={"keyring": "ehr-migrate/ada"})
        assert read(target).content is None
        target.close()
        with pytest.raises(NeedsPerson):
            opened(base, auth="bearer", token={"keyring": "ehr-migrate/nobody"})
