"""The browser worker earns tokens with a real browser, from the range's own widget and from nothing else."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.families.text import LEVELS as WORDS
from captcha_range.core import journal
from captcha_range.core.ids import new_trace
from captcha_range.core.lab_nets import Fence
from captcha_range.core.pixels import Picture
from captcha_range.core.traces import follow
from captcha_range.recognition.recogniser import Recognition
from captcha_range.solver.browser_gateway import Gateway, Pass
from captcha_range.solver.errors import FamilyUnsupported, ProxyRefused, ProxyUnauthorised, Unsolvable, WidgetFailed
from captcha_range.solver.orders import Proxy
from captcha_range.solver.provider_link import ChallengeFacts, ProviderLink
from captcha_range.solver.workers.browser import BrowserWorker
from captcha_range.solver.workers.chromium import Chromium
from captcha_range.solver.workers.widget_page import WidgetPage
from tests.browser.practice import Practice
from tests.proxies import lab_proxy, refusing
from tests.served import served

pytestmark = pytest.mark.asyncio(loop_scope="module")
Working = Callable[..., BrowserWorker]


@pytest.mark.parametrize("family", ["odd_one_out", "grid", "drag_to_fit", "text", "rotate_upright"])
async def test_a_token_from_a_real_page_is_accepted_by_siteverify(
    practice: Practice, working: Working, family: str
) -> None:
    site = await practice.site(family)
    solution = await working().solve(practice.order(site.sitekey))
    verdict = await practice.verify(solution.token, site)
    assert verdict["success"] is True
    assert solution.response_key.startswith("E0_")
    assert "Chrome" in solution.user_agent


async def test_an_invisible_widget_is_executed(practice: Practice, working: Working) -> None:
    site = await practice.site()
    url = practice.page_url(site.sitekey, "data-size=invisible")
    solution = await working().solve(practice.order(site.sitekey, page_url=url, invisible=True))
    assert (await practice.verify(solution.token, site))["success"] is True


async def test_region_user_agent_preflight_and_rqdata_arrive_at_the_provider(
    practice: Practice, working: Working
) -> None:
    site = await practice.site(enterprise=True)
    agreed = await practice.link.agree_preflight(site.sitekey)
    terms = {"region": agreed.region, "user_agent": agreed.user_agent, "preflight": agreed.preflight}
    solution = await working().solve(practice.order(site.sitekey, rqdata="blob", **terms))
    verdict = await practice.verify(solution.token, site)
    assert solution.user_agent == agreed.user_agent
    assert verdict["success"] is True
    reasons = set(verdict["score_reason"])
    assert not {"preflight-not-kept", "user-agent-changed", "client-hints-changed"} & reasons
    assert "declared-automation" in reasons, "the browser worker hides nothing"
    row = practice.provider.database.read(
        lambda c: c.execute("SELECT opening FROM issued WHERE sitekey = ?", (site.sitekey,)).fetchone()
    )
    assert f'"region":"{agreed.region}"' in row["opening"]
    assert '"rqdata":true' in row["opening"]


async def test_the_trace_of_the_task_reaches_the_provider_through_the_browser(
    practice: Practice, working: Working
) -> None:
    site, trace = await practice.site(), new_trace()
    follow(trace)
    try:
        await working().solve(practice.order(site.sitekey))
    finally:
        follow(None)
    told = practice.provider.database.read(lambda c: journal.entries(c, trace=trace))
    assert {entry.event for entry in told} == {"ChallengeIssued", "ChallengeAnswered"}


class Informed:
    """Says what the operator knows to be right of the site's latest challenge; if not `right`, something off it."""

    name = "informed"
    families = frozenset(FAMILIES)

    def __init__(self, practice: Practice, sitekey: str, right: bool = True) -> None:
        self._practice = practice
        self._sitekey = sitekey
        self._right = right

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        record = self._practice.latest(self._sitekey)
        answer, family, off = record.answer, record.family, 0 if self._right else 1
        kind = FAMILIES[family].replies_with
        if kind == "number":
            return Recognition(family, (), 1.0, number=((answer.number or 0) - 1 + off) % 9 + 1)
        if kind == "choice":
            return Recognition(family, (), 1.0, choice=((answer.choice or 0) + off) % WORDS[1].words)
        if kind == "angle":
            return Recognition(family, (), 1.0, angle=(answer.angle or 0.0) + 90 * off)
        if kind == "box":
            box = answer.targets[0]
            share = 0.5 if off else 1.0
            return Recognition(family, (), 1.0, box=(box.x, box.y, box.width * share, box.height * share))
        points = tuple(box.centre for box in answer.targets) or tuple(record.tiles[n].centre for n in answer.tiles)
        return Recognition(family, points, 1.0)


@pytest.mark.parametrize("family", sorted(FAMILIES))
async def test_every_kind_of_reply_is_given_with_the_controls_of_the_widget(
    practice: Practice, working: Working, family: str
) -> None:
    site = await practice.site(family)
    eye = Informed(practice, site.sitekey)
    solution = await working(recogniser=eye).solve(practice.order(site.sitekey))
    assert (await practice.verify(solution.token, site))["success"] is True
    assert solution.effort is not None
    assert solution.effort.tries == 1


@pytest.mark.parametrize("family", ["count", "text", "rotate_upright", "bounding_box"])
async def test_a_wrong_reply_of_any_kind_earns_nothing(
    practice: Practice, working: Working, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captcha_range.solver.workers.browser.MAX_TRIES", 1)
    site = await practice.site(family)
    with pytest.raises(Unsolvable):
        await working(recogniser=Informed(practice, site.sitekey, right=False)).solve(practice.order(site.sitekey))
    assert [record.passed for record in practice.provider.records.latest(site.sitekey, 2)] == [None, False]


async def test_a_family_that_the_recogniser_does_not_know_is_told_as_such(practice: Practice, working: Working) -> None:
    site = await practice.site("count")
    eye = Informed(practice, site.sitekey)
    eye.families = frozenset({"text"})
    with pytest.raises(FamilyUnsupported):
        await working(recogniser=eye).solve(practice.order(site.sitekey))
    assert practice.latest(site.sitekey).reply is None


class SecondGuess:
    """Understands nothing at first, then guesses wrong once, then asks `eye`."""

    name = "second guess"
    families = frozenset({"odd_one_out", "grid"})

    def __init__(self, eye: object) -> None:
        self.looks = 0
        self._eye = eye

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        self.looks += 1
        if self.looks == 1:
            return None
        if self.looks == 2:
            return Recognition("odd_one_out", ((1.0, 1.0),), 0.1)
        found: Recognition | None = self._eye.recognise(picture, question)  # type: ignore[attr-defined]
        return found


async def test_it_skips_what_it_does_not_understand_and_tries_again_after_a_wrong_answer(
    practice: Practice, working: Working
) -> None:
    site = await practice.site()
    worker = working()
    eye = SecondGuess(worker._recogniser)
    solution = await working(recogniser=eye).solve(practice.order(site.sitekey))
    assert eye.looks >= 3
    assert (await practice.verify(solution.token, site))["success"] is True


class Blindfold:
    name = "blindfold"
    families = frozenset({"odd_one_out", "grid"})

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        return Recognition("odd_one_out", ((1.0, 1.0),), 0.1)


async def test_it_gives_up_after_its_last_try(
    practice: Practice, working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captcha_range.solver.workers.browser.MAX_TRIES", 2)
    site = await practice.site()
    with pytest.raises(Unsolvable):
        await working(recogniser=Blindfold()).solve(practice.order(site.sitekey))
    assert len(practice.provider.records.latest(site.sitekey, 10)) == 3


async def test_a_frame_of_another_origin_is_not_touched(practice: Practice, working: Working) -> None:
    """The same path and the same look, but not the range's provider."""
    touched: list[str] = []

    async def look_alike(request: Request) -> HTMLResponse:
        touched.append(request.method)
        box = "<div id=checkbox role=checkbox style='width:99px;height:99px'>I am human</div>"
        return HTMLResponse(f"{box}<script>onclick = () => fetch('/', {{method: 'POST'}})</script>")

    site = await practice.site()
    every = Route("/{path:path}", look_alike, methods=["GET", "POST"])
    async with served(Starlette(routes=[every])) as foreign:
        frame = f"{foreign}/widget/{site.sitekey}/hcaptcha.html%23frame=checkbox%26id=x"
        order = practice.order(site.sitekey, page_url=f"{practice.shop}/framed?src={frame}")
        with pytest.raises(WidgetFailed, match="no checkbox frame of the range's provider"):
            await working(patience=1.0).solve(order)
    assert touched == ["GET"]


async def test_a_widget_of_another_sitekey_is_not_touched(practice: Practice, working: Working) -> None:
    ordered, other = await practice.site(), await practice.site()
    order = practice.order(ordered.sitekey, page_url=practice.page_url(other.sitekey))
    with pytest.raises(WidgetFailed, match="for this sitekey"):
        await working(patience=1.0).solve(order)
    assert practice.provider.records.latest(other.sitekey, 1) == []


@pytest.mark.parametrize("known", ["not at all", "for another site", "for another host"])
async def test_a_challenge_that_the_provider_does_not_attest_is_not_answered(
    practice: Practice, working: Working, known: str
) -> None:
    class Doubting(ProviderLink):
        async def challenge(self, challenge: str) -> ChallengeFacts | None:
            facts = await practice.link.challenge(challenge)
            assert facts is not None
            if known == "for another site":
                return ChallengeFacts(challenge, "another", facts.family, facts.hostname)
            return ChallengeFacts(challenge, facts.sitekey, facts.family, "another") if "host" in known else None

    site = await practice.site()
    link = Doubting(practice.tools, practice.provider_url, "key")
    link.site = practice.link.site  # type: ignore[method-assign]
    with pytest.raises(WidgetFailed, match="not issued by this range for this page"):
        await working(link=link).solve(practice.order(site.sitekey))
    assert practice.latest(site.sitekey).reply is None


SHOWING_ANOTHERS = """
const own = fetch;
window.fetch = async (path, ...more) => {
  const answer = await own(path, ...more);
  return String(path).startsWith("/getcaptcha/") ? new Response(JSON.stringify(%s)) : answer;
};
"""


@pytest.mark.parametrize("is_checked", [True, False])
async def test_a_challenge_that_was_issued_to_another_visitor_is_not_answered(
    practice: Practice, working: Working, is_checked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same site and host, so that the provider attests it. Unchecked, it is answered: the negative control."""
    site = await practice.site()
    async with practice.tools.session().post(
        f"{practice.provider_url}/getcaptcha/{site.sitekey}", json={"origin": practice.shop}
    ) as answer:
        view = await answer.json()
    if not is_checked:
        monkeypatch.setattr(WidgetPage, "was_handed", lambda *_: asyncio.sleep(0, result=True))
    open_page = WidgetPage.open

    async def open_with(widget: WidgetPage) -> None:
        await widget._page.add_init_script(SHOWING_ANOTHERS % msgspec.json.encode(view).decode())
        await open_page(widget)

    monkeypatch.setattr(WidgetPage, "open", open_with)
    solving = working().solve(practice.order(site.sitekey))
    if is_checked:
        with pytest.raises(WidgetFailed, match="not issued to this visit"):
            await solving
    else:
        assert (await practice.verify((await solving).token, site))["success"] is True
    anothers = {record.challenge: record.reply for record in practice.provider.records.latest(site.sitekey, 9)}
    assert (anothers[view["challenge"]] is None) is is_checked


@pytest.mark.parametrize("then", ["leave", "submit", "reset"])
async def test_the_token_of_a_page_that_leaves_or_forgets_it_is_kept(
    practice: Practice, working: Working, then: str
) -> None:
    site = await practice.site()
    order = practice.order(site.sitekey, page_url=practice.page_url(site.sitekey, f"data-then={then}"))
    solution = await working().solve(order)
    assert solution.response_key.startswith("E0_")
    assert (await practice.verify(solution.token, site))["success"] is True


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_token_comes_from_the_region_of_the_tasks_proxy(
    practice: Practice, working: Working, kind: str
) -> None:
    site = await practice.site()
    async with lab_proxy("me:secret") as port:
        proxy = Proxy("127.0.0.1", port, "me", "secret", kind)
        solution = await working().solve(practice.order(site.sitekey, proxy=proxy))
    assert (await practice.verify(solution.token, site))["success"] is True
    query = "SELECT DISTINCT json_extract(opening, '$.loaded.region') FROM issued WHERE sitekey = ?"
    (row,) = practice.provider.database.read(lambda c: c.execute(query, (site.sitekey,)).fetchall())
    assert row[0] == "gb"


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_what_goes_wrong_with_the_tasks_proxy_is_told(practice: Practice, working: Working, kind: str) -> None:
    site = await practice.site()
    async with lab_proxy("me:secret") as port:
        with pytest.raises(ProxyUnauthorised):
            await working().solve(practice.order(site.sitekey, proxy=Proxy("127.0.0.1", port, "me", "wrong", kind)))
    with refusing() as port, pytest.raises(ProxyRefused):
        await working().solve(practice.order(site.sitekey, proxy=Proxy("127.0.0.1", port, kind=kind)))


async def test_as_many_contexts_are_warm_as_tasks_may_come_at_once() -> None:
    chromium = Chromium(Gateway(Fence()), spares=2)
    await chromium.start()
    warm = [await spare for spare in chromium._spares]
    async with chromium.tab(Pass()) as first, chromium.tab(Pass()) as second, chromium.tab(Pass()) as third:
        assert [first, second] == warm
        assert len({id(tab.context) for tab in (first, second, third)}) == 3
        assert len(chromium._spares) == 2
        assert await third.page.evaluate("navigator.webdriver") is True
    await chromium.stop()


async def test_warm_contexts_of_a_browser_that_died_are_not_used() -> None:
    chromium = Chromium(Gateway(Fence()), spares=2)
    await chromium.start()
    dead = [await spare for spare in chromium._spares]
    assert chromium._browser is not None
    await chromium._browser.close()
    async with chromium.tab(Pass()) as tab:
        assert tab not in dead
        assert await tab.page.evaluate("1 + 1") == 2
    await chromium.stop()


async def test_the_provider_attests_a_challenge_only_while_it_is_open(practice: Practice, working: Working) -> None:
    site = await practice.site()
    await working().solve(practice.order(site.sitekey))
    answered = practice.latest(site.sitekey)
    assert answered.passed is True
    assert await practice.link.challenge(answered.challenge) is None
    assert await practice.link.challenge("../sites/x") is None


async def test_a_page_that_leads_to_another_origin_is_left(practice: Practice, working: Working) -> None:
    site = await practice.site()
    async with served(Starlette(routes=[Route("/", lambda _: HTMLResponse("elsewhere"))])) as other:
        order = practice.order(site.sitekey, page_url=f"{practice.shop}/elsewhere?{other}/")
        with pytest.raises(WidgetFailed, match="another origin"):
            await working().solve(order)


async def test_a_page_whose_name_lies_outside_does_not_load(practice: Practice, working: Working) -> None:
    """Registered under a public name, but nothing on this machine bears it: the gate refuses, and nothing is sent."""
    site = await practice.site(origins=("http://192.0.2.1.nip.example",))
    order = practice.order(site.sitekey, page_url="http://192.0.2.1.nip.example/")

    with pytest.raises(WidgetFailed, match="the page did not load"):
        await working().solve(order)


async def test_automation_is_not_hidden(page: Page, practice: Practice) -> None:
    await page.goto(practice.page_url("10000000-ffff-ffff-ffff-000000000001"))
    assert await page.evaluate("navigator.webdriver") is True
