"""The official test keys: exact bodies, offline, as often as one likes."""

from typing import Any

import pytest

from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.provider.plane import Provider
from captcha_range.provider.test_keys import DUMMY_SECRET, TEST_SITES
from captcha_range.provider.widget import ChallengeRequest, Pass, Visitor
from tests.visits import register

WHEN = "2027-01-15T08:00:00.000000Z"
PUBLISHER = ("10000000-ffff-ffff-ffff-000000000001", "10000000-aaaa-bbbb-cccc-000000000001")
SAFE = ("20000000-ffff-ffff-ffff-000000000002", "20000000-aaaa-bbbb-cccc-000000000002")
BOT = ("30000000-ffff-ffff-ffff-000000000003", "30000000-aaaa-bbbb-cccc-000000000003")

BODIES: list[tuple[tuple[str, str], dict[str, Any]]] = [
    (PUBLISHER, {"success": True, "credit": False, "hostname": "dummy-key-pass", "challenge_ts": WHEN}),
    (
        SAFE,
        {
            "success": True,
            "hostname": "dummy-key-pass",
            "sitekey": SAFE[0],
            "challenge_ts": WHEN,
            "score": 0,
            "score_reason": ["safe"],
        },
    ),
    (
        BOT,
        {
            "success": True,
            "hostname": "dummy-key-pass",
            "sitekey": BOT[0],
            "challenge_ts": WHEN,
            "score": 1,
            "score_reason": ["bot"],
        },
    ),
]


def test_the_secret_is_0x_and_forty_zeros() -> None:
    assert DUMMY_SECRET == "0x0000000000000000000000000000000000000000"


@pytest.mark.parametrize(("key", "body"), BODIES)
async def test_a_test_token_gets_exactly_this_body(provider: Provider, key: tuple[str, str], body: Any) -> None:
    verdict = await provider.siteverify.verify({"response": key[1], "secret": DUMMY_SECRET})
    assert verdict == body
    assert list(verdict) == list(body)
    assert not isinstance(verdict.get("score"), float)


@pytest.mark.parametrize(("key", "body"), BODIES)
async def test_single_use_and_expiry_do_not_apply_to_test_tokens(
    provider: Provider, clock: StillClock, key: tuple[str, str], body: Any
) -> None:
    fields = {"response": key[1], "secret": DUMMY_SECRET, "max_age": "1"}
    for _ in range(3):
        assert (await provider.siteverify.verify(fields))["success"] is True
        clock.advance(3_600)


@pytest.mark.parametrize(("key", "body"), BODIES)
async def test_a_test_token_with_another_secret_is_refused_with_a_body_of_its_own(
    provider: Provider, key: tuple[str, str], body: Any
) -> None:
    _, secret = await register(provider)
    for another in (secret, "0x1", DUMMY_SECRET.upper(), DUMMY_SECRET + "0"):
        assert await provider.siteverify.verify({"response": key[1], "secret": another}) == {
            "success": False,
            "error-codes": ["not-using-dummy-secret"],
            "credit": False,
            "hostname": "dummy-key-pass",
            "challenge_ts": WHEN,
        }


async def test_the_test_secret_with_another_token_is_refused(provider: Provider) -> None:
    for token in ("x", PUBLISHER[0], PUBLISHER[1].upper(), PUBLISHER[1] + " "):
        verdict = await provider.siteverify.verify({"response": token, "secret": DUMMY_SECRET})
        assert verdict == {"success": False, "error-codes": ["not-using-dummy-passcode"]}


async def test_a_test_sitekey_may_be_expected_and_another_may_not(provider: Provider) -> None:
    site, _ = await register(provider)
    fields = {"response": PUBLISHER[1], "secret": DUMMY_SECRET}
    assert (await provider.siteverify.verify({**fields, "sitekey": PUBLISHER[0]}))["success"] is True
    verdict = await provider.siteverify.verify({**fields, "sitekey": site.sitekey})
    assert verdict["error-codes"] == ["sitekey-secret-mismatch"]


async def test_the_journal_tells_of_test_keys_and_of_nothing_else_that_is_kept(provider: Provider) -> None:
    await provider.siteverify.verify({"response": PUBLISHER[1], "secret": DUMMY_SECRET})
    await provider.siteverify.verify({"response": PUBLISHER[1], "secret": "0xmine"})
    verified, refused = provider.database.read(journal.entries)
    assert (verified.event, verified.facts["sitekey"]) == ("TestKeyVerified", PUBLISHER[0])
    assert (refused.event, refused.facts["code"]) == ("TestKeyRefused", "not-using-dummy-secret")
    assert "0xmine" not in str(refused)
    for table in ("tokens", "issued"):
        assert provider.database.read(lambda c, t=table: c.execute(f"SELECT count(*) FROM {t}").fetchone()[0]) == 0  # type: ignore[misc] # noqa: S608


@pytest.mark.parametrize("sitekey", [*TEST_SITES, BOT[0].upper()])
async def test_the_widget_of_a_test_sitekey_gives_the_constant_token_without_a_challenge(
    provider: Provider, sitekey: str
) -> None:
    visitor = Visitor("127.0.0.1", "a browser")
    opened = await provider.widget.open(sitekey, ChallengeRequest(origin="https://anywhere.test"), visitor)
    assert opened == Pass(token=TEST_SITES[sitekey.lower()].token, response_key="", expires_in=120)
    assert await provider.widget.check_site(sitekey, "anywhere.test")
