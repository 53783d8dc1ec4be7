"""Only what a site and its pages use of hcaptcha.com is answered; the operator's side of the provider never is."""

import pytest

from captcha_range.redirect.mapping import Kind, kind_of


@pytest.mark.parametrize(
    ("host", "path", "kind"),
    [
        ("hcaptcha.com", "/siteverify", Kind.SITEVERIFY),
        ("api.hcaptcha.com", "/siteverify/?secret=x", Kind.SITEVERIFY),
        ("js.hcaptcha.com", "/1/api.js?render=explicit&onload=..", Kind.SCRIPT),
        ("hcaptcha.com", "/1/secure-api.js", Kind.SCRIPT),
        ("js.hcaptcha.com", "/widget/10000000-ffff-ffff-ffff-000000000001/hcaptcha.html", Kind.WIDGET),
        ("newassets.hcaptcha.com", "/widget/frame.js", Kind.WIDGET),
        ("js.hcaptcha.com", "/getcaptcha/10000000-ffff-ffff-ffff-000000000001", Kind.WIDGET),
        ("api.hcaptcha.com", "/checksiteconfig?host=x", Kind.WIDGET),
        ("hcaptcha.com", "/checkcaptcha/a/b", Kind.WIDGET),
        ("js.hcaptcha.com", "/picture/a.jpg", Kind.WIDGET),
    ],
)
def test_what_sites_and_pages_use_is_known(host: str, path: str, kind: Kind) -> None:
    assert kind_of(host, path) is kind


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("hcaptcha.com", "/"),
        ("hcaptcha.com", "/admin/sites"),
        ("hcaptcha.com", "/range/tokens/00"),
        ("hcaptcha.com", "/metrics"),
        ("hcaptcha.com", "//siteverify"),
        ("hcaptcha.com", "/widget/../admin/sites"),
        ("hcaptcha.com", "/widget/%2e%2e/admin/sites"),
        ("hcaptcha.com", "/widget/%252e%252e/admin/sites"),
        ("hcaptcha.com", "/widget/..%2fadmin/sites"),
        ("hcaptcha.com", "/widget/..\\admin/sites"),
        ("js.hcaptcha.com", "/siteverify"),
        ("newassets.hcaptcha.com", "/1/api.js"),
        ("accounts.hcaptcha.com", "/siteverify"),
        ("www.hcaptcha.com", "/1/api.js"),
    ],
)
def test_everything_else_is_unknown(host: str, path: str) -> None:
    assert kind_of(host, path) is None
