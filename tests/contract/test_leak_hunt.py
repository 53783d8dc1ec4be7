"""The leak hunter against a running provider, over HTTP: the real one, and two that leak."""

import asyncio
import json

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from captcha_range.core.clock import StillClock
from captcha_range.http_call import call
from captcha_range.measurement.leak_hunter.hunt import Report, hunted, oddities_of, reported
from captcha_range.measurement.leak_hunter.visits import Visitor, VisitRefused
from captcha_range.operator_api import Operator
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from tests.served import served
from tests.visits import ORIGIN, register

COUNT = 80
SITEKEY = "00000000-0000-4000-8000-000000000001"
FAMILY = "count"


async def hunt(provider: Provider, app: ASGIApp, origin: str = ORIGIN) -> Report:
    await register(provider, sitekey=SITEKEY, families=(FAMILY,), level=1)
    key = await provider.keys.create("admin")
    async with served(app) as url:
        visitor = Visitor(call, url, SITEKEY, origin, StillClock())
        operator = Operator(url, key)
        seen = await asyncio.to_thread(visitor.sightings, COUNT, lambda: operator.challenges(SITEKEY))
    return reported(COUNT, hunted(FAMILY, 1, seen), oddities_of(FAMILY, 1, seen))


class Leaking:
    """The provider's application, with the latest challenge's answer in a header of an exchange's answer."""

    def __init__(self, provider: Provider, path: str) -> None:
        self._provider = provider
        self._app = create_app(provider)
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def spoilt(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"].startswith(self._path):
                answer = self._provider.records.latest(SITEKEY, 1)[0].answer
                message["headers"].append((b"etag", str(answer.number).encode()))
            await send(message)

        await self._app(scope, receive, spoilt)


async def test_a_range_without_leaks_is_clean(provider: Provider) -> None:
    report = await hunt(provider, create_app(provider))
    assert report.is_clean, [*report.leaks, *report.oddities]
    assert {row.trials for row in report.rows} == {COUNT // 2}


@pytest.mark.parametrize("path", ["/getcaptcha/", "/picture/"])
async def test_an_answer_in_a_header_is_found(provider: Provider, path: str) -> None:
    report = await hunt(provider, Leaking(provider, path))
    assert [row.group for row in report.leaks] == ["wire"]


async def test_a_range_that_tells_what_would_have_been_right_is_found(provider: Provider) -> None:
    app = create_app(provider)

    async def telling(scope: Scope, receive: Receive, send: Send) -> None:
        async def spoilt(message: Message) -> None:
            if message["type"] == "http.response.body" and scope["path"].startswith("/checkcaptcha/"):
                answer = provider.records.latest(SITEKEY, 1)[0].answer
                body = {**json.loads(message["body"]), "correct_answer": answer.number}
                message["body"] = json.dumps(body).encode()
            if message["type"] == "http.response.start":
                message["headers"] = [each for each in message["headers"] if each[0] != b"content-length"]
            await send(message)

        await app(scope, receive, spoilt)

    report = await hunt(provider, telling)
    assert [row.group for row in report.leaks] == ["oracle"]
    assert {each.what for each in report.oddities} == {"wrong replies not refused"}


async def test_a_site_that_gives_no_challenge_ends_the_hunt(provider: Provider) -> None:
    with pytest.raises(VisitRefused, match="origin_refused"):
        await hunt(provider, create_app(provider), origin="http://elsewhere.localhost")
