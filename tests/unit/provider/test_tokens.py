"""Tokens: long, opaque, stored as a digest, used up once."""

from pathlib import Path

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.provider import tokens
from captcha_range.provider.plane import Provider
from tests.visits import earn, passage, register


async def test_a_token_looks_like_a_real_one(provider: Provider) -> None:
    site, _ = await register(provider)
    token = await earn(provider, site)
    assert token.startswith("P1_")
    assert len(token) == 1_603
    assert "ERROR" not in token
    assert "|" not in token


def test_a_response_key_looks_like_a_real_one() -> None:
    key = tokens.new_response_key()
    assert key.startswith("E0_")
    assert len(key) == 403
    assert tokens.new_response_key() != key


async def test_neither_tokens_nor_secrets_are_anywhere_in_the_files(provider: Provider, tmp_path: Path) -> None:
    site, secret = await register(provider)
    earned = [await earn(provider, site) for _ in range(20)]
    for token in earned[:10]:
        assert (await provider.siteverify.verify({"response": token, "secret": secret}))["success"] is True
    admin_key = await provider.keys.create("admin")
    stored = b"".join(file.read_bytes() for file in sorted(tmp_path.iterdir()))
    assert site.sitekey.encode() in stored
    assert tokens.digest_of_token(earned[0]) in stored
    for private in (*earned, secret, admin_key):
        for start in range(0, len(private) - 20, 200):
            assert private[start : start + 20].encode() not in stored
    assert bytes.fromhex(secret.removeprefix("0x")) not in stored


async def test_a_token_is_found_by_its_digest_with_how_it_was_earned(provider: Provider, clock: StillClock) -> None:
    site, _ = await register(provider)
    how = passage(clock.now(), rqdata=True)
    token = await earn(provider, site, how, hostname="shop.localhost")
    found = provider.database.read(lambda c: tokens.find(c, tokens.digest_of_token(token)))
    assert found is not None
    assert (found.sitekey, found.hostname, found.issued_at) == (site.sitekey, "shop.localhost", clock.now())
    assert found.passage == how
    assert found.used_at is None


@pytest.mark.parametrize("unknown", ["", "x", "P1_", "\ud800\udc00", "\0"])
async def test_an_unknown_token_is_not_found(provider: Provider, unknown: str) -> None:
    assert provider.database.read(lambda c: tokens.find(c, tokens.digest_of_token(unknown))) is None


async def use(provider: Provider, token: str, now: float, max_age: float = tokens.LIFETIME, claim: str = "c") -> bool:
    digest = tokens.digest_of_token(token)
    return await provider.database.write(lambda c: tokens.use(c, digest, claim, now, max_age))


async def test_a_token_is_used_up_by_the_first_claim(provider: Provider, clock: StillClock) -> None:
    site, _ = await register(provider)
    token = await earn(provider, site)
    assert await use(provider, token, clock.now(), claim="first")
    assert not await use(provider, token, clock.now(), claim="second")
    query = "SELECT claim FROM tokens"
    assert provider.database.read(lambda c: [row["claim"] for row in c.execute(query)]) == ["first"]


@pytest.mark.parametrize(("age", "max_age", "is_used"), [(119.9, 120, True), (120.0, 120, False), (10.0, 10, False)])
async def test_a_token_past_its_life_cannot_be_used_up(
    provider: Provider, clock: StillClock, age: float, max_age: float, is_used: bool
) -> None:
    site, _ = await register(provider)
    token = await earn(provider, site)
    assert await use(provider, token, clock.now() + age, max_age) is is_used


async def test_using_one_token_up_leaves_the_others(provider: Provider, clock: StillClock) -> None:
    site, _ = await register(provider)
    one, other = await earn(provider, site), await earn(provider, site)
    assert await use(provider, one, clock.now())
    assert await use(provider, other, clock.now())
