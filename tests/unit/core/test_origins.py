"""Origins: (scheme, host, port), never text that looks alike."""

import pytest

from captcha_range.core.origins import Origin, OriginInvalid, parse_origin

SAME: list[tuple[str, str]] = [
    ("http://shop.localhost", "http://shop.localhost"),
    ("http://shop.localhost:80", "http://shop.localhost"),
    ("http://shop.localhost:", "http://shop.localhost"),
    ("https://shop.localhost:443", "https://shop.localhost"),
    ("https://shop.localhost:80", "https://shop.localhost:80"),
    ("http://shop.localhost:443", "http://shop.localhost:443"),
    ("HTTP://SHOP.LocalHost:8000/Path?q#f", "http://shop.localhost:8000"),
    ("http://user:pass@shop.localhost/", "http://shop.localhost"),
    ("http://127.0.0.1:5000/login", "http://127.0.0.1:5000"),
    ("http://[::1]:5000/", "http://[::1]:5000"),
    ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]"),
    ("http://[FD00::A]", "http://[fd00::a]"),
    ("http://shop.localhost.", "http://shop.localhost."),
    ("http://shop_1.local-host", "http://shop_1.local-host"),
    ("http://shop.localhost:0", "http://shop.localhost:0"),
    ("http://shop.localhost:65535", "http://shop.localhost:65535"),
    ("http://shop.localhost:0080", "http://shop.localhost"),
    ("http://xn--mnchen-3ya.test", "http://xn--mnchen-3ya.test"),
]

TRICKS: list[tuple[str, str]] = [
    # What follows the last @ is the host, as browsers read it.
    ("http://shop.localhost@evil.test", "evil.test"),
    ("http://shop.localhost:80@evil.test", "evil.test"),
    ("http://a@shop.localhost@evil.test", "evil.test"),
    ("http://shop.localhost%2eevil.test@evil.test", "evil.test"),
    # What follows the first /, ? or # is not the host.
    ("http://evil.test/@shop.localhost", "evil.test"),
    ("http://evil.test?@shop.localhost", "evil.test"),
    ("http://evil.test#@shop.localhost", "evil.test"),
    ("http://shop.localhost.evil.test", "shop.localhost.evil.test"),
]

INVALID = [
    "",
    "shop.localhost",
    "//shop.localhost",
    "http:shop.localhost",
    "http:/shop.localhost",
    "http:///shop.localhost",
    "http://",
    "http://:80",
    "http://@",
    "http://user@",
    "ftp://shop.localhost",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "null",
    "about:blank",
    "data:text/html,x",
    "http://shop.localhost\\@evil.test",
    "http:\\\\shop.localhost",
    "http://shop.localhost\\.evil.test",
    "http://shop .localhost",
    " http://shop.localhost",
    "http://shop.localhost ",
    "http://shop.\tlocalhost",
    "http://shop.\nlocalhost",
    "http://shop.\rlocalhost",
    "http://shop.\0localhost",
    "\x01http://shop.localhost",
    "http://shop.\x1flocalhost",
    "http://shop.localhost\x7f",
    "http://shop。localhost",
    "http://ｓhop.localhost",
    "http://münchen.test",
    "http://shop.localhost\u200b",
    "http://shop.localhost:65536",
    "http://shop.localhost:-1",
    "http://shop.localhost:+80",
    "http://shop.localhost:8_0",
    "http://shop.localhost:80x",
    "http://shop.localhost:80:80",
    "http://shop.localhost:" + "9" * 400,
    "http://[::1",
    "http://::1",
    "http://[shop.localhost]",
    "http://[v1.shop]",
    "http://[fe80::1%25eth0]",
    "http://[::1]x",
    "http://shop%2elocalhost",
    "http://shop..localhost",
    "http://.localhost",
    "http://.",
    "http://shop.localhost;script-src",
    "http://shop'localhost",
    "http://*.localhost",
    "http://shop,evil.test",
]


@pytest.mark.parametrize(("url", "plain"), SAME)
def test_an_origin_has_one_plain_form(url: str, plain: str) -> None:
    assert str(parse_origin(url)) == plain


@pytest.mark.parametrize(("url", "plain"), SAME)
def test_the_plain_form_is_the_same_origin(url: str, plain: str) -> None:
    assert parse_origin(plain) == parse_origin(url)


@pytest.mark.parametrize(("url", "host"), TRICKS)
def test_a_trick_with_the_user_part_or_the_path_does_not_move_the_host(url: str, host: str) -> None:
    assert parse_origin(url).host == host
    assert parse_origin(url) != parse_origin("http://shop.localhost")


@pytest.mark.parametrize("url", INVALID)
def test_what_has_no_plain_origin_is_refused(url: str) -> None:
    with pytest.raises(OriginInvalid):
        parse_origin(url)


@pytest.mark.parametrize(
    "other",
    [
        "https://shop.localhost:8000",
        "http://shop.localhost",
        "http://shop.localhost:8001",
        "http://shop.localhost.:8000",
        "http://www.shop.localhost:8000",
        "http://shop.localhos:8000",
    ],
)
def test_scheme_host_and_port_must_all_be_equal(other: str) -> None:
    assert parse_origin(other) != parse_origin("http://shop.localhost:8000")


def test_a_message_does_not_repeat_the_url() -> None:
    for url in INVALID:
        with pytest.raises(OriginInvalid) as caught:
            parse_origin(url.replace("shop", "sesame"))
        assert "sesame" not in str(caught.value)


def test_an_origin_is_its_three_parts() -> None:
    assert parse_origin("https://[::1]/") == Origin("https", "::1", 443)
