"""Preflights: agreed for one site, kept for ten minutes."""

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.regions import DEFAULT_REGIONS
from captcha_range.core.streams import Streams
from captcha_range.provider.observation import PreflightTerms
from captcha_range.provider.plane import Provider
from captcha_range.provider.preflights import USER_AGENTS, Preflights
from tests.visits import register


@pytest.fixture
def preflights(provider: Provider, clock: StillClock) -> Preflights:
    stream = Streams(b"tests").stream("preflights")
    return Preflights(provider.database, clock, lambda: stream, tuple(DEFAULT_REGIONS))


async def test_what_was_agreed_is_recalled_for_its_site(preflights: Preflights) -> None:
    agreed = await preflights.agree("a site")
    assert preflights.recall(agreed.preflight, "a site") == PreflightTerms(agreed.region, agreed.user_agent)


async def test_another_sites_preflight_is_not_recalled(preflights: Preflights) -> None:
    agreed = await preflights.agree("a site")
    assert preflights.recall(agreed.preflight, "another") is None


@pytest.mark.parametrize("unknown", ["", "x", "00000000-0000-4000-8000-000000000000", "\0", "%"])
async def test_an_unknown_preflight_is_not_recalled(preflights: Preflights, unknown: str) -> None:
    await preflights.agree("a site")
    assert preflights.recall(unknown, "a site") is None


@pytest.mark.parametrize(("age", "is_kept"), [(599.9, True), (600.0, False), (6_000.0, False)])
async def test_a_preflight_lives_for_ten_minutes(
    preflights: Preflights, clock: StillClock, age: float, is_kept: bool
) -> None:
    agreed = await preflights.agree("a site")
    clock.advance(age)
    assert (preflights.recall(agreed.preflight, "a site") is not None) is is_kept


async def test_a_preflight_may_be_recalled_again(preflights: Preflights) -> None:
    agreed = await preflights.agree("a site")
    assert preflights.recall(agreed.preflight, "a site") == preflights.recall(agreed.preflight, "a site")


async def test_every_region_and_user_agent_comes_up(preflights: Preflights) -> None:
    agreed = [await preflights.agree("a site") for _ in range(100)]
    assert {each.region for each in agreed} == set(DEFAULT_REGIONS)
    assert {each.user_agent for each in agreed} == set(USER_AGENTS)
    assert len({each.preflight for each in agreed}) == 100


async def test_the_widget_agrees_preflights_for_registered_sites_in_any_case(provider: Provider) -> None:
    site, _ = await register(provider)
    agreed = await provider.widget.agree_preflight(site.sitekey.upper())
    assert agreed.region in DEFAULT_REGIONS
