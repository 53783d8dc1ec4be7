"""Namespaces: a test's own sites, clock and seed, which no other test feels."""

from pathlib import Path

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.provider.issued import View
from captcha_range.provider.namespaces import NamespaceInvalid, NamespaceOrder, NamespaceUnknown
from captcha_range.provider.plane import Provider
from captcha_range.provider.sites import Site, SiteOrder
from captcha_range.provider.widget import ChallengeRequest, Visitor
from tests.visits import ORIGIN, earn, passage

VISITOR = Visitor("127.0.0.1", "a browser")


async def site_in(provider: Provider, name: str, **more: object) -> tuple[Site, str]:
    return await provider.register(SiteOrder(origins=(ORIGIN,), namespace=name, level=1, **more))  # type: ignore[arg-type]


async def show(provider: Provider, site: Site) -> bytes:
    """The picture of a fresh challenge."""
    view = await provider.widget.open(site.sitekey, ChallengeRequest(origin=ORIGIN), VISITOR)
    assert isinstance(view, View)
    picture = provider.issued.picture(view.picture.removeprefix("/picture/").removesuffix(".jpg"))
    assert picture is not None
    return picture


async def verdict(provider: Provider, token: str, secret: str) -> object:
    answer = await provider.siteverify.verify({"response": token, "secret": secret})
    return answer["success"] or answer["error-codes"][0]


async def test_a_moved_clock_moves_for_its_own_namespace_only(provider: Provider) -> None:
    for name in ("one", "two"):
        await provider.namespaces.add(NamespaceOrder(name=name))
    (one, one_secret), (two, two_secret) = [await site_in(provider, name) for name in ("one", "two")]
    mine, theirs = await earn(provider, one), await earn(provider, two)
    await provider.namespaces.advance("one", 119.9)
    await provider.namespaces.advance("one", 0.1)
    assert await verdict(provider, mine, one_secret) == "expired-input-response"
    assert await verdict(provider, theirs, two_secret) is True


async def test_a_challenges_time_runs_by_the_namespaces_clock(provider: Provider) -> None:
    await provider.namespaces.add(NamespaceOrder(name="one"))
    site, _ = await site_in(provider, "one")
    await provider.namespaces.advance("one", 5_000)
    view = await provider.widget.open(site.sitekey, ChallengeRequest(origin=ORIGIN), VISITOR)
    assert isinstance(view, View)
    picture = view.picture.removeprefix("/picture/").removesuffix(".jpg")
    assert provider.issued.picture(picture) is not None
    await provider.namespaces.advance("one", 120)
    assert provider.issued.picture(picture) is None


async def test_the_same_seed_shows_the_same_challenges_in_another_namespace_and_after_a_reset(
    provider: Provider,
) -> None:
    pictures = {}
    for name, seed in (("one", "alpha"), ("two", "alpha"), ("three", "beta")):
        await provider.namespaces.add(NamespaceOrder(name=name, seed=seed))
        site, _ = await site_in(provider, name)
        pictures[name] = [await show(provider, site) for _ in range(2)]
    assert pictures["one"] == pictures["two"]
    assert pictures["one"][0] != pictures["one"][1]
    assert pictures["one"][0] != pictures["three"][0]
    await provider.reset("one")
    (site,) = provider.sites.of_namespace("one")
    assert [await show(provider, site) for _ in range(2)] == pictures["one"]


async def test_a_reset_gives_nothing_a_second_life(provider: Provider) -> None:
    await provider.namespaces.add(NamespaceOrder(name="one"))
    site, secret = await site_in(provider, "one")
    used, fresh = await earn(provider, site), await earn(provider, site)
    assert await verdict(provider, used, secret) is True
    await provider.namespaces.advance("one", 500)
    late = await earn(provider, site, passage(provider.namespaces.now("one")))
    await provider.reset("one")
    assert provider.namespaces.ahead("one") == 0
    for token in (used, fresh, late):
        assert await verdict(provider, token, secret) == "invalid-input-response"
    assert await verdict(provider, await earn(provider, site), secret) is True


async def test_one_tests_replays_do_not_weigh_on_anothers_visitors(provider: Provider) -> None:
    scores = {}
    for name in ("one", "two"):
        await provider.namespaces.add(NamespaceOrder(name=name))
        site, secret = await site_in(provider, name, enterprise=True)
        if name == "one":
            token = await earn(provider, site)
            for _ in range(4):
                await verdict(provider, token, secret)
        answer = await provider.siteverify.verify({"response": await earn(provider, site), "secret": secret})
        scores[name] = answer["score"]
    assert scores["one"] > 0.4
    assert scores["two"] == 0.0


async def test_a_removed_namespace_takes_its_sites_and_tokens_along(provider: Provider) -> None:
    await provider.namespaces.add(NamespaceOrder(name="one"))
    site, secret = await site_in(provider, "one")
    token = await earn(provider, site)
    await provider.remove("one")
    assert provider.sites.find(site.sitekey) is None
    assert await verdict(provider, token, secret) == "invalid-input-response"
    with pytest.raises(NamespaceUnknown):
        provider.namespaces.find("one")
    with pytest.raises(NamespaceUnknown):
        await site_in(provider, "one")


@pytest.mark.parametrize("name", ["", "a b", "a/b", ".hidden", "x" * 65, "é"])
async def test_a_name_that_is_no_path_segment_is_refused(provider: Provider, name: str) -> None:
    if name:
        with pytest.raises(NamespaceInvalid, match="name"):
            await provider.namespaces.add(NamespaceOrder(name=name))
    else:
        assert (await provider.namespaces.add(NamespaceOrder(name=name))).name


async def test_a_name_is_taken_once(provider: Provider) -> None:
    await provider.namespaces.add(NamespaceOrder(name="one"))
    with pytest.raises(NamespaceInvalid, match="already"):
        await provider.namespaces.add(NamespaceOrder(name="one"))


async def test_a_restart_gives_back_neither_time_nor_namespaces(tmp_path: Path, clock: StillClock) -> None:
    def start() -> Provider:
        file = tmp_path / "another.sqlite"
        return Provider(file, seed=b"s", pepper=b"p", clock=clock, fence=Fence(), regions=Regions())

    before = start()
    await before.namespaces.add(NamespaceOrder(name="one", seed="alpha"))
    site, secret = await site_in(before, "one")
    token = await earn(before, site)
    await before.namespaces.advance("one", 120)
    await verdict(before, await earn(before, site, passage(before.namespaces.now("one"))), secret)
    before.close()
    after = start()
    assert clock.now() == StillClock().now(), "the namespace's clock dragged the provider's along"
    assert await verdict(after, token, secret) == "expired-input-response"
    assert after.namespaces.all() == before.namespaces.all()
    after.close()


async def test_a_namespaces_clock_has_an_end(provider: Provider) -> None:
    await provider.namespaces.add(NamespaceOrder(name="one"))
    with pytest.raises(NamespaceInvalid, match="advance_seconds"):
        await provider.namespaces.advance("one", 200 * 366 * 86_400.0)
