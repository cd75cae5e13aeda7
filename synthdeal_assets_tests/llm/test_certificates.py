"""Endpoints whose certificate a company or its owner signed: which variables make it trusted, and what is said else."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from synthdeal_assets.llm.failures import FailureKind, LlmError, Treatment
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.llm.asking import BOTH, ProviderAt, ask
from synthdeal_assets_tests.llm.raw_server import Raw, RawServer

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
ANSWERS = {
    "choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}],
    "content": [{"type": "text", "text": "yes"}],
}


@pytest.fixture(autouse=True)
def no_variable_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that it signed itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def url(certificate: Path) -> Iterator[str]:
    """The address of an endpoint that shows the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = RawServer()
    server.answer = Raw(body=ANSWERS)
    server.wrap(context)
    with server.running():
        yield server.url.replace("http://", "https://")


@pytest.mark.parametrize("at", BOTH)
def test_a_certificate_that_nobody_trusts_ends_the_run_and_names_both_variables(at: ProviderAt, url: str) -> None:
    with pytest.raises(LlmError, match="SSL_CERT_FILE or REQUESTS_CA_BUNDLE") as refused:
        ask(at(url))
    assert (refused.value.kind, refused.value.treatment) == (FailureKind.CONNECTION, Treatment.STOP)
    assert refused.value.unsent


@pytest.mark.parametrize("at", BOTH)
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_either_variable_makes_it_trusted(
    at: ProviderAt, variable: str, url: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(certificate))
    assert ask(at(url)).text == "yes"


@pytest.mark.parametrize("at", BOTH)
def test_a_bundle_that_holds_no_certificates_is_named_before_anything_is_sent(
    at: ProviderAt, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere.pem"))
    with failing_with("llm.bad-certificates", naming="nowhere.pem"):
        ask(at(url))
