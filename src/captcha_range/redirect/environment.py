"""What the command of a run finds in its environment, and the files that it names."""

import ssl
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from captcha_range.redirect.names import ZONE
from captcha_range.redirect.way_out import FrontPorts

SYSTEM_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Linux distributions keep all certificates that they trust, in one file."""

_BUNDLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_ADDITIONS: Final = ("NODE_EXTRA_CA_CERTS", "DENO_CERT")
_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY")
_OVERRIDING: Final = ("ALL_PROXY", "all_proxy", "NODE_TLS_REJECT_UNAUTHORIZED")
_DIRECT: Final = "localhost,.localhost,127.0.0.1,::1"


class Facts(NamedTuple):
    """What a run is made of."""

    range_url: str
    sitekey: str
    secret: str
    proxy_url: str
    front: FrontPorts
    certificate: str
    leaf_pin: str
    sealed: bool


def child_environment(inherited: Mapping[str, str], folder: Path, facts: Facts) -> dict[str, str]:
    """The environment, `inherited` and changed; the files that it names are written to `folder`."""
    environment = {name: value for name, value in inherited.items() if name not in _OVERRIDING}
    for name in _PROXIES:
        environment[name] = environment[name.lower()] = facts.proxy_url
    environment |= dict.fromkeys(("NO_PROXY", "no_proxy"), _DIRECT)
    environment |= _trust(inherited, folder, facts.certificate)
    environment |= _for_node(inherited, folder, facts)
    environment |= _for_php(inherited, folder, environment["SSL_CERT_FILE"])
    environment |= {
        "CAPTCHA_RANGE_URL": facts.range_url,
        "CAPTCHA_RANGE_SITEKEY": facts.sitekey,
        "CAPTCHA_RANGE_SECRET": facts.secret,
        "CAPTCHA_RANGE_CA_FILE": str(folder / "authority.pem"),
        "CAPTCHA_RANGE_LEAF_PIN": facts.leaf_pin,
    }
    return environment


def system_bundle() -> str:
    """All certificates that the system trusts, PEM; empty if they are not found."""
    candidates = (ssl.get_default_verify_paths().cafile, *SYSTEM_BUNDLES)
    return next((text for file in candidates if file and (text := _read(file))), "")


def _trust(inherited: Mapping[str, str], folder: Path, certificate: str) -> Iterator[tuple[str, str]]:
    """Each variable names what it named before, or the system's certificates, and the run's authority besides."""
    (folder / "authority.pem").write_text(certificate)
    for name in (*_BUNDLES, *_ADDITIONS):
        base = _read(inherited.get(name, "")) or (system_bundle() if name in _BUNDLES else "")
        file = folder / f"{name.lower()}.pem"
        file.write_text(f"{base.rstrip()}\n{certificate}".lstrip())
        yield name, str(file)


def _for_node(inherited: Mapping[str, str], folder: Path, facts: Facts) -> dict[str, str]:
    run = {"tls": facts.front.tls, "plain": facts.front.plain, "sealed": facts.sealed, "zone": ZONE}
    source = resources.files(__package__).joinpath("node_preload.cjs").read_text()
    file = folder / "node_preload.cjs"
    file.write_text(source.replace("__RUN__", msgspec.json.encode(run).decode()))
    options = f'{inherited.get("NODE_OPTIONS", "")} --require "{file}"'.strip()
    return {"NODE_OPTIONS": options, "NODE_USE_ENV_PROXY": "1"}


def _for_php(inherited: Mapping[str, str], folder: Path, bundle: str) -> dict[str, str]:
    """PHP takes no certificates from the environment, but looks there for folders with settings."""
    (folder / "php.ini").write_text(f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n')
    # Before the colon the folders of before; if there is none, PHP's own.
    return {"PHP_INI_SCAN_DIR": f"{inherited.get('PHP_INI_SCAN_DIR', '')}:{folder}"}


def _read(file: str) -> str:
    try:
        return Path(file).read_text()
    except (OSError, UnicodeDecodeError):
        return ""
