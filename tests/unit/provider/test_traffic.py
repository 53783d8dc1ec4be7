"""What the provider remembers of its traffic, and what that does to scores on the way through the real provider."""

from typing import Any

import msgspec
import pytest

from captcha_range.challenges.family import Answer, Reply
from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.provider.answered import Answered
from captcha_range.provider.issued import View
from captcha_range.provider.namespaces import NamespaceOrder
from captcha_range.provider.observation import Circumstances, Opening, Passage
from captcha_range.provider.plane import Provider
from captcha_range.provider.sites import Site
from captcha_range.provider.traffic import Redemption, Traffic, spread
from captcha_range.provider.widget import AnswerRequest, ChallengeRequest, Visitor
from tests.visits import BROWSER, ORIGIN, earn, observed, register, right_reply

SITE, ACCOUNT = "a site", b"an account"
HERE, THERE = "127.0.20.1", "127.0.20.2"


def answer(
    at: float,
    address: str = HERE,
    *,
    taken: float = 9.0,
    replies: tuple[Reply, ...] = (),
    passed: bool = True,
    site: str = SITE,
) -> Answered:
    asked, answered = observed(at - taken, address), observed(at, address)
    return Answered(site, "grid", asked, answered, replies or (Reply(points=((at + 0.123, 7.0),)),), passed)


def told(traffic: Traffic, *answers: Answered) -> Circumstances:
    """What is known with the last of these."""
    return [traffic.answered(each, ACCOUNT) for each in answers][-1]


def test_passes_are_counted_within_a_minute_by_address_and_network() -> None:
    seen = told(Traffic(), answer(0.0), answer(1.0), answer(2.0, THERE), answer(3.0, passed=False), answer(61.5))
    assert (seen.address_passes, seen.network_passes, seen.network_addresses) == (1, 2, 2)
    assert (seen.answers, seen.right) == (4, 3)


def test_what_is_older_than_ten_minutes_does_not_count() -> None:
    traffic = Traffic()
    told(traffic, *(answer(float(at)) for at in range(5)))
    assert told(traffic, answer(600.0)).answers == 5
    assert told(traffic, answer(1_300.0)).answers == 1


def test_paces_are_alike_or_not() -> None:
    steady = told(Traffic(), *(answer(20.0 * n, taken=5.0) for n in range(1, 7)))
    varied = told(Traffic(), *(answer(20.0 * n, taken=4.0 + n) for n in range(1, 7)))
    assert (steady.paces, steady.pace_spread) == (6, 0.0)
    assert varied.pace_spread > 0.2


@pytest.mark.parametrize(
    ("replies", "taken", "again", "same"),
    [
        ((Reply(points=((10.25, 20.37),)),), 9.0, 4.0, 1),
        ((Reply(points=((10.25, 20.37),)),), 9.0, 9.0, 1),
        ((Reply(points=((10.0, 20.5),)),), 9.0, 9.0, 0),
        ((Reply(tiles=(0, 4)),), 9.0, 9.0, 1),
        ((Reply(tiles=(0, 4)),), 9.0, 9.002, 0),
        ((Reply(number=3), Reply(points=((10.25, 20.37),))), 9.0, 4.0, 1),
        ((Reply(number=3), Reply(points=((10.0, 20.5),))), 9.0, 9.0, 0),
    ],
    ids=[
        "a point",
        "a point after the same time",
        "where the arrow keys lead",
        "tiles after the same time",
        "tiles",
        "a point in one of two rounds",
        "two rounds without a mark",
    ],
)
def test_the_same_reply_to_another_challenge_is_told(
    replies: tuple[Reply, ...], taken: float, again: float, same: int
) -> None:
    first = answer(100.0, replies=replies, taken=taken)
    assert told(Traffic(), first, answer(200.0, THERE, replies=replies, taken=again)).same_replies == same
    assert told(Traffic(), first, answer(200.0, THERE, replies=replies, taken=again, site="another")).same_replies == 0


def test_challenges_left_for_another_family_are_shunned_until_a_pass() -> None:
    traffic = Traffic()
    for at in range(4):
        traffic.asked(SITE, "odd_one_out", observed(float(at), HERE))
    traffic.asked(SITE, "odd_one_out", observed(3.0, THERE))
    traffic.asked(SITE, "grid", observed(4.0, HERE))
    assert told(traffic, answer(13.0)).shunned == 4
    traffic.asked(SITE, "grid", observed(20.0, HERE))
    assert told(traffic, answer(29.0)).shunned == 0


def test_a_wrong_answer_is_not_left() -> None:
    traffic = Traffic()
    for at in (0.0, 10.0, 20.0):
        traffic.asked(SITE, "odd_one_out", observed(at, HERE))
        told(traffic, answer(at + 9.0, passed=False))
    traffic.asked(SITE, "grid", observed(30.0, HERE))
    assert told(traffic, answer(39.0)).shunned == 0


def earned(at: float, address: str = HERE) -> Passage:
    return Passage(Opening(observed(at - 9.0, address)), observed(at, address))


def redeem(traffic: Traffic, at: float, passed: float, address: str = HERE, remoteip: str | None = None) -> Redemption:
    return traffic.redeemed(ACCOUNT, SITE, earned(passed, address), remoteip, at)


def test_late_verifications_are_counted_together_only_with_others_that_are_late() -> None:
    traffic = Traffic()
    assert redeem(traffic, 100.0, 0.0).late == 1
    assert redeem(traffic, 101.0, 95.0).late == 0
    assert redeem(traffic, 102.0, 0.0).late == 2
    assert redeem(traffic, 113.0, 0.0).late == 1


def test_tokens_that_ran_out_unverified_are_told() -> None:
    traffic = Traffic()
    told(traffic, *(answer(float(at)) for at in range(5)))
    redeem(traffic, 10.0, 0.0)
    assert (redeem(traffic, 50.0, 40.0).earned, redeem(traffic, 50.0, 40.0).unredeemed) == (0, 0)
    after = redeem(traffic, 200.0, 190.0)
    assert (after.earned, after.unredeemed) == (5, 4)


def test_customers_and_suppliers_are_told_by_remoteip_alone() -> None:
    traffic = Traffic()
    for number in range(3):
        last = redeem(traffic, 10.0 + number, 5.0, remoteip=f"127.0.9.{number}")
    assert (last.customers, last.suppliers) == (3, 1)
    assert redeem(traffic, 20.0, 5.0, THERE, "127.0.9.0").suppliers == 2
    assert (redeem(traffic, 20.0, 5.0).customers, redeem(traffic, 20.0, 5.0).suppliers) == (0, 0)


@pytest.mark.parametrize(("values", "share"), [([], 0.0), ([3.0], 0.0), ([0.0, 0.0], 0.0), ([1.0, 3.0], 0.5)])
def test_a_spread_is_a_share_of_the_mean(values: list[float], share: float) -> None:
    assert spread(values) == share


async def pass_once(provider: Provider, site: Site, clock: StillClock, visitor: Visitor, **request: Any) -> str:
    """A token, earned in nine seconds by the right answer."""
    view = await provider.widget.open(site.sitekey, ChallengeRequest(origin=ORIGIN, **request), visitor)
    assert isinstance(view, View)
    query = "SELECT answer FROM issued WHERE challenge = ?"
    row = provider.database.read(lambda connection: connection.execute(query, (view.challenge,)).fetchone())
    clock.advance(9.0)
    reply = right_reply(msgspec.json.decode(row["answer"], type=Answer))
    earned = await provider.widget.answer(site.sitekey, view.challenge, AnswerRequest(reply), visitor)
    assert earned is not None
    return earned.token


async def reasons(provider: Provider, token: str, secret: str, **fields: str) -> list[str]:
    verdict = await provider.siteverify.verify({"response": token, "secret": secret, "remoteip": HERE, **fields})
    assert verdict["success"] is True
    return list(verdict["score_reason"])


async def test_a_visitor_who_behaves_is_safe_on_the_whole_way(provider: Provider, clock: StillClock) -> None:
    site, secret = await register(provider, enterprise=True)
    token = await pass_once(provider, site, clock, Visitor(HERE, BROWSER, "en", "hints"))
    assert await reasons(provider, token, secret) == ["safe"]


async def test_what_a_browser_declares_reaches_the_score(provider: Provider, clock: StillClock) -> None:
    site, secret = await register(provider, enterprise=True)
    token = await pass_once(provider, site, clock, Visitor(HERE, BROWSER), webdriver=True)
    assert await reasons(provider, token, secret) == ["declared-automation"]


async def test_five_answers_at_one_pace_reach_the_score_and_stay_with_the_token(
    provider: Provider, clock: StillClock
) -> None:
    site, secret = await register(provider, enterprise=True, families=("grid",))
    for _ in range(5):
        token = await pass_once(provider, site, clock, Visitor(HERE, BROWSER))
    assert "solved-too-regularly" in await reasons(provider, token, secret)


async def test_a_namespaces_traffic_is_its_own_and_ends_with_a_reset(provider: Provider) -> None:
    await provider.namespaces.add(NamespaceOrder(name="mine"))
    of_all, own = provider.namespaces.traffic(""), provider.namespaces.traffic("mine")
    assert provider.namespaces.traffic("mine") is own is not of_all
    await provider.namespaces.reset("mine")
    assert provider.namespaces.traffic("mine") is not own
    assert provider.namespaces.traffic("") is of_all
    await provider.namespaces.remove("mine")
    assert provider.namespaces.traffic("mine") is not provider.namespaces.traffic("mine")


async def test_the_journal_warns_of_a_missing_remoteip_on_an_enterprise_site_only(provider: Provider) -> None:
    warned = []
    for enterprise in (True, False):
        site, secret = await register(provider, enterprise=enterprise)
        await provider.siteverify.verify({"response": await earn(provider, site), "secret": secret})
        warned.append("warnings" in latest(provider, "TokenVerified").facts)
    assert warned == [True, False]


async def test_the_journal_warns_once_of_a_site_whose_tokens_nobody_verifies(
    provider: Provider, clock: StillClock
) -> None:
    checking, secret = await register(provider)
    ignoring, _ = await register(provider)
    for number in range(23):
        visitor = Visitor(f"127.0.20.{number + 1}", BROWSER)
        token = await pass_once(provider, checking, clock, visitor)
        await provider.siteverify.verify({"response": token, "secret": secret})
        await pass_once(provider, ignoring, clock, visitor)
        clock.advance(100.0 if number == 20 else 0.0)
    events = [each for each in entries(provider) if each.event == "SiteWarned"]
    assert [each.facts["sitekey"] for each in events] == [ignoring.sitekey]


def entries(provider: Provider) -> list[Any]:
    return provider.database.read(lambda connection: journal.entries(connection, limit=1_000))


def latest(provider: Provider, event: str) -> Any:
    return [each for each in entries(provider) if each.event == event][-1]
