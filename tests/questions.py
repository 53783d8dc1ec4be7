"""Questions to siteverify, and the error codes that each of them earns."""

from collections.abc import Callable
from typing import NamedTuple

from captcha_range.core.clock import StillClock
from captcha_range.core.ids import new_uuid
from captcha_range.provider.plane import Provider
from captcha_range.provider.sites import Site
from captcha_range.provider.test_keys import DUMMY_SECRET, TEST_SITES
from tests.visits import earn, register

JUNK_TOKEN = "P1_" + "j" * 1_600
JUNK_SECRET = "0x" + "f" * 40
TEST_TOKEN = TEST_SITES["10000000-ffff-ffff-ffff-000000000001"].token


class Shop(NamedTuple):
    """Two sites of one secret each, a third that shares the first one's secret, and tokens of the first."""

    site: Site
    secret: str
    other: Site
    other_secret: str
    sister: Site
    fresh: str
    used: str
    expired: str
    orphan: str


async def open_shop(provider: Provider, clock: StillClock) -> Shop:
    site, secret = await register(provider)
    other, other_secret = await register(provider)
    sister, _ = await register(provider, secret=secret)
    removed, _ = await register(provider)
    orphan = await earn(provider, removed)
    await provider.sites.remove(removed.sitekey)
    expired = await earn(provider, site)
    clock.advance(120)
    used = await earn(provider, site)
    assert (await provider.siteverify.verify({"response": used, "secret": secret}))["success"]
    return Shop(site, secret, other, other_secret, sister, await earn(provider, site), used, expired, orphan)


Fields = Callable[[Shop], dict[str, str]]

ROWS: dict[str, tuple[Fields, list[str]]] = {
    "both are missing": (lambda _: {}, ["missing-input-response", "missing-input-secret"]),
    "both are empty": (lambda _: {"response": "", "secret": ""}, ["missing-input-response", "missing-input-secret"]),
    "the token is missing": (lambda shop: {"secret": shop.secret}, ["missing-input-response"]),
    "the secret is missing": (lambda shop: {"response": shop.fresh}, ["missing-input-secret"]),
    "the secret is missing and the sitekey is junk": (
        lambda shop: {"response": shop.fresh, "sitekey": "junk"},
        ["missing-input-secret"],
    ),
    "the sitekey is no UUID": (
        lambda shop: {"response": shop.fresh, "secret": shop.secret, "sitekey": "junk"},
        ["invalid-sitekey"],
    ),
    "sitekey, address, token and secret are junk": (
        lambda _: {"response": JUNK_TOKEN, "secret": JUNK_SECRET, "sitekey": "junk", "remoteip": "junk"},
        ["invalid-sitekey"],
    ),
    "address, token and secret are junk": (
        lambda shop: {
            "response": JUNK_TOKEN,
            "secret": JUNK_SECRET,
            "sitekey": shop.site.sitekey,
            "remoteip": "junk",
        },
        ["invalid-remoteip"],
    ),
    "the address is a host name": (
        lambda shop: {"response": shop.fresh, "secret": shop.secret, "remoteip": "localhost"},
        ["invalid-remoteip"],
    ),
    "max_age is not a number of seconds": (
        lambda shop: {"response": shop.fresh, "secret": shop.secret, "max_age": "-1"},
        ["bad-request"],
    ),
    "token and secret are junk": (
        lambda _: {"response": JUNK_TOKEN, "secret": JUNK_SECRET},
        ["invalid-input-response"],
    ),
    "the token is junk": (lambda shop: {"response": JUNK_TOKEN, "secret": shop.secret}, ["invalid-input-response"]),
    "the token is malformed": (lambda shop: {"response": "x", "secret": shop.secret}, ["invalid-input-response"]),
    "the token's site was removed": (
        lambda shop: {"response": shop.orphan, "secret": shop.secret},
        ["invalid-input-response"],
    ),
    "the token is too old": (
        lambda shop: {"response": shop.expired, "secret": shop.secret},
        ["expired-input-response"],
    ),
    "the token is too old and the secret is junk": (
        lambda shop: {"response": shop.expired, "secret": JUNK_SECRET},
        ["expired-input-response"],
    ),
    "the token was verified before": (
        lambda shop: {"response": shop.used, "secret": shop.secret},
        ["already-seen-response"],
    ),
    "the token was verified before and the secret is another's": (
        lambda shop: {"response": shop.used, "secret": shop.other_secret},
        ["already-seen-response"],
    ),
    "the secret is junk": (lambda shop: {"response": shop.fresh, "secret": JUNK_SECRET}, ["invalid-input-secret"]),
    "the secret is another site's": (
        lambda shop: {"response": shop.fresh, "secret": shop.other_secret},
        ["sitekey-secret-mismatch"],
    ),
    "the expected sitekey is another secret's": (
        lambda shop: {"response": shop.fresh, "secret": shop.secret, "sitekey": shop.other.sitekey},
        ["sitekey-secret-mismatch"],
    ),
    "the expected sitekey is nobody's": (
        lambda shop: {"response": shop.fresh, "secret": shop.secret, "sitekey": new_uuid()},
        ["sitekey-secret-mismatch"],
    ),
    "the expected sitekey has the same secret but is not the token's": (
        lambda shop: {"response": shop.fresh, "secret": shop.secret, "sitekey": shop.sister.sitekey},
        ["invalid-input-response"],
    ),
    "a test token comes with another secret": (
        lambda shop: {"response": TEST_TOKEN, "secret": shop.secret},
        ["not-using-dummy-secret"],
    ),
    "the test secret comes with another token": (
        lambda shop: {"response": shop.fresh, "secret": DUMMY_SECRET},
        ["not-using-dummy-passcode"],
    ),
    "the test secret comes with a junk token": (
        lambda _: {"response": JUNK_TOKEN, "secret": DUMMY_SECRET},
        ["not-using-dummy-passcode"],
    ),
}

EVERY_CODE = {
    "missing-input-response",
    "missing-input-secret",
    "invalid-sitekey",
    "invalid-remoteip",
    "missing-remoteip",
    "invalid-input-response",
    "expired-input-response",
    "already-seen-response",
    "invalid-or-already-seen-response",
    "invalid-input-secret",
    "sitekey-secret-mismatch",
    "not-using-dummy-secret",
    "not-using-dummy-passcode",
    "bad-request",
}
