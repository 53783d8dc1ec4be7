"""Preflights are arranged for registered sites only, and remembered for as long as they live."""

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.sqlite import Database
from captcha_range.solver.egress import Egress
from captcha_range.solver.errors import SitekeyUnknown
from captcha_range.solver.preflights import LIFETIME, Preflights
from captcha_range.solver.provider_link import Preflight, ProviderLink, SiteFacts
from captcha_range.solver.target import Targets

SITEKEY = "338af34c-7bcb-4c7c-900b-acbec73d7d43"


class FakeLink(ProviderLink):
    """A provider that knows one site and numbers its preflights."""

    def __init__(self) -> None:
        super().__init__(Egress(Fence()), "http://127.0.0.1:1", "key")
        self.agreed: list[str] = []

    async def site(self, sitekey: str) -> SiteFacts | None:
        return SiteFacts(SITEKEY, (), False) if sitekey == SITEKEY else None

    async def agree_preflight(self, sitekey: str) -> Preflight:
        self.agreed.append(sitekey)
        return Preflight(f"preflight {len(self.agreed)}", "gb", "agent")


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def preflights(database: Database, clock: StillClock, link: FakeLink) -> Preflights:
    return Preflights(database, clock, link, Targets(link, clock))


async def test_a_preflight_is_arranged_in_the_sites_own_spelling_and_recalled(
    preflights: Preflights, link: FakeLink
) -> None:
    agreed = await preflights.arrange(SITEKEY.upper())
    assert preflights.recall(agreed.preflight) == agreed == Preflight("preflight 1", "gb", "agent")
    assert link.agreed == [SITEKEY]


@pytest.mark.parametrize("sitekey", ["", "x", f"../{SITEKEY}", "00000000-0000-4000-8000-000000000000"])
async def test_no_preflight_is_arranged_for_an_unregistered_sitekey(
    preflights: Preflights, link: FakeLink, sitekey: str
) -> None:
    with pytest.raises(SitekeyUnknown):
        await preflights.arrange(sitekey)
    assert link.agreed == []


@pytest.mark.parametrize("unknown", ["", "another", "\x00", "%"])
async def test_an_unknown_preflight_is_not_recalled(preflights: Preflights, unknown: str) -> None:
    await preflights.arrange(SITEKEY)
    assert preflights.recall(unknown) is None


async def test_a_preflight_is_forgotten_when_its_life_is_over(
    preflights: Preflights, clock: StillClock, database: Database
) -> None:
    agreed = await preflights.arrange(SITEKEY)
    clock.advance(LIFETIME - 0.001)
    assert preflights.recall(agreed.preflight) == agreed
    clock.advance(0.001)
    assert preflights.recall(agreed.preflight) is None
    await preflights.arrange(SITEKEY)
    assert database.read(lambda c: c.execute("SELECT count(*) FROM preflights").fetchone()[0]) == 1
