"""Evidence: how a token was earned, and what became of it, by the provider's own word and never its answers."""

from pathlib import Path

import msgspec
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.provider.observation import Observation, Opening, Passage
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from captcha_range.provider.sites import SiteOrder, plan_site
from captcha_range.provider.tokens import digest_of_token, mint
from tests.served import served
from tests.solver_desk import ORIGIN, Desk, open_desk


async def test_a_token_that_was_really_earned_comes_with_its_verdict(tmp_path: Path, clock: StillClock) -> None:
    async with open_desk(tmp_path, clock, real_worker=True) as desk:
        task = await desk.create(region="gb")
        assert (await desk.ended(task))["state"] == "ready"
        evidence = (await desk.call("GET", f"/v1/tasks/{task}/evidence")).body
        assert (evidence["worker"], evidence["source"], evidence["attempts"]) == ("protocol", "127.0.20.1", 1)
        assert 1 <= evidence["tries"] <= 12
        verdict = evidence["verdict"]
        assert verdict["verified"] is False
        assert verdict["expires_at"] == verdict["issued_at"] + 120


async def test_a_task_without_a_token_has_no_verdict(desk: Desk) -> None:
    evidence = (await desk.call("GET", f"/v1/tasks/{await desk.create()}/evidence")).body
    assert evidence["verdict"] is None
    assert evidence["attempts"] <= 1  # the worker may have taken it by now


async def test_a_token_that_the_provider_does_not_know_has_no_verdict(desk: Desk) -> None:
    task = await desk.create()
    desk.worker.end()
    await desk.ended(task)
    assert (await desk.call("GET", f"/v1/tasks/{task}/evidence")).body["verdict"] is None


async def minted(provider: Provider, *, enterprise: bool) -> tuple[str, str]:
    """A token of a site, and the site's secret."""
    order = SiteOrder(origins=(ORIGIN,), enterprise=enterprise)
    site, secret = plan_site(order, provider.fence, tuple(provider.issued.families))
    await provider.sites.add(site, secret)
    seen = Observation(provider.clock.now(), "127.0.0.1", "local", "agent")
    passage = Passage(Opening(seen), seen)
    token = await provider.database.write(lambda c: mint(c, site.sitekey, "shop.localhost", passage))
    return token, secret


@pytest.mark.parametrize("enterprise", [False, True])
async def test_the_provider_tells_the_solver_of_acceptance_refusal_and_score(
    provider: Provider, enterprise: bool
) -> None:
    token, secret = await minted(provider, enterprise=enterprise)
    before = provider.desk.token(digest_of_token(token))
    assert before is not None
    assert (before.verified, before.code, before.score) == (False, None, None)
    await provider.siteverify.verify({"response": token, "secret": "0xwrong"})
    refused = provider.desk.token(digest_of_token(token))
    assert refused is not None
    assert (refused.verified, refused.code) == (False, "invalid-input-secret")
    verdict = await provider.siteverify.verify({"response": token, "secret": secret})
    told = provider.desk.token(digest_of_token(token))
    assert told is not None
    assert (told.verified, told.verified_at) == (True, provider.clock.now())
    assert (told.score, list(told.reasons)) == (verdict.get("score"), verdict.get("score_reason", []))


async def test_the_verdict_needs_the_solvers_key_and_tells_no_secret(provider: Provider, desk: Desk) -> None:
    token, secret = await minted(provider, enterprise=True)
    await provider.siteverify.verify({"response": token, "secret": secret})
    key = await provider.keys.create("solver")
    path = f"/range/tokens/{digest_of_token(token).hex()}"
    async with served(create_app(provider)) as url:
        async with desk.http.get(url + path) as response:
            assert response.status == 401
        headers = {"authorization": f"Bearer {key}"}
        for unknown in ("/range/tokens/00", "/range/tokens/zz"):
            async with desk.http.get(url + unknown, headers=headers) as response:
                assert response.status == 404
        async with desk.http.get(url + path, headers=headers) as response:
            body = await response.text()
    expected = {"verified", "issued_at", "expires_at", "verified_at", "code", "why", "score", "reasons"}
    assert set(msgspec.json.decode(body)) == expected
    assert secret not in body
    assert token not in body
