"""The command's environment leads to the run and trusts its authority besides what was trusted before."""

import json
import ssl
from pathlib import Path

import pytest

from captcha_range.redirect.authority import Authority
from captcha_range.redirect.environment import Facts, child_environment, system_bundle
from captcha_range.redirect.way_out import FrontPorts

AUTHORITY = Authority(1_800_000_000.0)
FACTS = Facts(
    range_url="http://127.0.0.1:8480",
    sitekey="sitekey",
    secret="secret",
    proxy_url="http://127.0.0.1:9",
    front=FrontPorts(10, 11),
    certificate=AUTHORITY.certificate,
    leaf_pin=AUTHORITY.leaf_pin,
    sealed=True,
)


def certificates(file: str) -> int:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(file)
    return len(context.get_ca_certs())


def test_proxies_of_every_spelling_are_the_runs_and_others_are_gone(tmp_path: Path) -> None:
    inherited = {"HTTPS_PROXY": "http://elsewhere:1", "ALL_PROXY": "socks5://elsewhere:2", "no_proxy": "*", "HOME": "/"}
    environment = child_environment(inherited, tmp_path, FACTS)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        assert environment[name] == FACTS.proxy_url
    assert "ALL_PROXY" not in environment
    assert "*" not in environment["no_proxy"] + environment["NO_PROXY"]
    assert environment["HOME"] == "/"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_has_the_systems_certificates_and_one_more(tmp_path: Path, name: str) -> None:
    (tmp_path / "system").write_text(system_bundle())
    file = child_environment({}, tmp_path, FACTS)[name]
    assert certificates(file) == certificates(str(tmp_path / "system")) + 1


def test_a_bundle_of_the_users_own_is_kept_and_not_changed(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_text(Authority(1_800_000_000.0).certificate)
    before = own.read_text()
    environment = child_environment({"REQUESTS_CA_BUNDLE": str(own)}, tmp_path, FACTS)
    assert certificates(environment["REQUESTS_CA_BUNDLE"]) == 2
    assert own.read_text() == before


def test_node_gets_the_authority_alone_and_keeps_its_own_options(tmp_path: Path) -> None:
    environment = child_environment({"NODE_OPTIONS": "--enable-source-maps"}, tmp_path, FACTS)
    assert certificates(environment["NODE_EXTRA_CA_CERTS"]) == 1
    assert environment["NODE_OPTIONS"].startswith("--enable-source-maps --require ")
    source = (tmp_path / "node_preload.cjs").read_text()
    assert json.dumps({"tls": 10, "plain": 11, "sealed": True, "zone": "hcaptcha.com"}, separators=(",", ":")) in source


@pytest.mark.parametrize(("before", "scanned"), [(None, ""), ("/own/conf.d", "/own/conf.d")])
def test_php_reads_its_own_settings_first_and_then_where_the_certificates_are(
    tmp_path: Path, before: str | None, scanned: str
) -> None:
    environment = child_environment({} if before is None else {"PHP_INI_SCAN_DIR": before}, tmp_path, FACTS)
    # An empty name is the folder that PHP was built with.
    assert environment["PHP_INI_SCAN_DIR"] == f"{scanned}:{tmp_path}"
    (settings,) = tmp_path.glob("*.ini")
    told = dict(line.split("=", 1) for line in settings.read_text().splitlines())
    assert list(told) == ["curl.cainfo", "openssl.cafile"]
    assert set(told.values()) == {f'"{environment["SSL_CERT_FILE"]}"'}
