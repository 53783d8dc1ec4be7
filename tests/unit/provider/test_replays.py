"""Replays: counted by the address that earned the token, for ten minutes."""

import sqlite3
from collections.abc import Iterator

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.provider.observation import Opening, Passage
from captcha_range.provider.plane import Provider
from captcha_range.provider.replays import Replays
from tests.visits import earn, observed, register


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE replays (address TEXT NOT NULL, at REAL NOT NULL)")
    yield connection
    connection.close()


def test_replays_are_counted_by_address(connection: sqlite3.Connection) -> None:
    replays = Replays()
    for address in ("a", "a", "b"):
        replays.note(connection, address, 100.0)
    assert [replays.recent(connection, address, 100.0) for address in "abc"] == [2, 1, 0]


@pytest.mark.parametrize(("age", "count"), [(0.0, 1), (599.9, 1), (600.0, 0)])
def test_a_replay_is_remembered_for_ten_minutes(connection: sqlite3.Connection, age: float, count: int) -> None:
    Replays().note(connection, "a", 100.0)
    assert Replays().recent(connection, "a", 100.0 + age) == count


def test_what_is_forgotten_is_also_removed(connection: sqlite3.Connection) -> None:
    for at in (0.0, 1.0, 700.0):
        Replays().note(connection, "a", at)
    assert connection.execute("SELECT count(*) FROM replays").fetchone() == (1,)


async def test_a_used_token_that_comes_back_weighs_on_the_next_token_of_its_address(
    provider: Provider, clock: StillClock
) -> None:
    site, secret = await register(provider, enterprise=True)
    first = {"response": await earn(provider, site), "secret": secret}
    assert (await provider.siteverify.verify(first))["score"] == 0.0
    assert (await provider.siteverify.verify(first))["success"] is False
    second = await provider.siteverify.verify({"response": await earn(provider, site), "secret": secret})
    assert (second["score"], second["score_reason"]) == (0.2, ["token-replays"])
    elsewhere = Passage(Opening(observed(clock.now() - 9, "127.0.0.9")), observed(clock.now(), "127.0.0.9"))
    third = await provider.siteverify.verify({"response": await earn(provider, site, elsewhere), "secret": secret})
    assert third["score"] == 0.0


async def test_other_refusals_are_no_replays(provider: Provider) -> None:
    site, secret = await register(provider, enterprise=True)
    token = await earn(provider, site)
    for wrong in ("0x" + "f" * 40, "0x" + "e" * 40):
        await provider.siteverify.verify({"response": token, "secret": wrong})
    assert (await provider.siteverify.verify({"response": token, "secret": secret}))["score"] == 0.0


async def test_a_stranger_without_the_secret_cannot_spoil_an_addresss_score(provider: Provider) -> None:
    site, secret = await register(provider, enterprise=True)
    used = {"response": await earn(provider, site), "secret": secret}
    assert (await provider.siteverify.verify(used))["success"] is True
    refused = await provider.siteverify.verify({**used, "secret": "0x" + "f" * 40})
    assert refused["error-codes"] == ["already-seen-response"]
    fresh = await provider.siteverify.verify({"response": await earn(provider, site), "secret": secret})
    assert fresh["score"] == 0.0
