"""Every scenario of siteverify and of the widget, as a client on a real socket meets it."""

import asyncio
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.provider.magic_keys import MAGIC_SECRET, magic_sitekey, magic_token
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from captcha_range.provider.scenarios import BY_NAME, SCENARIOS, SITEVERIFY, Scenario
from captcha_range.provider.stagings import StagingOrder
from tests.contract.raw_http import Connection, form_request
from tests.served import served
from tests.visits import ORIGIN, earn, register

OF_SITEVERIFY = [scenario for scenario in SCENARIOS if scenario.at == SITEVERIFY]
ANSWERED = [scenario for scenario in OF_SITEVERIFY if not scenario.fault]
OPENING = {"origin": f"{ORIGIN}/register"}


def name_of(scenario: Scenario) -> str:
    return scenario.name


@pytest.fixture
async def url(provider: Provider) -> AsyncIterator[str]:
    async with served(create_app(provider)) as url:
        yield url


@pytest.fixture
async def connection(url: str) -> AsyncIterator[Connection]:
    async with await Connection.open(url) as connection:
        yield connection


def last(provider: Provider) -> journal.Entry:
    return provider.database.read(lambda c: journal.entries(c, limit=1_000))[-1]


def stage(provider: Provider, scenario: str, **more: Any) -> None:
    provider.stagings.add(StagingOrder(scenario=scenario, **more))


def check_answer(scenario: Scenario, status: int, body: bytes) -> None:
    """The answer is what the scenario's row says."""
    if scenario.status:
        assert (status, body.strip(b" ")) == (scenario.status, scenario.body.encode())
        assert len(body) == scenario.fill + len(scenario.body)
        return
    verdict = json.loads(body)
    assert status == 200
    if scenario.code:
        assert verdict == {"success": False, "error-codes": [scenario.code]}
        return
    assert verdict["success"] is True
    assert {name: verdict[name] for name in scenario.changes if name != "age"} == {
        name: value for name, value in scenario.changes.items() if name != "age"
    }
    assert (verdict["challenge_ts"] == "2027-01-15T07:00:00.000000Z") is ("age" in scenario.changes)


@pytest.mark.parametrize("scenario", ANSWERED, ids=name_of)
async def test_a_magic_token_shows_its_scenario(connection: Connection, provider: Provider, scenario: Scenario) -> None:
    form = {"response": magic_token(scenario), "secret": MAGIC_SECRET}
    answer = await connection.ask(form_request("/siteverify", form))
    check_answer(scenario, answer.status, answer.body)
    assert last(provider).facts["scenario"] == scenario.name
    assert last(provider).facts["call"] == "siteverify"


@pytest.mark.parametrize("scenario", ANSWERED, ids=name_of)
async def test_a_staged_scenario_happens_to_a_good_token_once(
    connection: Connection, provider: Provider, scenario: Scenario
) -> None:
    site, secret = await register(provider)
    form = {"response": await earn(provider, site), "secret": secret}
    stage(provider, scenario.name, sitekey=site.sitekey, requests=1)
    answer = await connection.ask(form_request("/siteverify", form))
    check_answer(scenario, answer.status, answer.body)
    # A refusal, and whatever is no verdict, left the token alone.
    again = json.loads((await connection.ask(form_request("/siteverify", form))).body)
    assert again["success"] is bool(scenario.code or scenario.status)


@pytest.mark.parametrize(
    "scenario", [each for each in OF_SITEVERIFY if not each.code and not each.is_wire], ids=name_of
)
async def test_a_magic_token_that_passes_is_worthless_with_another_secret(
    connection: Connection, provider: Provider, scenario: Scenario
) -> None:
    if scenario.fault:
        return
    _, secret = await register(provider)
    form = {"response": magic_token(scenario), "secret": secret}
    answer = await connection.ask(form_request("/siteverify", form))
    assert answer.body == b'{"success":false,"error-codes":["invalid-input-response"]}'
    assert "magic secret" in last(provider).facts["why"]


def verify_with_urllib(url: str, form: dict[str, str], timeout: float = 10.0) -> bytes:
    with urllib.request.urlopen(f"{url}/siteverify", urllib.parse.urlencode(form).encode(), timeout=timeout) as answer:  # noqa: S310
        return bytes(answer.read())


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("connection-reset", (ConnectionResetError,)),
        ("connection-closed", (http.client.RemoteDisconnected,)),
        ("cut-body", (http.client.IncompleteRead,)),
        ("hang", (http.client.RemoteDisconnected,)),
    ],
)
async def test_a_broken_connection_is_broken_for_the_standard_librarys_client(
    url: str, provider: Provider, name: str, errors: tuple[type[Exception], ...]
) -> None:
    site, secret = await register(provider)
    form = {"response": await earn(provider, site), "secret": secret}
    stage(provider, name, requests=1, seconds=0.01)
    with pytest.raises((urllib.error.URLError, *errors)) as caught:
        await asyncio.to_thread(verify_with_urllib, url, form)
    reason = getattr(caught.value, "reason", caught.value)
    assert isinstance(reason, errors)
    assert b'"success":true' in await asyncio.to_thread(verify_with_urllib, url, form)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("connection-reset", aiohttp.ClientOSError),
        ("connection-closed", aiohttp.ServerDisconnectedError),
        ("cut-body", aiohttp.ClientPayloadError),
    ],
)
async def test_a_broken_connection_is_broken_for_aiohttp(
    url: str, provider: Provider, http: aiohttp.ClientSession, name: str, error: type[Exception]
) -> None:
    # aiohttp sends a request on a kept connection again; a fresh one shows what happened.
    form = {"response": magic_token(BY_NAME[name]), "secret": MAGIC_SECRET}
    with pytest.raises(error):
        async with http.post(f"{url}/siteverify", data=form) as answer:
            await answer.read()


async def test_a_reset_is_a_reset_and_not_a_close(url: str) -> None:
    async def end_of(name: str) -> type[Exception] | None:
        connection = await Connection.open(url)
        connection.writer.write(form_request("/siteverify", {"response": magic_token(BY_NAME[name]), "secret": "x"}))
        try:
            assert await connection.reader.read() == b""
        except ConnectionResetError as error:
            return type(error)
        finally:
            connection.writer.close()
        return None

    assert await end_of("connection-reset") is ConnectionResetError
    assert await end_of("connection-closed") is None


async def test_a_hanging_siteverify_runs_into_the_clients_own_timeout(url: str) -> None:
    form = {"response": magic_token(BY_NAME["hang"]), "secret": MAGIC_SECRET}
    with pytest.raises(TimeoutError):
        await asyncio.to_thread(verify_with_urllib, url, form, timeout=0.2)


async def test_a_slow_verdict_is_the_right_one_and_late(url: str, provider: Provider) -> None:
    site, secret = await register(provider)
    form = {"response": await earn(provider, site), "secret": secret}
    stage(provider, "slow", requests=1, seconds=1.0)
    with pytest.raises(TimeoutError):
        await asyncio.to_thread(verify_with_urllib, url, form, timeout=0.1)
    stage(provider, "slow", requests=1, seconds=0.01)
    other = {"response": await earn(provider, site), "secret": secret}
    assert b'"success":true' in await asyncio.to_thread(verify_with_urllib, url, other)


async def test_under_a_server_that_hides_its_connections_they_still_break(provider: Provider) -> None:
    form = {"response": magic_token(BY_NAME["connection-reset"]), "secret": MAGIC_SECRET}
    async with served(create_app(provider), http="h11") as url:
        with pytest.raises((urllib.error.URLError, http.client.HTTPException, OSError)):
            await asyncio.to_thread(verify_with_urllib, url, form)


WIDGET = {
    "challenge-error": 500,
    "rate-limited": 429,
    "invalid-data": 400,
}


@pytest.mark.parametrize("name", WIDGET)
@pytest.mark.parametrize("magic", [True, False])
async def test_the_widget_is_answered_with_the_scenarios_status(
    url: str, provider: Provider, http: aiohttp.ClientSession, name: str, magic: bool
) -> None:
    site, _ = await register(provider)
    sitekey = magic_sitekey(BY_NAME[name]) if magic else site.sitekey
    if not magic:
        stage(provider, name, sitekey=site.sitekey)
    async with http.post(f"{url}/getcaptcha/{sitekey}", json=OPENING) as answer:
        assert answer.status == WIDGET[name]


@pytest.mark.parametrize(("name", "path"), [("network-error", "getcaptcha"), ("answer-network-error", "checkcaptcha")])
async def test_the_widgets_connection_is_reset(
    url: str, provider: Provider, http: aiohttp.ClientSession, name: str, path: str
) -> None:
    site, _ = await register(provider)
    stage(provider, name, sitekey=site.sitekey)
    with pytest.raises(aiohttp.ClientOSError):
        async with http.post(
            f"{url}/{path}/{site.sitekey}/x".removesuffix("/x" if path[0] == "g" else ""), json=OPENING
        ):
            pass


async def get_captcha(http: aiohttp.ClientSession, url: str, sitekey: str) -> Any:
    async with http.post(f"{url}/getcaptcha/{sitekey}", json=OPENING) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_a_passive_site_gives_a_token_at_once_until_a_challenge_is_forced(
    url: str, provider: Provider, http: aiohttp.ClientSession
) -> None:
    site, secret = await register(provider, enterprise=True)
    stage(provider, "passive", sitekey=site.sitekey)
    earned = await get_captcha(http, url, site.sitekey)
    verdict = await provider.siteverify.verify({"response": earned["token"], "secret": secret})
    assert (verdict["success"], verdict["score"]) == (True, 0.0)
    stage(provider, "challenge-forced", sitekey=site.sitekey, requests=1)
    assert "challenge" in await get_captcha(http, url, site.sitekey)
    assert "token" in await get_captcha(http, url, site.sitekey)


@pytest.mark.parametrize("name", ["challenge-closed", "challenge-expired"])
async def test_the_challenges_view_carries_the_scenario(
    url: str, provider: Provider, http: aiohttp.ClientSession, name: str
) -> None:
    site, _ = await register(provider)
    plain = await get_captcha(http, url, site.sitekey)
    stage(provider, name, sitekey=site.sitekey, requests=1)
    staged = await get_captcha(http, url, site.sitekey)
    view = BY_NAME[name].view
    assert {field: staged[field] for field in view} == view
    assert {field: plain.get(field) for field in view} != view
    assert view.items() <= (await get_captcha(http, url, magic_sitekey(BY_NAME[name]))).items()


async def test_a_magic_sitekey_of_siteverify_gives_the_token_of_its_scenario(
    url: str, http: aiohttp.ClientSession
) -> None:
    for scenario in OF_SITEVERIFY:
        earned = await get_captcha(http, url, magic_sitekey(scenario))
        assert earned == {"token": magic_token(scenario), "response_key": "", "expires_in": 120}


async def test_answers_are_wrong_or_late_where_a_scenario_says_so(
    url: str, provider: Provider, http: aiohttp.ClientSession
) -> None:
    site, _ = await register(provider)
    for name, status in (("wrong-answer", 200), ("answer-expired", 409)):
        stage(provider, name, sitekey=site.sitekey, requests=1)
        async with http.post(f"{url}/checkcaptcha/{site.sitekey}/x", json={"reply": {"tiles": [0]}}) as answer:
            assert answer.status == status
            assert (await answer.json()).get("pass", False) is False


async def test_the_script_is_blocked_for_pages_of_the_site_only(
    url: str, provider: Provider, http: aiohttp.ClientSession
) -> None:
    site, _ = await register(provider)
    stage(provider, "script-blocked", sitekey=site.sitekey)
    with pytest.raises(aiohttp.ClientOSError):
        await http.get(f"{url}/1/api.js", headers={"Referer": f"{ORIGIN}/"})
    with pytest.raises(aiohttp.ClientOSError):
        await http.get(f"{url}/1/api.js?sitekey={site.sitekey}")
    async with http.get(f"{url}/1/api.js", headers={"Referer": "http://other.localhost/"}) as answer:
        assert answer.status == 200


async def test_a_site_can_be_refused_to_the_widget(url: str, provider: Provider, http: aiohttp.ClientSession) -> None:
    site, _ = await register(provider)
    asked = f"{url}/checksiteconfig?host=shop.localhost&sitekey={site.sitekey}"
    stage(provider, "site-refused", sitekey=site.sitekey, requests=1)
    told = []
    for _ in range(2):
        async with http.post(asked) as answer:
            told.append((await answer.json())["pass"])
    assert told == [False, True]


async def test_the_solver_knows_no_magic_site(url: str, provider: Provider, http: aiohttp.ClientSession) -> None:
    key = await provider.keys.create("solver")
    for scenario in SCENARIOS:
        where = f"{url}/range/sites/{magic_sitekey(scenario)}"
        async with http.get(where, headers={"Authorization": f"Bearer {key}"}) as answer:
            assert answer.status == 404


async def test_two_tests_side_by_side_meet_their_own_scenarios(
    url: str, provider: Provider, http: aiohttp.ClientSession, clock: StillClock
) -> None:
    admin = {"Authorization": f"Bearer {await provider.keys.create('admin')}"}
    sites = {}
    for name in ("one", "two"):
        await http.post(f"{url}/admin/namespaces", json={"name": name}, headers=admin)
        order = {"origins": [ORIGIN], "namespace": name}
        async with http.post(f"{url}/admin/sites", json=order, headers=admin) as answer:
            sites[name] = await answer.json()

    async def verify(name: str) -> Any:
        site = provider.sites.find(sites[name]["site"]["sitekey"])
        assert site is not None
        token = await earn(provider, site)
        async with http.post(f"{url}/siteverify", data={"response": token, "secret": sites[name]["secret"]}) as answer:
            return await answer.json()

    staged = {"scenario": "expired", "namespace": "one", "requests": 1}
    async with http.post(f"{url}/admin/stagings", json=staged, headers=admin) as answer:
        assert answer.status == 201
    await http.post(f"{url}/admin/namespaces/one/clock", json={"advance_seconds": 120}, headers=admin)
    assert (await verify("two"))["success"] is True
    assert (await verify("one"))["error-codes"] == ["expired-input-response"]
    async with http.get(f"{url}/admin/stagings", headers=admin) as answer:
        assert await answer.json() == {"stagings": []}
    assert clock.now() == StillClock().now()
