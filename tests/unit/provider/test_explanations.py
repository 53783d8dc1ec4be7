"""Each refusal says in the journal why, with the nearest miss, and repeats no secret and no token."""

from urllib.parse import quote

import pytest

from captcha_range.challenges.family import Reply
from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.provider.issued import ChallengeUnanswerable
from captcha_range.provider.plane import Provider
from captcha_range.provider.tokens import new_response_key
from captcha_range.provider.widget import (
    AnswerRequest,
    ChallengeRequest,
    OriginRefused,
    Visitor,
)
from tests.visits import ORIGIN, earn, register

VISITOR = Visitor("127.0.0.1", "a browser")


def last(provider: Provider) -> journal.Entry:
    return provider.database.read(lambda c: journal.entries(c, limit=1_000))[-1]


async def why(provider: Provider, **fields: str) -> str:
    """The explanation of a refused question."""
    verdict = await provider.siteverify.verify(fields)
    assert verdict["success"] is False
    entry = last(provider)
    assert entry.facts["call"] == "siteverify"
    assert entry.facts["code"] == verdict["error-codes"][0]
    for value in fields.values():
        assert len(value) < 40 or value not in str(entry), "a secret or a token is in the journal"
    return str(entry.facts["why"])


async def test_a_token_of_another_site_is_called_valid_and_both_sites_are_named(provider: Provider) -> None:
    site, _ = await register(provider, name="Shop")
    other, secret = await register(provider, name="Blog")
    said = await why(provider, response=await earn(provider, site), secret=secret)
    assert said == (
        f"the token is valid, but was issued for sitekey {site.sitekey}; "
        f"you sent the secret of sitekey {other.sitekey} (Blog)"
    )


async def test_an_unexpected_sitekey_is_explained(provider: Provider) -> None:
    site, secret = await register(provider)
    sister, _ = await register(provider, secret=secret)
    token = await earn(provider, site)
    said = await why(provider, response=token, secret=secret, sitekey=sister.sitekey)
    assert site.sitekey in said
    assert sister.sitekey in said


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda token: f" {token}\n", "blanks or quotes"),
        (lambda token: f'"{token}"', "blanks or quotes"),
        (lambda token: token[:255], "255 characters, not 1603"),
        (lambda token: quote("".join(f"%{ord(letter):02x}" for letter in token), safe="%"), "percent-encoded once"),
        (lambda _: new_response_key(), "response key"),
        (lambda _: "P1_eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9", "live service"),
        (lambda _: "10000000-ffff-ffff-ffff-000000000001", "sitekey"),
        (lambda _: "x", "did not issue"),
    ],
)
async def test_a_token_that_nearly_fits_is_told_from_rubbish(provider: Provider, spoil: object, words: str) -> None:
    site, secret = await register(provider)
    assert callable(spoil)
    assert words in await why(provider, response=spoil(await earn(provider, site)), secret=secret)


async def test_a_secret_that_nearly_fits_is_told_from_rubbish(provider: Provider) -> None:
    site, first = await register(provider)
    token = await earn(provider, site)
    second = await provider.sites.rotate_secret(site.sitekey)
    await provider.sites.retire_secret(site.sitekey)
    assert "retired" not in await why(provider, response=token, secret="0x" + "f" * 40)
    assert "blanks or quotes" in await why(provider, response=token, secret=f"{second}\n")
    assert "a sitekey came as the secret" in await why(provider, response=token, secret=site.sitekey)
    # Retired once, the first of them is remembered by its digest.
    assert "was retired" in await why(provider, response=token, secret=first)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "response: did not come; secret: did not come"),
        ({"response": "x", "secret": ""}, "secret: was empty"),
        ({"h-captcha-response": "x", "secret": "x"}, "`h-captcha-response` did; send it as `response`"),
        ({"response": "x", "secret": "x", "remoteip": "localhost"}, "remoteip"),
        ({"response": "x", "secret": "x", "sitekey": "x"}, "sitekey"),
        ({"response": "x", "secret": "x", "max_age": "soon"}, "max_age"),
        ({"response": "x", "secret": "x", "remoteip_strictness": "very"}, "remoteip_strictness"),
    ],
)
async def test_a_form_is_refused_with_the_field_to_mend(provider: Provider, fields: dict[str, str], words: str) -> None:
    assert words in await why(provider, **fields)


async def test_a_page_of_another_origin_is_explained_with_both(provider: Provider) -> None:
    site, _ = await register(provider)
    with pytest.raises(OriginRefused):
        await provider.widget.open(site.sitekey, ChallengeRequest(origin="http://shop.localhost:9000/x"), VISITOR)
    entry = last(provider)
    assert (entry.event, entry.facts["call"], entry.facts["code"]) == (
        "ChallengeRefused",
        "getcaptcha",
        "origin_refused",
    )
    assert "http://shop.localhost:9000" in entry.facts["why"]
    assert ORIGIN in entry.facts["why"]


async def test_a_challenge_that_takes_no_answer_is_explained(provider: Provider, clock: StillClock) -> None:
    site, _ = await register(provider, level=1, families=("odd_one_out",))
    other, _ = await register(provider, level=1, families=("odd_one_out",))
    reply = AnswerRequest(Reply(points=((-1.0, -1.0),)))

    async def refuse(sitekey: str, challenge: str) -> str:
        with pytest.raises(ChallengeUnanswerable):
            await provider.widget.answer(sitekey, challenge, reply, VISITOR)
        assert last(provider).event == "AnswerRefused"
        return str(last(provider).facts["why"])

    opened = [await provider.widget.open(site.sitekey, ChallengeRequest(origin=ORIGIN), VISITOR) for _ in range(2)]
    first, second = (view.challenge for view in opened if not hasattr(view, "token"))
    assert other.sitekey in await refuse(other.sitekey, first)
    await provider.widget.answer(site.sitekey, first, reply, VISITOR)
    clock.advance(7)
    assert "answered before, 7.0 s ago" in await refuse(site.sitekey, first)
    clock.advance(120)
    assert "its time was over 7.0 s ago" in await refuse(site.sitekey, second)
    assert "did not issue" in await refuse(site.sitekey, "x")
