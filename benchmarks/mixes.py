"""Labelled traffic for the risk rules: who comes to the site, and what they do there.

Every one of these is a synthetic model: no human data. The times, shares and habits below are assumptions, not
fitted to anybody; each attacker does what some rules are for, and nothing to avoid one.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec
import numpy as np

from captcha_range.challenges.family import Answer, Reply
from captcha_range.core.clock import StillClock
from captcha_range.core.streams import Streams
from captcha_range.provider.issued import View
from captcha_range.provider.plane import Provider
from captcha_range.provider.risk import Evidence, Finding
from captcha_range.provider.widget import AnswerRequest, ChallengeRequest, Visitor

PAGE = "http://127.0.0.1:5000"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
WORKER = "Mozilla/5.0 (compatible; captcha-range protocol worker)"

Stream = np.random.Generator
Actor = AsyncIterator[float]
"""Does something, then says in how many seconds it goes on."""


class Asked(NamedTuple):
    """A challenge, with the answer that only the measurement may look up, and the size of its picture."""

    view: View
    answer: Answer


class Stage:
    """The provider with one Enterprise site, and the evidence on which each token was scored, by mix."""

    def __init__(self, provider: Provider, clock: StillClock, sitekey: str, secret: str) -> None:
        self.provider = provider
        self.clock = clock
        self.sitekey = sitekey
        self.secret = secret
        self.evidence: dict[str, list[Evidence]] = {}
        self._mix = ""
        provider.siteverify.rules = (self._note, *provider.siteverify.rules)

    def _note(self, evidence: Evidence) -> Finding | None:
        self.evidence.setdefault(self._mix, []).append(evidence)
        return None

    async def ask(self, visitor: Visitor, *, webdriver: bool = False) -> Asked:
        request = ChallengeRequest(origin=PAGE, webdriver=webdriver)
        view = await self.provider.widget.open(self.sitekey, request, visitor)
        assert isinstance(view, View)
        query, values = "SELECT answer FROM issued WHERE challenge = ?", (view.challenge,)
        row = self.provider.database.read(lambda connection: connection.execute(query, values).fetchone())
        return Asked(view, msgspec.json.decode(row["answer"], type=Answer))

    async def answer(self, asked: Asked, reply: Reply, visitor: Visitor) -> str | None:
        request = AnswerRequest(reply)
        earned = await self.provider.widget.answer(self.sitekey, asked.view.challenge, request, visitor)
        return None if earned is None else earned.token

    async def redeem(self, mix: str, token: str, remoteip: str) -> None:
        self._mix = mix
        await self.provider.siteverify.verify({"response": token, "secret": self.secret, "remoteip": remoteip})


def right(asked: Asked, stream: Stream, spread: float) -> Reply:
    """A right reply; a point lies round the middle of the target, `spread` pixels off."""
    if not asked.answer.targets:
        return Reply(tiles=asked.answer.tiles)
    target = asked.answer.targets[0]
    x, y = (float(each) for each in stream.normal(0.0, spread, 2))
    point = (
        target.x + min(max(target.width / 2 + x, 0.0), target.width - 1),
        target.y + min(max(target.height / 2 + y, 0.0), target.height - 1),
    )
    return Reply(points=((round(point[0], 2), round(point[1], 2)),))


def by_keyboard(asked: Asked, stream: Stream) -> Reply:
    """The same on the spots to which the arrow keys bring the crosshair."""
    if not asked.answer.targets:
        return right(asked, stream, 0.0)
    target, view = asked.answer.targets[0], asked.view
    x, y = target.x + target.width / 2, target.y + target.height / 2
    return Reply(points=((_lattice(x, view.width), _lattice(y, view.height)),))


def _lattice(value: float, size: int) -> float:
    return size / 2 + 2 * round((value - size / 2) / 2)


def wrong(asked: Asked, stream: Stream) -> Reply:
    """A reply beside the answer."""
    if not asked.answer.targets:
        return Reply(tiles=tuple(number for number in range(9) if number not in asked.answer.tiles))
    target = asked.answer.targets[0]
    return Reply(points=((round(target.x - stream.uniform(1, 30), 2), round(target.y - stream.uniform(1, 30), 2)),))


def lognormal(stream: Stream, median: float, sigma: float) -> float:
    return float(median * np.exp(stream.normal(0.0, sigma)))


class Habits(NamedTuple):
    """How a visitor with hands goes about it: seconds (median, spread), shares, and whether without a pointer."""

    taken: tuple[float, float]
    accuracy: float
    asks_again: float
    form: float
    keyboard: bool = False


PERSON = Habits(taken=(12.0, 0.45), accuracy=0.85, asks_again=0.04, form=15.0)
ASSISTED = Habits(taken=(35.0, 0.35), accuracy=0.85, asks_again=0.15, form=30.0, keyboard=True)


async def person(stage: Stage, mix: str, stream: Stream, habits: Habits) -> Actor:
    """One visitor with a form to send. Every tenth sits in one of ten offices; two of a hundred change address."""
    visitor = _home(stream)
    for _ in range(8):
        asked = await stage.ask(visitor)
        if stream.random() < habits.asks_again:
            yield 4.0
            continue
        yield min(110.0, lognormal(stream, *habits.taken))
        visitor = _home(stream) if stream.random() < 0.02 else visitor
        hit = stream.random() < habits.accuracy
        reply = by_keyboard(asked, stream) if hit and habits.keyboard else right(asked, stream, 6.0)
        token = await stage.answer(asked, reply if hit else wrong(asked, stream), visitor)
        if token is not None:
            yield min(115.0, float(stream.exponential(habits.form)))
            await stage.redeem(mix, token, visitor.address)
            return
        yield 2.0


def _home(stream: Stream) -> Visitor:
    if stream.random() < 0.1:
        return Visitor(f"127.60.{int(stream.integers(10))}.1", BROWSER)
    a, b, c = (int(each) for each in stream.integers((64, 0, 1), (200, 256, 255)))
    return Visitor(f"127.{a}.{b}.{c}", BROWSER)


async def worker(stage: Stage, mix: str, stream: Stream, count: int, *, browser: bool) -> Actor:
    """The range's own solver for many customers: the protocol worker, or a real browser that says what it is."""
    visitor = Visitor("127.0.20.1" if browser else "127.0.0.1", BROWSER if browser else WORKER)
    done = 0
    while done < count:
        asked = await stage.ask(visitor, webdriver=browser)
        yield lognormal(stream, 2.5, 0.15) if browser else lognormal(stream, 0.3, 0.2)
        reply = right(asked, stream, 1.0) if stream.random() < 0.97 else wrong(asked, stream)
        token = await stage.answer(asked, reply, visitor)
        if token is None:
            continue
        done += 1
        yield float(stream.exponential(3.0))
        await stage.redeem(mix, token, _home(stream).address)
        yield float(stream.exponential(8.0))


async def replayer(stage: Stage, mix: str, stream: Stream, tries: int) -> Actor:
    """Plays the first answers that it saw back, after the recorded time, from eight addresses; sends tokens twice."""
    recorded: dict[bool, Reply] = {}
    for _ in range(tries):
        visitor = Visitor(f"127.0.30.{int(stream.integers(8)) + 1}", BROWSER)
        asked = await stage.ask(visitor)
        yield 12.34
        reply = recorded.setdefault(bool(asked.answer.targets), right(asked, stream, 6.0))
        token = await stage.answer(asked, reply, visitor)
        for _ in range(2 if token is not None else 0):
            await stage.redeem(mix, str(token), visitor.address)


async def farmhand(stage: Stage, mix: str, stream: Stream, count: int) -> Actor:
    """One of a farm's people: earns a stock, of which customers take the older tokens in bursts; the rest is lost."""
    visitor = Visitor(f"127.{int(stream.integers(200, 250))}.{int(stream.integers(256))}.7", BROWSER)
    stock: list[tuple[float, str]] = []
    for number in range(count):
        asked = await stage.ask(visitor)
        yield lognormal(stream, 8.0, 0.35)
        reply = right(asked, stream, 5.0) if stream.random() < 0.93 else wrong(asked, stream)
        token = await stage.answer(asked, reply, visitor)
        if token is not None:
            stock.append((stage.clock.now(), token))
        if number % 12 == 11:
            now, customer = stage.clock.now(), _home(stream).address
            for _, kept in [each for each in stock if now - each[0] < 118.0][:4]:
                await stage.redeem(mix, kept, customer)
            stock.clear()


async def shopper(stage: Stage, mix: str, stream: Stream, count: int) -> Actor:
    """Can do one family only, at a person's pace, and asks until that comes; a fresh address for every token."""
    for _ in range(count):
        visitor = _home(stream)
        asked = await stage.ask(visitor)
        while asked.answer.targets:
            yield 2.0
            asked = await stage.ask(visitor)
        yield lognormal(stream, 10.0, 0.4)
        token = await stage.answer(asked, right(asked, stream, 1.0), visitor)
        if token is not None:
            yield 5.0
            await stage.redeem(mix, token, visitor.address)


async def flooder(stage: Stage, mix: str, stream: Stream, number: int) -> Actor:
    """One of thirty addresses of a network that earn five tokens each within a minute or two, at a quick pace."""
    visitor = Visitor(f"127.0.40.{number + 1}", BROWSER)
    for _ in range(5):
        asked = await stage.ask(visitor)
        yield lognormal(stream, 6.0, 0.35)
        token = await stage.answer(asked, right(asked, stream, 3.0), visitor)
        yield 3.0
        await stage.redeem(mix, str(token), visitor.address)


INNOCENT = ("person", "assistive technology")
GUILTY = ("solver, protocol", "solver, browser", "replay bot", "farm", "family shopper", "flood")


def cast(stage: Stage, streams: Streams, persons: int) -> list[tuple[float, Actor]]:
    """Everybody, with the second at which each begins."""
    arrivals, each = streams.stream("arrivals"), persons // 4
    made: list[tuple[float, Actor]] = []
    for mix, habits, count in ((INNOCENT[0], PERSON, persons), (INNOCENT[1], ASSISTED, each)):
        for number, at in enumerate(arrivals.uniform(0.0, 5.0 * persons, count)):
            made.append((float(at), person(stage, mix, streams.stream(mix, number), habits)))
    protocol, browser, replay, farm, shop, flood = GUILTY
    made.append((60.0, worker(stage, protocol, streams.stream(protocol), each, browser=False)))
    made.append((60.0, worker(stage, browser, streams.stream(browser), each, browser=True)))
    made.append((60.0, replayer(stage, replay, streams.stream(replay), 8 * each)))
    hands = [(60.0 + hand, farmhand(stage, farm, streams.stream(farm, hand), each)) for hand in range(4)]
    floods = [(900.0, flooder(stage, flood, streams.stream(flood, number), number)) for number in range(30)]
    made += hands + floods
    made.append((60.0, shopper(stage, shop, streams.stream(shop), each)))
    return made
