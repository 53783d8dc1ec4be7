"""The reserve: the same challenges as without it, fewer of them drawn while somebody waits."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from starlette.types import Message, Receive, Scope, Send

from captcha_range.challenges.families.grid import Grid
from captcha_range.challenges.family import Challenge
from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.provider.namespaces import NamespaceOrder
from captcha_range.provider.observation import Opening
from captcha_range.provider.plane import Provider
from captcha_range.provider.reserve import EACH, SITES, Reserve
from captcha_range.provider.routes import create_app
from captcha_range.provider.sites import Site, SiteOrder, plan_site
from tests.asgi import ask
from tests.visits import ORIGIN, observed, register

SITE = plan_site(SiteOrder(origins=(ORIGIN,)), Fence(), ("odd_one_out", "grid"))[0]
LAST = 2
"""The level of a site whose challenge is drawn last."""
LONGEST = 20.0
"""Seconds that a test waits for another thread, which takes milliseconds."""


class Drawing:
    """A drawing that only says who drew; each index can be held up, and waited for."""

    def __init__(self) -> None:
        self.begun: dict[int, threading.Event] = {index: threading.Event() for index in range(100)}
        self.held: dict[int, threading.Event] = {}
        self.drawn: list[int] = []

    def __call__(self, site: Site, index: int) -> tuple[str, int, bool]:
        self.begun[index].set()
        if index in self.held:
            assert self.held[index].wait(LONGEST)
        self.drawn.append(index)
        return site.sitekey, index, threading.current_thread().name.startswith("reserve")


@pytest.fixture
def drawing() -> Drawing:
    return Drawing()


@pytest.fixture
def reserve(drawing: Drawing) -> Iterator[Reserve[tuple[str, int, bool]]]:
    made = Reserve(drawing)
    yield made
    made.close()


async def take(reserve: Reserve[tuple[str, int, bool]], index: int, site: Site = SITE) -> bool:
    """Whether the challenge had been drawn ahead."""
    sitekey, drawn, is_ahead = await reserve.take(site, index)
    assert (sitekey, drawn) == (site.sitekey, index)
    reserve.refill(site)
    return is_ahead


async def settled(reserve: Reserve[tuple[str, int, bool]], drawing: Drawing, last: int) -> None:
    assert await asyncio.to_thread(drawing.begun[last].wait, LONGEST)


async def test_the_first_is_drawn_at_once_and_the_next_lies_ready(
    reserve: Reserve[tuple[str, int, bool]], drawing: Drawing
) -> None:
    assert not await take(reserve, 0)
    await settled(reserve, drawing, 1)
    assert await take(reserve, 1)
    assert drawing.drawn.count(1) == 1


async def test_a_challenge_that_is_being_drawn_is_waited_for_and_not_drawn_twice(
    reserve: Reserve[tuple[str, int, bool]], drawing: Drawing
) -> None:
    drawing.held[1] = threading.Event()
    await take(reserve, 0)
    await settled(reserve, drawing, 1)
    waiting = asyncio.create_task(take(reserve, 1))
    await asyncio.sleep(0)
    drawing.held[1].set()
    assert await waiting
    assert drawing.drawn.count(1) == 1


async def test_who_asks_for_more_than_lies_ready_does_not_wait_for_the_reserve(
    reserve: Reserve[tuple[str, int, bool]], drawing: Drawing
) -> None:
    drawing.held[1] = threading.Event()
    await take(reserve, 0)
    await settled(reserve, drawing, 1)
    assert not await take(reserve, 2)
    drawing.held[1].set()


async def test_a_reserve_grows_with_what_was_asked_for_up_to_eight(
    reserve: Reserve[tuple[str, int, bool]], drawing: Drawing
) -> None:
    for index in range(20):
        await take(reserve, index)
        ahead = min(EACH, index + 1)
        await settled(reserve, drawing, index + ahead)
        assert reserve.ready(SITE) == tuple(range(index + 1, index + 1 + ahead))


async def test_only_the_sites_that_were_asked_last_have_one(
    reserve: Reserve[tuple[str, int, bool]], drawing: Drawing
) -> None:
    sites = [msgspec.structs.replace(SITE, sitekey=f"site {number}") for number in range(SITES + 1)]
    for site in sites:
        await take(reserve, 0, site)
    assert reserve.ready(sites[0]) == ()
    assert not await take(reserve, 1, sites[0])


async def test_what_was_forgotten_does_not_come_back_when_its_drawing_ends(
    reserve: Reserve[tuple[str, int, bool]], drawing: Drawing
) -> None:
    drawing.held[1] = threading.Event()
    await take(reserve, 0)
    await settled(reserve, drawing, 1)
    reserve.forget([SITE])
    drawing.held[1].set()
    assert reserve.ready(SITE) == ()
    assert not await take(reserve, 1)


async def test_an_expected_visitors_challenge_lies_ready_and_one_more_after_it(
    reserve: Reserve[tuple[str, int, bool]], drawing: Drawing
) -> None:
    reserve.expect(SITE, 5)
    await settled(reserve, drawing, 5)
    reserve.expect(SITE, 5)
    assert await take(reserve, 5)
    # One thread draws, a site after the other.
    reserve.expect(msgspec.structs.replace(SITE, level=5), 50)
    await settled(reserve, drawing, 50)
    assert [index for index in drawing.drawn if index < 50] == [5, 6]
    assert reserve.ready(SITE) == (6,)


async def test_expecting_more_visitors_draws_no_more(reserve: Reserve[tuple[str, int, bool]], drawing: Drawing) -> None:
    for _ in range(20):
        reserve.expect(SITE, 0)
    reserve.close()
    assert drawing.drawn in ([], [0])


async def test_a_site_of_another_level_gets_nothing_of_the_old_ones(
    reserve: Reserve[tuple[str, int, bool]], drawing: Drawing
) -> None:
    await take(reserve, 0)
    await settled(reserve, drawing, 1)
    assert reserve.ready(msgspec.structs.replace(SITE, level=5)) == ()


async def test_a_drawing_that_fails_fails_for_who_takes_it_and_for_nobody_else() -> None:
    def fail_at_one(site: Site, index: int) -> int:
        if index == 1:
            raise ValueError("cannot be drawn")
        return index

    reserve = Reserve(fail_at_one)
    assert await reserve.take(SITE, 0) == 0
    reserve.refill(SITE)
    with pytest.raises(ValueError, match="cannot be drawn"):
        await reserve.take(SITE, 1)
    assert await reserve.take(SITE, 2) == 2
    reserve.close()


async def test_a_closed_reserve_draws_nothing_ahead(drawing: Drawing) -> None:
    reserve = Reserve(drawing)
    reserve.close()
    assert not await take(reserve, 0)
    assert not await take(reserve, 1)
    assert drawing.drawn == [0, 1]


def another_provider(file: Path) -> Provider:
    return Provider(file, seed=b"tests", pepper=b"p", clock=StillClock(), fence=Fence(), regions=Regions())


async def pictures(provider: Provider, site: Site, count: int) -> list[bytes]:
    for _ in range(count):
        await provider.issued.issue(site, "shop.localhost", "en", Opening(observed(provider.clock.now())))
    return [record.picture for record in provider.records.latest(site.sitekey, count)][::-1]


async def test_nothing_is_drawn_ahead_before_the_answer_has_left(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, _ = await register(provider, level=1)
    app, happened = create_app(provider), list[str]()
    refill = provider.issued._reserve.refill

    def noted(site: Site) -> None:
        happened.append("refill")
        refill(site)

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def note(message: Message) -> None:
            happened.append(message["type"])
            await send(message)

        await app(scope, receive, note)

    monkeypatch.setattr(provider.issued._reserve, "refill", noted)
    body = msgspec.json.encode({"origin": ORIGIN})
    await ask(watched, "POST", f"/getcaptcha/{site.sitekey}", body, {"content-type": "application/json"})
    await asyncio.sleep(0)
    assert happened == ["http.response.start", "http.response.body", "refill"]


async def test_the_sequence_is_the_same_with_a_reserve_without_one_and_over_a_restart(tmp_path: Path) -> None:
    sitekey = "abcdef00-0000-4000-8000-000000000001"
    plain = another_provider(tmp_path / "plain")
    plain.issued.close()
    site, _ = await register(plain, sitekey=sitekey, level=1)
    expected = await pictures(plain, site, 8)
    plain.close()
    assert len(set(expected)) == 8

    found: list[bytes] = []
    for _ in range(2):
        ahead = another_provider(tmp_path / "ahead")
        site = ahead.sites.find(sitekey) or (await register(ahead, sitekey=sitekey, level=1))[0]
        found += await pictures(ahead, site, 4)
        ahead.close()
    assert found == expected


async def test_a_namespace_that_is_made_again_with_another_seed_shows_other_challenges(provider: Provider) -> None:
    sitekey = "abcdef00-0000-4000-8000-000000000002"
    shown = []
    for seed in ("alpha", "beta", "alpha"):
        await provider.namespaces.add(NamespaceOrder(name="one", seed=seed))
        order = SiteOrder(origins=(ORIGIN,), namespace="one", sitekey=sitekey, level=1)
        site, _ = await provider.register(order)
        shown.append(await pictures(provider, site, 4))
        await provider.remove("one")
    assert shown[0] == shown[2]
    assert not set(shown[0]) & set(shown[1])


class Watched(Grid):
    """The family `grid`; tells at which levels it drew."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.drawn_at_last = threading.Event()

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        self.levels.append(level)
        if level == LAST:
            self.drawn_at_last.set()
        return super().draw(stream, level)


@pytest.mark.parametrize(
    ("mode", "host", "levels"),
    [
        ("always_challenge", "shop.localhost", [1, LAST]),
        ("always_challenge", "other.localhost", [LAST]),
        ("passive", "shop.localhost", [LAST]),
        ("mostly_passive", "shop.localhost", [LAST]),
    ],
)
async def test_a_challenge_is_drawn_for_who_loads_the_widget_where_one_will_be_shown(
    provider: Provider, mode: str, host: str, levels: list[int]
) -> None:
    watched = Watched()
    provider.issued.families = {"grid": watched}
    site, _ = await register(provider, families=("grid",), level=1, mode=mode)
    # The control, which is drawn after whatever was drawn for the first.
    other, _ = await register(provider, families=("grid",), level=LAST)
    await provider.widget.check_site(site.sitekey, host)
    await provider.widget.check_site(other.sitekey, "shop.localhost")
    assert await asyncio.to_thread(watched.drawn_at_last.wait, LONGEST)
    provider.issued.close()
    assert watched.levels == levels
