"""A run's authority can vouch for hcaptcha.com and for nothing else, whatever is signed with its key."""

import datetime
import ipaddress
import re
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from captcha_range.redirect.authority import Authority

NOW = 1_800_000_000.0


@pytest.fixture
def authority() -> Authority:
    return Authority(NOW)


def signed(authority: Authority, *names: x509.GeneralName) -> x509.Certificate:
    """A certificate over any names with the authority's own key: what its thief could make."""
    at = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
    return (
        x509.CertificateBuilder(authority._certificate.subject, x509.Name([]))
        .public_key(authority._leaf_key.public_key())
        .serial_number(1)
        .not_valid_before(at)
        .not_valid_after(at + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority._key.public_key()), critical=False)
        .sign(authority._key, hashes.SHA256())
    )


def verified(authority: Authority, leaf: x509.Certificate, folder: Path) -> str:
    """What openssl says of the leaf, trusting the authority alone."""
    (folder / "authority.pem").write_text(authority.certificate)
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-attime",
        str(int(NOW) + 60),
        "-CAfile",
        "authority.pem",
        "leaf.pem",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", ["hcaptcha.com", "api.hcaptcha.com", "a.b.hcaptcha.com"])
def test_a_leaf_of_the_zone_is_verified(authority: Authority, tmp_path: Path, name: str) -> None:
    assert verified(authority, authority._signed(authority._leaf_key, name), tmp_path).strip() == "leaf.pem: OK"


@pytest.mark.parametrize(
    ("name", "violation"),
    [
        (x509.DNSName("example.com"), "permitted subtree violation"),
        (x509.DNSName("nothcaptcha.com"), "permitted subtree violation"),
        (x509.DNSName("hcaptcha.com.example"), "permitted subtree violation"),
        (x509.IPAddress(ipaddress.ip_address("127.0.0.1")), "excluded subtree violation"),
        (x509.IPAddress(ipaddress.ip_address("::1")), "excluded subtree violation"),
    ],
)
def test_its_own_key_cannot_vouch_for_another_name(
    authority: Authority, tmp_path: Path, name: x509.GeneralName, violation: str
) -> None:
    assert violation in verified(authority, signed(authority, name), tmp_path)
    assert violation in verified(authority, signed(authority, x509.DNSName("hcaptcha.com"), name), tmp_path)
    assert "leaf.pem: OK" in verified(authority, signed(authority, x509.DNSName("hcaptcha.com")), tmp_path)


def test_the_constraint_is_critical_and_the_authority_makes_no_further_authorities(authority: Authority) -> None:
    extensions = authority._certificate.extensions
    assert extensions.get_extension_for_class(x509.NameConstraints).critical
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_each_run_has_keys_of_its_own(authority: Authority) -> None:
    assert Authority(NOW).leaf_pin != authority.leaf_pin
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", authority.leaf_pin)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None) -> ssl.SSLObject:
    """A finished TLS handshake in memory; the client's end. SSLError as either side has it."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(back, there, server_hostname=name), server.wrap_bio(there, back, server_side=True)]
    for end in ends * 4:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return ends[0]


def trusting(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=authority.certificate)
    # The moment of these certificates is not today's.
    context.verify_flags |= ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME
    return context


def test_a_client_is_shown_a_certificate_for_the_name_that_it_asks_for(authority: Authority) -> None:
    refused: list[str | None] = []
    server = authority.server_context(refused.append)
    for name in ("hcaptcha.com", "js.hcaptcha.com"):
        assert handshake(server, trusting(authority), name).version() is not None
    assert refused == []


@pytest.mark.parametrize("name", ["example.com", "hcaptcha.com.example", None])
def test_a_client_that_asks_for_another_name_gets_no_handshake_and_is_noted(
    authority: Authority, name: str | None
) -> None:
    refused: list[str | None] = []
    client = trusting(authority)
    client.check_hostname = name is not None
    with pytest.raises(ssl.SSLError, match=r"(?i)callback.failed"):
        handshake(authority.server_context(refused.append), client, name)
    assert refused == [name]


def test_a_client_that_does_not_trust_the_authority_refuses_it(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(authority.server_context(print), ssl.create_default_context(), "hcaptcha.com")
