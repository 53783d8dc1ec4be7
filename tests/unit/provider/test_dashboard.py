"""The dashboard's files and key: what a browser may do with them, and who gets the key."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.provider import dashboard
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from captcha_range.provider.tickets import MOST, TicketRefused, Tickets
from tests.served import served


@pytest.fixture
async def url(provider: Provider) -> AsyncIterator[str]:
    async with served(create_app(provider)) as url:
        yield url


@pytest.fixture
async def admin(provider: Provider) -> dict[str, str]:
    return {"Authorization": f"Bearer {await provider.keys.create('admin')}"}


def policy_of(header: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (directive.split() for directive in header.split("; "))}


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/dashboard.js", "/dashboard/dashboard.css"])
async def test_nothing_foreign_runs_in_it_and_nothing_frames_it(
    http: aiohttp.ClientSession, url: str, path: str
) -> None:
    async with http.get(url + path) as answer:
        assert answer.status == 200
        headers = answer.headers
    policy = policy_of(headers["content-security-policy"])
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["script-src"] == policy["connect-src"] == ["'self'"]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


async def test_a_file_that_is_not_its_own_is_unknown(http: aiohttp.ClientSession, url: str) -> None:
    for name in ("dashboard.html", "api.js", "..%2fapi.js", "nothing"):
        async with http.get(f"{url}/dashboard/{name}") as answer:
            assert answer.status == 404


def test_its_sources_build_no_markup_from_text() -> None:
    script = dashboard.FILES["dashboard.js"].content.decode()
    assert "createElement" in script
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https://"):
        assert word not in script
    assert b"http" not in dashboard.PAGE


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/dashboard"), ("POST", "/dashboard/key"), ("GET", "/admin/sites"), ("POST", "/admin/sites")],
)
async def test_pages_of_other_sites_are_refused_even_with_the_key(
    http: aiohttp.ClientSession, url: str, admin: dict[str, str], method: str, path: str
) -> None:
    for foreign in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:5000"},
        {"Origin": "null"},
    ):
        async with http.request(method, url + path, headers={**admin, **foreign}, json={}) as answer:
            assert answer.status == 403, foreign
            assert "access-control-allow-origin" not in answer.headers
    rebound = {"Sec-Fetch-Site": "same-origin", "Host": "evil.example"}
    async with http.request(method, url + path, headers={**admin, **rebound}, json={}) as answer:
        assert answer.status == 421
    for own in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": url}, {}):
        async with http.request(method, url + path, headers={**admin, **own}, json={}) as answer:
            assert answer.status not in (403, 421), own


async def test_the_widgets_calls_stay_open_to_pages_of_other_sites(http: aiohttp.ClientSession, url: str) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:5000"}
    for path in ("/1/api.js", "/health"):
        async with http.get(url + path, headers=foreign) as answer:
            assert answer.status == 200


async def test_a_ticket_is_worth_the_key_of_whoever_asked_for_it_once(
    http: aiohttp.ClientSession, url: str, admin: dict[str, str]
) -> None:
    async with http.post(f"{url}/admin/tickets", headers=admin) as answer:
        assert (answer.status, answer.headers["cache-control"]) == (201, "no-store")
        ticket = (await answer.json())["ticket"]
    assert ticket not in admin["Authorization"]
    async with http.post(f"{url}/dashboard/key", json={"ticket": ticket}) as answer:
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
        assert (await answer.json())["key"] == admin["Authorization"].removeprefix("Bearer ")
    for wrong in (ticket, "", "\ud800", "x" * 9_000):
        body = b'{"ticket": "\\ud800"}' if wrong == "\ud800" else f'{{"ticket": "{wrong}"}}'.encode()
        async with http.post(f"{url}/dashboard/key", data=body) as answer:
            assert answer.status in (400, 401)
            assert ticket not in await answer.text()


def test_only_so_many_tickets_are_kept() -> None:
    tickets = Tickets()
    first, *later = (tickets.issue("key") for _ in range(MOST + 1))
    with pytest.raises(TicketRefused):
        tickets.redeem(first)
    assert {tickets.redeem(each) for each in later} == {"key"}


async def test_every_family_is_told_with_its_blind_floor(
    http: aiohttp.ClientSession, url: str, admin: dict[str, str]
) -> None:
    async with http.get(f"{url}/admin/families", headers=admin) as answer:
        told = (await answer.json())["families"]
    assert [each["family"] for each in told] == list(FAMILIES)
    for each in told:
        assert [level["level"] for level in each["levels"]] == [1, 2, 3, 4, 5]
        assert all(0 <= level["floor"] < 0.5 for level in each["levels"])


async def test_the_overview_shows_the_planes_that_were_joined(
    http: aiohttp.ClientSession, url: str, admin: dict[str, str], provider: Provider
) -> None:
    provider.overview.add("provider", url, provider.counts)
    async with http.get(f"{url}/admin/overview", headers=admin) as answer:
        told = await answer.json()
    (plane,) = told["planes"]
    assert told["now"] == provider.clock.now()
    assert (plane["plane"], plane["url"], plane["status"]) == ("provider", url, "ok")
    assert plane["counts"]["sites"] == 0
