"""The certificate authority of one run: it can vouch for hcaptcha.com only, and its keys are never in a file."""

import base64
import contextlib
import hashlib
import ipaddress
import os
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from captcha_range.core.errors import RangeError
from captcha_range.redirect.names import ZONE, NameInvalid, is_redirected, plain_name

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_EARLIER, _LATER = timedelta(hours=1), timedelta(days=2)
_ANOTHER = f"another-name.{ZONE}"


class ExecMissing(RangeError):
    """`exec` makes certificates, which needs the extra `exec`: pip install 'captcha-range[exec]'."""

    code = "exec_missing"


class Authority:
    """Signs certificates for hcaptcha.com and names below it. RFC 5280 §4.2.1.10 binds clients to that."""

    def __init__(self, now: float) -> None:
        """`now`: Unix time. ExecMissing without the extra."""
        require_extra()
        from cryptography.hazmat.primitives.asymmetric import ec

        at = datetime.fromtimestamp(now, UTC)
        self._validity = at - _EARLIER, at + _LATER
        self._key, self._leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._signed(self._key, None)
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    @property
    def certificate(self) -> str:
        """The authority's certificate, PEM."""
        return _pem(self._certificate)

    @property
    def leaf_pin(self) -> str:
        """SHA-256 over the public key that all leaves have, in base64, as Chromium takes it."""
        from cryptography.hazmat.primitives import serialization

        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = self._leaf_key.public_key().public_bytes(serialization.Encoding.DER, form)
        return base64.b64encode(hashlib.sha256(public).digest()).decode()

    def server_context(
        self, refused: Callable[[str | None], None], fault_of: Callable[[str], str | None] = lambda name: None
    ) -> ssl.SSLContext:
        """TLS for whatever name of hcaptcha.com a client asks for; `refused` is told of any other.

        `fault_of` a name: how this handshake is to fail, `tls-expired`, `tls-wrong-name` or `tls-broken`; None for not.
        """
        outer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(connection: Any, asked: str | None, _: ssl.SSLContext) -> int | None:
            name = _plain_or_none(asked or "")
            if name is None or not is_redirected(name):
                refused(name)
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            fault = fault_of(name)
            if fault == "tls-broken":
                return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
            connection.context = self.context_for(name, fault or "")
            return None

        outer.sni_callback = choose
        return outer

    def context_for(self, name: str, fault: str = "") -> ssl.SSLContext:
        """TLS with a leaf for one plain name, or with one that has expired or is for another name."""
        if (name, fault) not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            shown = _ANOTHER if fault == "tls-wrong-name" else name
            chain = _pem(self._signed(self._leaf_key, shown, is_expired=fault == "tls-expired")) + self.certificate
            with _in_memory(_key_pem(self._leaf_key) + chain) as file:
                context.load_cert_chain(file)
            self._contexts[name, fault] = context
        return self._contexts[name, fault]

    def _signed(
        self, key: "EllipticCurvePrivateKey", name: str | None, *, is_expired: bool = False
    ) -> "x509.Certificate":
        """A leaf for `name`, or the authority itself. An expired one ended half an hour ago."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"captcha-range exec, for {ZONE} only")])
        builder = (
            x509.CertificateBuilder(issuer, issuer if name is None else x509.Name([]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._validity[0])
            .not_valid_after(self._validity[0] + _EARLIER / 2 if is_expired else self._validity[1])
        )
        for extension, is_critical in _authority_extensions(key) if name is None else _leaf_extensions(name, self._key):
            builder = builder.add_extension(extension, is_critical)
        return builder.sign(self._key, hashes.SHA256())


def require_extra() -> None:
    """ExecMissing if `cryptography` is not there."""
    try:
        import cryptography  # noqa: F401 - an extra: only who redirects needs it
    except ModuleNotFoundError as error:
        if error.name != "cryptography":
            raise
        raise ExecMissing from None


def _authority_extensions(key: "EllipticCurvePrivateKey") -> "Iterator[tuple[x509.ExtensionType, bool]]":
    from cryptography import x509

    # Permitted DNS names do not bind other kinds of names, so addresses are excluded by themselves.
    anywhere = [x509.IPAddress(ipaddress.ip_network(net)) for net in ("0.0.0.0/0", "::/0")]
    yield x509.NameConstraints(permitted_subtrees=[x509.DNSName(ZONE)], excluded_subtrees=anywhere), True
    yield x509.BasicConstraints(ca=True, path_length=0), True
    yield _usage(key_cert_sign=True), True
    yield x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False


def _leaf_extensions(name: str, authority: "EllipticCurvePrivateKey") -> "Iterator[tuple[x509.ExtensionType, bool]]":
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    # Critical, because the subject is empty (RFC 5280 §4.2.1.6).
    yield x509.SubjectAlternativeName([x509.DNSName(name)]), True
    yield x509.BasicConstraints(ca=False, path_length=None), True
    yield _usage(digital_signature=True), True
    yield x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False
    yield x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False


def _usage(**used: bool) -> "x509.KeyUsage":
    from cryptography import x509

    usages = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    usages += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    return x509.KeyUsage(**{name: used.get(name, False) for name in usages})


def _pem(certificate: "x509.Certificate") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: "EllipticCurvePrivateKey") -> str:
    from cryptography.hazmat.primitives import serialization

    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@contextlib.contextmanager
def _in_memory(text: str) -> Iterator[str]:
    """The path of a file that exists in this process's memory only: ssl takes nothing but a path."""
    with os.fdopen(os.memfd_create("certificate"), "w") as file:
        file.write(text)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


def _plain_or_none(host: str) -> str | None:
    try:
        return plain_name(host)
    except NameInvalid:
        return None
