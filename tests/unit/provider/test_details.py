"""The Enterprise fields of siteverify: what is asked about the visitor, and what is told of them."""

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.provider.plane import Provider
from captcha_range.provider.questions import Query, parse_query
from captcha_range.provider.sites import DETAILS
from captcha_range.provider.verdicts import Verdict
from tests.visits import earn, observed, passage, register

BASE = ["success", "hostname", "sitekey", "challenge_ts", "score", "score_reason"]


async def verdict(provider: Provider, details: tuple[str, ...], how: object = None, **fields: str) -> Verdict:
    site, secret = await register(provider, enterprise=True, details=details)
    token = await earn(provider, site, how)  # type: ignore[arg-type]
    return await provider.siteverify.verify({"response": token, "secret": secret, **fields})


async def test_a_site_gets_the_fields_that_it_enabled_and_no_others(provider: Provider) -> None:
    assert list(await verdict(provider, ())) == BASE
    names = {name for name in await verdict(provider, DETAILS) if name not in BASE}
    assert names == {*(set(DETAILS) - {"scoped_uid"}), "scoped_uid_0", "scoped_uid_1", "scoped_uid_2"}
    assert (await verdict(provider, ("tags",), client_tags="vip, eu"))["tags"] == ["vip", "eu"]
    assert (await verdict(provider, ("tags",), client_tags='["a,b"]'))["tags"] == ["a,b"]


async def test_a_visitor_keeps_an_id_within_a_site_and_not_across_sites(provider: Provider, clock: StillClock) -> None:
    site, secret = await register(provider, enterprise=True, details=("scoped_uid",))
    other, other_secret = await register(provider, enterprise=True, details=("scoped_uid",))

    async def uids(of: object, with_secret: str, address: str) -> tuple[str, ...]:
        how = passage(clock.now())
        how = type(how)(how.opening, observed(clock.now(), address))
        token = await earn(provider, of, how)  # type: ignore[arg-type]
        answer = await provider.siteverify.verify({"response": token, "secret": with_secret})
        return tuple(answer[f"scoped_uid_{scope}"] for scope in range(3))

    mine, again = await uids(site, secret, "127.0.0.1"), await uids(site, secret, "127.0.0.1")
    neighbour, stranger = await uids(site, secret, "127.0.0.9"), await uids(site, secret, "10.0.0.1")
    assert mine == again
    assert [a == b for a, b in zip(mine, neighbour, strict=True)] == [False, True, True]
    assert [a == b for a, b in zip(mine, stranger, strict=True)] == [False, False, True]
    assert not set(mine) & set(await uids(other, other_secret, "127.0.0.1"))


async def test_behaviours_are_counted_for_an_hour(provider: Provider, clock: StillClock) -> None:
    site, secret = await register(provider, enterprise=True, details=("behavior_counts",))

    async def counts(**fields: str) -> object:
        token = await earn(provider, site)
        return (await provider.siteverify.verify({"response": token, "secret": secret, **fields}))["behavior_counts"]

    await counts(behavior_type="login")
    assert await counts(behavior_type="login") == {"login": 2}
    assert await counts() == {"login": 2, "unspecified": 1}
    clock.advance(3_600)
    assert await counts(behavior_type="signup") == {"signup": 1}


async def test_insights_and_signatures_are_the_findings_behind_the_score(provider: Provider, clock: StillClock) -> None:
    how = passage(clock.now())
    how = type(how)(how.opening, observed(clock.now(), user_agent="another"))
    told = await verdict(provider, ("risk_insights", "sigs", "similarity"), how)
    assert told["risk_insights"] == {"user-agent-changed": 0.4}
    assert told["sigs"] == told["score_reason"] == ["user-agent-changed"]
    assert told["similarity"] == 0.67
    assert (await verdict(provider, ("risk_insights",)))["risk_insights"] == {}


@pytest.mark.parametrize(
    ("strictness", "remoteip", "reasons"),
    [
        ("", "127.0.0.9", ["address-changed"]),
        ("high", "127.0.0.9", ["address-changed"]),
        ("low", "127.0.0.9", ["safe"]),
        ("low", "127.0.99.9", ["address-changed"]),
        ("off", "127.0.99.9", ["safe"]),
        ("off", "127.0.0.9", ["safe"]),
        ("low", "127.0.20.1", ["region-changed"]),
        ("off", "127.0.20.1", ["safe"]),
    ],
)
async def test_remoteip_is_compared_as_strictly_as_is_asked(
    provider: Provider, strictness: str, remoteip: str, reasons: list[str]
) -> None:
    told = await verdict(provider, (), remoteip=remoteip, remoteip_strictness=strictness)
    assert told["score_reason"] == reasons


def test_what_is_no_tag_is_left_out() -> None:
    query = parse_query({"response": "x", "secret": "x", "client_tokens": "a,," + "b" * 65, "client_tags": "[1]"})
    assert isinstance(query, Query)
    assert (query.client_tokens, query.client_tags) == (("a",), ("[1]",))
    many = parse_query({"response": "x", "secret": "x", "client_tags": ",".join("x" * 100)})
    assert isinstance(many, Query)
    assert len(many.client_tags) == 32
