"""The widget's protocol: the page must be the site's own, and a right answer earns one token."""

import asyncio
from typing import Any

import pytest

from captcha_range.challenges.family import Reply
from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.core.regions import Regions
from captcha_range.provider.issued import ChallengeUnanswerable, View
from captcha_range.provider.plane import Provider
from captcha_range.provider.sites import Site, SiteUnknown
from captcha_range.provider.widget import AnswerRequest, ChallengeRequest, OriginRefused, Pass, Visitor
from tests.visits import BROWSER, ORIGIN, register, right_reply, wrong_reply

VISITOR = Visitor("127.0.20.5", BROWSER)


async def ask(provider: Provider, site: Site, origin: str = ORIGIN) -> View:
    opened = await provider.widget.open(site.sitekey, ChallengeRequest(origin=origin), VISITOR)
    assert isinstance(opened, View)
    return opened


async def reply(provider: Provider, site: Site, view: View, *, right: bool = True) -> Pass | None:
    answer = provider.records.latest(site.sitekey, 1)[0].answer
    request = AnswerRequest(right_reply(answer) if right else wrong_reply(answer))
    return await provider.widget.answer(site.sitekey, view.challenge, request, VISITOR)


async def test_a_right_answer_earns_a_token_that_verifies_once(provider: Provider, clock: StillClock) -> None:
    site, secret = await register(provider, enterprise=True)
    view = await ask(provider, site)
    clock.advance(9)
    earned = await reply(provider, site, view)
    assert earned is not None
    assert (earned.response_key[:3], earned.expires_in) == ("E0_", 120)
    fields = {"response": earned.token, "secret": secret, "remoteip": "127.0.20.5"}
    verdict = await provider.siteverify.verify(fields)
    assert (verdict["success"], verdict["hostname"], verdict["score"]) == (True, "shop.localhost", 0.0)
    assert (await provider.siteverify.verify(fields))["success"] is False


async def test_a_wrong_answer_earns_nothing(provider: Provider) -> None:
    site, _ = await register(provider)
    assert await reply(provider, site, await ask(provider, site), right=False) is None


async def test_the_life_of_a_token_begins_with_the_answer(provider: Provider, clock: StillClock) -> None:
    site, secret = await register(provider)
    view = await ask(provider, site)
    clock.advance(100)
    earned = await reply(provider, site, view)
    clock.advance(100)
    assert earned is not None
    assert (await provider.siteverify.verify({"response": earned.token, "secret": secret}))["success"] is True


async def test_a_challenge_earns_one_token_however_often_it_is_answered_at_once(provider: Provider) -> None:
    site, _ = await register(provider)
    view = await ask(provider, site)
    outcomes = await asyncio.gather(*[reply(provider, site, view) for _ in range(16)], return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ChallengeUnanswerable"] * 15 + ["Pass"]


@pytest.mark.parametrize("page", [ORIGIN, ORIGIN + "/login?next=/#top", "HTTP://SHOP.localhost:8000/"])
async def test_a_page_of_the_site_gets_a_challenge(provider: Provider, page: str) -> None:
    site, _ = await register(provider)
    assert (await ask(provider, site, origin=page)).challenge


@pytest.mark.parametrize(
    "page",
    [
        "http://shop.localhost",
        "https://shop.localhost:8000",
        "http://shop.localhost:8001",
        "http://shop.localhost.:8000",
        "http://www.shop.localhost:8000",
        "http://shop.localhost:8000@evil.test",
        "http://evil.test/?http://shop.localhost:8000",
        "http://evil.test\\@shop.localhost:8000",
        "shop.localhost:8000",
        "null",
        "",
    ],
)
async def test_a_page_of_another_origin_is_refused(provider: Provider, page: str) -> None:
    site, _ = await register(provider)
    with pytest.raises(OriginRefused, match=r"^origin: "):
        await ask(provider, site, origin=page)
    assert provider.records.latest(site.sitekey, 1) == []


async def test_a_sitekey_that_nobody_registered_is_unknown(provider: Provider) -> None:
    with pytest.raises(SiteUnknown):
        await provider.widget.open("x", ChallengeRequest(origin=ORIGIN), VISITOR)
    with pytest.raises(SiteUnknown):
        await provider.widget.answer("x", "y", AnswerRequest(Reply()), VISITOR)
    with pytest.raises(SiteUnknown):
        await provider.widget.agree_preflight("x")


async def test_a_challenge_of_a_removed_site_cannot_be_answered(provider: Provider) -> None:
    site, _ = await register(provider)
    view = await ask(provider, site)
    await provider.sites.remove(site.sitekey)
    with pytest.raises(SiteUnknown):
        await reply(provider, site, view)


async def test_a_challenge_is_not_answered_under_another_sitekey(provider: Provider) -> None:
    site, _ = await register(provider)
    other, _ = await register(provider)
    view = await ask(provider, site)
    request = AnswerRequest(right_reply(provider.records.latest(site.sitekey, 1)[0].answer))
    with pytest.raises(ChallengeUnanswerable):
        await provider.widget.answer(other.sitekey, view.challenge, request, VISITOR)


@pytest.mark.parametrize(
    ("host", "passes"),
    [
        ("shop.localhost", True),
        ("SHOP.localhost", True),
        ("shop.localhost:8000", False),
        ("http://shop.localhost", False),
        ("localhost", False),
        ("", False),
    ],
)
async def test_a_site_is_shown_on_its_own_hosts_only(provider: Provider, host: str, passes: bool) -> None:
    site, _ = await register(provider)
    assert await provider.widget.check_site(site.sitekey, host) is passes
    assert not await provider.widget.check_site("x", host)


async def test_the_region_of_the_connection_counts_for_the_score(provider: Provider, clock: StillClock) -> None:
    site, secret = await register(provider, enterprise=True)
    view = await ask(provider, site)
    clock.advance(9)
    answer = provider.records.latest(site.sitekey, 1)[0].answer
    abroad = Visitor("127.0.10.5", BROWSER)
    earned = await provider.widget.answer(site.sitekey, view.challenge, AnswerRequest(right_reply(answer)), abroad)
    assert earned is not None
    verdict = await provider.siteverify.verify({"response": earned.token, "secret": secret})
    assert verdict["score_reason"] == ["region-changed"]


@pytest.mark.parametrize(
    ("is_known", "is_kept", "reasons"),
    [(True, True, ["safe"]), (True, False, ["preflight-not-kept"]), (False, True, ["preflight-not-kept"])],
)
async def test_a_preflight_that_is_kept_costs_nothing_and_any_other_does(
    provider: Provider, clock: StillClock, is_known: bool, is_kept: bool, reasons: list[str]
) -> None:
    site, secret = await register(provider, enterprise=True)
    agreed = await provider.widget.agree_preflight(site.sitekey)
    address = Regions().source_address(agreed.region)
    assert address is not None
    visitor = Visitor(address, agreed.user_agent if is_kept else BROWSER)
    request = ChallengeRequest(origin=ORIGIN, preflight=agreed.preflight if is_known else "unknown")
    view = await provider.widget.open(site.sitekey, request, visitor)
    assert isinstance(view, View)
    clock.advance(9)
    answer = AnswerRequest(right_reply(provider.records.latest(site.sitekey, 1)[0].answer))
    earned = await provider.widget.answer(site.sitekey, view.challenge, answer, visitor)
    assert earned is not None
    verdict = await provider.siteverify.verify({"response": earned.token, "secret": secret})
    assert verdict["score_reason"] == reasons


async def opened(provider: Provider, site: Site, **fields: Any) -> View | Pass:
    return await provider.widget.open(site.sitekey, ChallengeRequest(origin=ORIGIN, **fields), VISITOR)


async def test_a_passive_site_challenges_nobody(provider: Provider) -> None:
    site, secret = await register(provider, mode="passive", enterprise=True)
    earned = await opened(provider, site, preflight="unknown")
    assert isinstance(earned, Pass)
    assert earned.response_key.startswith("E0_")
    verdict = await provider.siteverify.verify({"response": earned.token, "secret": secret})
    assert (verdict["success"], verdict["hostname"]) == (True, "shop.localhost")
    assert "solved-too-fast" not in verdict["score_reason"]


async def test_a_scenario_decides_over_the_sites_mode(provider: Provider) -> None:
    passive, _ = await register(provider, mode="passive")
    always, _ = await register(provider)
    asked = ChallengeRequest(origin=ORIGIN)
    assert isinstance(await provider.widget.open(passive.sitekey, asked, VISITOR, passive=False), View)
    assert isinstance(await provider.widget.open(always.sitekey, asked, VISITOR, passive=True), Pass)


async def test_a_visitor_may_ask_for_words_whatever_the_sites_families(provider: Provider) -> None:
    site, _ = await register(provider, families=("grid",))
    kinds = [await opened(provider, site, text=text) for text in (True, False)]
    assert [view.family for view in kinds if isinstance(view, View)] == ["text", "grid"]
    entries = provider.database.read(journal.entries)
    told = [entry.facts["modality"] for entry in entries if entry.event == "ChallengeIssued"]
    assert told == ["text", "picture"]


async def test_a_mostly_passive_site_challenges_whom_a_rule_suspects(provider: Provider) -> None:
    site, _ = await register(provider, mode="mostly_passive")
    assert isinstance(await opened(provider, site), Pass)
    assert isinstance(await opened(provider, site, preflight="unknown"), View)


async def test_a_mostly_passive_site_challenges_one_visitor_in_a_thousand(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captcha_range.provider.widget.SPOT_CHECKS", 0.5)
    site, _ = await register(provider, mode="mostly_passive")
    kinds = [type(await opened(provider, site)) for _ in range(40)]
    assert 8 <= kinds.count(View) <= 32


async def test_a_page_may_go_by_another_host_of_its_site_and_by_no_foreign_one(provider: Provider) -> None:
    site, secret = await register(provider, origins=(ORIGIN, "https://app.test"), mode="passive")
    earned = await opened(provider, site, host="App.Test")
    assert isinstance(earned, Pass)
    verdict = await provider.siteverify.verify({"response": earned.token, "secret": secret})
    assert verdict["hostname"] == "app.test"
    with pytest.raises(OriginRefused, match="host: not the host of one"):
        await opened(provider, site, host="elsewhere.test")
