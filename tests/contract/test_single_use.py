"""Single use: however many ask at once, a token is accepted exactly once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from captcha_range.provider import tokens
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from captcha_range.provider.sites import digest_of_secret
from captcha_range.provider.verdicts import Verdict, publisher_verdict, refused, timestamp
from tests.contract.raw_http import Connection, form_request
from tests.served import served
from tests.visits import passage, register

RACERS = 64


@pytest.fixture
async def racers(provider: Provider) -> AsyncIterator[list[Connection]]:
    """Connections that are open before the race begins."""
    async with served(create_app(provider)) as url:
        connections = [await Connection.open(url) for _ in range(RACERS)]
        yield connections
        for connection in connections:
            connection.writer.close()
        await asyncio.gather(*[connection.writer.wait_closed() for connection in connections])


async def acceptances(provider: Provider, racers: list[Connection], count: int) -> list[int]:
    """For each of `count` tokens: how many of the racers, all asking at once, were told that it is good."""
    site, secret = await register(provider)
    how = passage(provider.clock.now())
    found = []
    for _ in range(count):
        token = await provider.database.write(lambda c: tokens.mint(c, site.sitekey, "shop.localhost", how))
        written = form_request("/siteverify", {"response": token, "secret": secret})
        for racer in racers:
            racer.writer.write(written)
        answers = [await racer.read() for racer in racers]
        assert {answer.status for answer in answers} == {200}
        good = sum(b'"success":true' in answer.body for answer in answers)
        seen = sum(answer.body == b'{"success":false,"error-codes":["already-seen-response"]}' for answer in answers)
        assert good + seen == len(racers)
        found.append(good)
    return found


class SelectThenUpdate:
    """What verification must not be: it looks in one transaction and uses the token up in another."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def verify(self, fields: dict[str, str], notes: object = None) -> Verdict:
        database, now = self._provider.database, self._provider.clock.now()
        digest = tokens.digest_of_token(fields["response"])
        token = await database.write(lambda c: tokens.find(c, digest))
        assert token is not None
        assert self._provider.sites.knows_secret(digest_of_secret(fields["secret"]))
        if token.used_at is not None:
            return refused("already-seen-response")
        await database.write(lambda c: c.execute("UPDATE tokens SET used_at = ? WHERE digest = ?", (now, digest)))
        return publisher_verdict(token.hostname, timestamp(token.issued_at, 6))


async def test_64_at_once_get_one_success_for_a_thousand_tokens(provider: Provider, racers: list[Connection]) -> None:
    assert await acceptances(provider, racers, 1_000) == [1] * 1_000


@pytest.mark.soak
async def test_64_at_once_get_one_success_for_ten_thousand_tokens(provider: Provider, racers: list[Connection]) -> None:
    assert set(await acceptances(provider, racers, 10_000)) == {1}


async def test_selecting_and_then_updating_would_accept_tokens_twice(
    provider: Provider, racers: list[Connection]
) -> None:
    provider.siteverify = SelectThenUpdate(provider)  # type: ignore[assignment]
    assert max(await acceptances(provider, racers, 5)) > 1
