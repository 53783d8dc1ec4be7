"""Names are compared as they would be looked up, so no spelling of hcaptcha.com gets past the range."""

import pytest

from captcha_range.redirect.names import NameInvalid, is_loopback, is_redirected, plain_name


@pytest.mark.parametrize(
    "host",
    [
        "hcaptcha.com",
        "HCaptcha.COM",
        "hcaptcha.com.",
        "js.hcaptcha.com",
        "a.b.hcaptcha.com",
        "hc\u00aaptcha.com",
        "ｈcaptcha.com",
        "hcaptcha。com",
    ],
)
def test_every_spelling_of_the_zone_is_redirected(host: str) -> None:
    assert is_redirected(plain_name(host))


@pytest.mark.parametrize("host", ["hcaptcha.com.example", "nothcaptcha.com", "hcaptcha.co", "com", "104.19.229.21"])
def test_other_names_are_not(host: str) -> None:
    assert not is_redirected(plain_name(host))


@pytest.mark.parametrize("host", ["", ".", "a..b", "x" * 64 + ".com"])
def test_what_cannot_be_looked_up_is_refused(host: str) -> None:
    with pytest.raises(NameInvalid):
        plain_name(host)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "shop.localhost", "127.8.8.8", "[::1]", "::ffff:127.0.0.1"]
)
def test_loopback_is_recognised_without_a_name_server(host: str) -> None:
    assert is_loopback(plain_name(host))


@pytest.mark.parametrize("host", ["localhost.example", "192.0.2.1", "169.254.169.254", "10.0.0.1", "2130706433"])
def test_what_is_not_surely_loopback_is_not(host: str) -> None:
    assert not is_loopback(plain_name(host))
