"""A page is in the range only if its origin is registered exactly, for exactly that sitekey."""

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.solver.egress import Egress
from captcha_range.solver.errors import FieldInvalid, SitekeyUnknown, TargetOutside
from captcha_range.solver.orders import TokenOrder
from captcha_range.solver.provider_link import ProviderLink, SiteFacts
from captcha_range.solver.target import FRESH, Targets

SITEKEY = "338af34c-7bcb-4c7c-900b-acbec73d7d43"
ORIGINS = ("http://shop.localhost:8000", "https://shop.example", "http://127.0.0.1:5000", "http://[::1]:5000")


class FakeLink(ProviderLink):
    """A provider that knows one site, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(Egress(Fence()), "http://127.0.0.1:1", "key")
        self.sites = {SITEKEY: SiteFacts(SITEKEY, ORIGINS, False)}
        self.asked: list[str] = []

    async def site(self, sitekey: str) -> SiteFacts | None:
        self.asked.append(sitekey)
        return self.sites.get(sitekey.lower())


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def targets(link: FakeLink, clock: StillClock) -> Targets:
    return Targets(link, clock)


def order(page_url: str, sitekey: str = SITEKEY) -> TokenOrder:
    return TokenOrder(sitekey=sitekey, page_url=page_url)


@pytest.mark.parametrize(
    ("page", "origin"),
    [
        ("http://shop.localhost:8000", "http://shop.localhost:8000"),
        ("http://shop.localhost:8000/register?next=/#top", "http://shop.localhost:8000"),
        ("HTTP://SHOP.localhost:8000/", "http://shop.localhost:8000"),
        ("https://shop.example/", "https://shop.example"),
        ("https://shop.example:443/", "https://shop.example"),
        ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("http://[::1]:5000/", "http://[::1]:5000"),
        ("http://[0:0:0:0:0:0:0:1]:5000/", "http://[::1]:5000"),
        ("http://user:password@shop.localhost:8000/", "http://shop.localhost:8000"),
        ("http://evil.example@shop.localhost:8000/", "http://shop.localhost:8000"),
    ],
)
async def test_a_registered_origin_is_in_the_range_whatever_the_path(targets: Targets, page: str, origin: str) -> None:
    assert str(await targets.check(order(page))) == origin


@pytest.mark.parametrize(
    "page",
    [
        "http://shop.localhost/",
        "http://shop.localhost:8001/",
        "https://shop.localhost:8000/",
        "http://shop.example/",
        "https://shop.example:8443/",
        "https://www.shop.example/",
        "https://shop.example.evil.example/",
        "https://shop.example./",
        "http://shop.localhost:8000@evil.example/",
        "http://shop.localhost:8000:x@evil.example/",
        "http://evil.example/http://shop.localhost:8000",
        "http://evil.example?http://shop.localhost:8000",
        "http://evil.example#@shop.localhost:8000",
        "http://localhost:5000/",
        "http://127.0.0.2:5000/",
        "http://127.1:5000/",
        "http://2130706433:5000/",
        "http://0x7f.1:5000/",
        "http://[::ffff:127.0.0.2]:5000/",
        "https://democaptcha.com/demo-form-eng/hcaptcha.html",
        "https://discord.com/channels/1/2",
        "http://169.254.169.254/latest",
    ],
)
async def test_any_other_origin_is_outside(targets: Targets, page: str) -> None:
    with pytest.raises(TargetOutside, match="register it exactly"):
        await targets.check(order(page))


@pytest.mark.parametrize(
    "page",
    [
        "shop.localhost:8000",
        "//shop.localhost:8000/",
        "ftp://shop.localhost:8000/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "http:///path",
        "http://shop.localhost:port/",
        "http://shop.localhost:99999/",
        "http://[::1/",
        "http://shop.localhost:8000\\@evil.example/",
        "http://evil.example\\@shop.localhost:8000/",
        "http://shop.localhost:8000/ x",
        "http://shop.localhost:8000/\x00",
        "http://shop.localhost:8000\n",
        "http://ѕhop.localhost:8000/",
        "http://shop。localhost:8000/",
    ],
)
async def test_what_is_no_plain_url_is_a_wrong_field_that_is_not_repeated(targets: Targets, page: str) -> None:
    with pytest.raises(FieldInvalid, match=r"^the page's URL ") as raised:
        await targets.check(order(page))
    assert "evil" not in str(raised.value)


@pytest.mark.parametrize(
    "sitekey",
    [
        "",
        "x",
        "338af34c",
        f"{SITEKEY}/",
        f"../sites/{SITEKEY}",
        f" {SITEKEY}",
        f"{SITEKEY}\n",
        "٣38af34c-7bcb-4c7c-900b-acbec73d7d43",
    ],
)
async def test_a_sitekey_that_is_no_uuid_is_unknown_and_the_provider_is_not_asked(
    targets: Targets, link: FakeLink, sitekey: str
) -> None:
    with pytest.raises(SitekeyUnknown):
        await targets.check(order(ORIGINS[0], sitekey))
    assert link.asked == []


async def test_an_unregistered_sitekey_is_unknown_even_for_a_registered_page(targets: Targets) -> None:
    with pytest.raises(SitekeyUnknown):
        await targets.check(order(ORIGINS[0], "00000000-0000-4000-8000-000000000000"))


async def test_a_site_is_remembered_for_a_moment_only(targets: Targets, link: FakeLink, clock: StillClock) -> None:
    await targets.check(order(ORIGINS[0]))
    clock.advance(FRESH)
    await targets.check(order(ORIGINS[1]))
    assert len(link.asked) == 1
    clock.advance(0.001)
    await targets.check(order(ORIGINS[0]))
    assert len(link.asked) == 2


async def test_a_removed_site_is_unknown_after_that_moment(targets: Targets, link: FakeLink, clock: StillClock) -> None:
    await targets.check(order(ORIGINS[0]))
    link.sites.clear()
    clock.advance(FRESH + 0.001)
    with pytest.raises(SitekeyUnknown):
        await targets.check(order(ORIGINS[0]))


async def test_a_refusal_is_never_remembered(targets: Targets, link: FakeLink) -> None:
    site = link.sites.pop(SITEKEY)
    with pytest.raises(SitekeyUnknown):
        await targets.check(order(ORIGINS[0]))
    link.sites[SITEKEY] = site
    assert await targets.check(order(ORIGINS[0]))


async def test_the_same_sitekey_in_any_case_is_one_site_and_remembered_once(targets: Targets, link: FakeLink) -> None:
    for spelled in (SITEKEY, SITEKEY.upper(), SITEKEY.title(), SITEKEY.swapcase()):
        await targets.check(order(ORIGINS[0], spelled))
    assert len(link.asked) == 1
