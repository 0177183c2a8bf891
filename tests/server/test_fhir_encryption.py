"""TLS: an authority of the practice's own, client certificates, and what is not trusted."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from migrate.errors import NeedsPerson
from migrate.targets.fhir import open_target
from migrate.testing.target_contract import read
from tests.server.fhir_server import Habits, Handler, Quick, State

Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(name: str, by: Pair | None) -> Pair:
    """A certificate for 127.0.0.1, signed by an authority or, as one, by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[0].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(by[1] if by else key, hashes.SHA256())
    )
    return made, key


def written(folder: Path, name: str, pair: Pair) -> tuple[str, str]:
    """The paths of a certificate and of its key."""
    places = folder / f"{name}.pem", folder / f"{name}.key"
    places[0].write_bytes(pair[0].public_bytes(serialization.Encoding.PEM))
    places[1].write_bytes(
        pair[1].private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(places[0]), str(places[1])


@contextmanager
def encrypted(folder: Path, authority: Pair) -> Iterator[str]:
    """A server that lets in only who shows a certificate of the authority; its base."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*written(folder, "server", certificate("server", authority)))
    context.load_verify_locations(written(folder, "authority", authority)[0])
    context.verify_mode = ssl.CERT_REQUIRED
    server = Quick(("127.0.0.1", 0), type("Bound", (Handler,), {"state": State(Habits())}))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}/fhir"
    finally:
        server.shutdown()
        server.server_close()


def test_certificates_both_ways(tmp_path: Path) -> None:
    authority = certificate("Invented Authority", None)
    mine, key = written(tmp_path, "me", certificate("me", authority))
    with encrypted(tmp_path, authority) as base:
        ours = {"ca": str(tmp_path / "authority.pem")}
        me = {"client_certificate": mine, "client_key": key}
        target = open_target(base, ours | me, pause=lambda _: None)
        assert read(target).content is None
        target.close()
        for options in (ours, me):
            target = open_target(base, options, pause=lambda _: None)
            with pytest.raises(NeedsPerson) as caught:
                read(target)
            assert caught.value.code == "LOD061"
            target.close()


def test_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NeedsPerson) as caught:
        open_target("https://127.0.0.1:9/fhir", {"ca": str(tmp_path / "none.pem")})
    assert caught.value.code == "LOD061"
