"""The admin and solver endpoints: each needs a key of its scope, and says what is wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

import aiohttp
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from captcha_range.provider.sites import digest_of_secret
from tests.served import served
from tests.visits import ORIGIN, earn, register


class Answer(NamedTuple):
    """Status and decoded JSON of an answer (None where it has no body)."""

    status: int
    json: Any


Ask = Callable[..., Awaitable[Answer]]

ADMIN = [
    ("GET", "/admin/sites"),
    ("POST", "/admin/sites"),
    ("DELETE", "/admin/sites/x"),
    ("GET", "/admin/sites/x/challenges"),
    ("POST", "/admin/sites/x/secret"),
    ("DELETE", "/admin/sites/x/secret/former"),
    ("GET", "/admin/scenarios"),
    ("GET", "/admin/stagings"),
    ("POST", "/admin/stagings"),
    ("DELETE", "/admin/stagings"),
    ("DELETE", "/admin/stagings/x"),
    ("GET", "/admin/namespaces"),
    ("POST", "/admin/namespaces"),
    ("DELETE", "/admin/namespaces/x"),
    ("POST", "/admin/namespaces/x/clock"),
    ("POST", "/admin/namespaces/x/reset"),
    ("POST", "/admin/clock"),
    ("GET", "/admin/journal"),
    ("GET", "/admin/journal/tail"),
    ("GET", "/admin/journal/export"),
    ("GET", "/admin/families"),
    ("GET", "/admin/overview"),
    ("POST", "/admin/tickets"),
]
SOLVER = [("GET", "/range/sites/x"), ("GET", "/range/pictures/00")]


@pytest.fixture
async def ask(provider: Provider, http: aiohttp.ClientSession) -> AsyncIterator[Ask]:
    """Asks the provider over a socket: method, path, and optionally a key, JSON or raw data."""
    async with served(create_app(provider)) as url:

        async def send(method: str, path: str, key: str | None = None, **content: Any) -> Answer:
            headers = {} if key is None else {"Authorization": f"Bearer {key}"}
            async with http.request(method, url + path, headers=headers, **content) as answer:
                body = await answer.read()
                return Answer(answer.status, (await answer.json()) if body else None)

        yield send


@pytest.fixture
async def admin(provider: Provider) -> str:
    return await provider.keys.create("admin")


@pytest.mark.parametrize(("method", "path"), ADMIN + SOLVER)
async def test_without_a_key_nothing_is_told_or_done(ask: Ask, method: str, path: str) -> None:
    answer = await ask(method, path, json={"origins": [ORIGIN], "advance_seconds": 1})
    assert answer.status == 401
    assert answer.json["error"]["code"] == "key_refused"


@pytest.mark.parametrize(("method", "path"), ADMIN + SOLVER)
async def test_a_key_of_the_wrong_scope_is_refused(ask: Ask, provider: Provider, method: str, path: str) -> None:
    wrong = await provider.keys.create("solver" if path.startswith("/admin") else "admin")
    for key in (wrong, wrong.replace("solver", "admin"), "x", ""):
        answer = await ask(method, path, key, json={"origins": [ORIGIN], "advance_seconds": 1})
        assert answer.status == 401
        assert len(key) < 10 or key not in str(answer.json)
    assert provider.sites.all() == []
    assert provider.clock.now() == StillClock().now()


async def test_a_site_is_registered_listed_and_removed(ask: Ask, admin: str) -> None:
    made = await ask("POST", "/admin/sites", admin, json={"origins": [ORIGIN], "name": "Shop"})
    assert made.status == 201
    assert set(made.json) == {"site", "secret"}
    listed = await ask("GET", "/admin/sites", admin)
    assert listed.json == {"sites": [made.json["site"]]}
    assert made.json["secret"] not in str(listed.json)
    path = f"/admin/sites/{made.json['site']['sitekey']}"
    assert (await ask("DELETE", path, admin)).status == 204
    gone = await ask("DELETE", path, admin)
    assert (gone.status, gone.json["error"]["code"]) == (404, "site_unknown")


@pytest.mark.parametrize(
    ("order", "status", "names"),
    [
        ({}, 400, "origins"),
        ({"origins": [ORIGIN], "colour": "red"}, 400, "`colour`"),
        ({"origins": ORIGIN}, 400, "$.origins"),
        ({"origins": [ORIGIN], "level": "2"}, 400, "$.level"),
        ({"origins": [ORIGIN], "level": 9}, 422, "level"),
        ({"origins": ["http://8.8.8.8"]}, 422, "origins"),
        ({"origins": [ORIGIN], "secret": "sesame"}, 422, "secret"),
    ],
)
async def test_a_bad_order_is_answered_with_the_name_of_its_field(
    ask: Ask, admin: str, order: Any, status: int, names: str
) -> None:
    answer = await ask("POST", "/admin/sites", admin, json=order)
    assert answer.status == status
    assert names in answer.json["error"]["message"]
    assert "sesame" not in str(answer.json)


async def test_a_body_over_64_kib_is_refused(ask: Ask, admin: str) -> None:
    assert (await ask("POST", "/admin/sites", admin, data=b" " * 65_537)).status == 413


async def test_the_clock_is_moved_forwards_only(ask: Ask, admin: str, provider: Provider) -> None:
    before = provider.clock.now()
    moved = await ask("POST", "/admin/clock", admin, json={"advance_seconds": 120.5})
    assert (moved.status, moved.json) == (200, {"now": before + 120.5})
    for wrong in (-1, -0.001, 316_224_001, "1", None):
        refused = await ask("POST", "/admin/clock", admin, json={"advance_seconds": wrong})
        assert refused.status == 400
        assert "advance_seconds" in refused.json["error"]["message"]
    assert provider.clock.now() == before + 120.5


@pytest.mark.parametrize(
    ("order", "status", "names"),
    [
        ({}, 400, "scenario"),
        ({"scenario": "earthquake"}, 422, "scenario"),
        ({"scenario": "expired", "requests": 0}, 422, "requests"),
        ({"scenario": "expired", "seconds": 301}, 422, "seconds"),
        ({"scenario": "expired", "seconds": -1}, 422, "seconds"),
        ({"scenario": "expired", "sitekey": "x"}, 404, "sitekey"),
        ({"scenario": "expired", "namespace": "x"}, 404, "namespace"),
        ({"scenario": "expired", "colour": "red"}, 400, "colour"),
    ],
)
async def test_a_staging_that_cannot_be_is_refused_by_its_field(
    ask: Ask, admin: str, provider: Provider, order: Any, status: int, names: str
) -> None:
    answer = await ask("POST", "/admin/stagings", admin, json=order)
    assert answer.status == status
    assert names in answer.json["error"]["message"]
    assert provider.stagings.all() == []


async def test_what_is_staged_is_listed_and_ended(ask: Ask, admin: str) -> None:
    ids = [
        (await ask("POST", "/admin/stagings", admin, json={"scenario": name})).json["staging"]["id"]
        for name in ("expired", "slow", "hang")
    ]
    assert (await ask("DELETE", f"/admin/stagings/{ids[0]}", admin)).status == 204
    assert (await ask("DELETE", f"/admin/stagings/{ids[0]}", admin)).status == 404
    listed = (await ask("GET", "/admin/stagings", admin)).json["stagings"]
    assert [(each["scenario"], each["seconds"], each["left"]) for each in listed] == [
        ("slow", 3.0, None),
        ("hang", 60.0, None),
    ]
    assert (await ask("DELETE", "/admin/stagings", admin)).status == 204
    assert (await ask("GET", "/admin/stagings", admin)).json == {"stagings": []}


async def test_a_secret_is_rotated_and_told_once(ask: Ask, admin: str, provider: Provider) -> None:
    site, _ = await register(provider)
    path = f"/admin/sites/{site.sitekey}/secret"
    told = [(await ask("POST", path, admin, **body)).json["secret"] for body in ({}, {"json": {"secret": "s" * 30}})]
    assert told[1] == "s" * 30
    assert provider.sites.accepts(site, digest_of_secret(told[0]))
    assert (await ask("DELETE", f"{path}/former", admin)).status == 204
    assert not provider.sites.accepts(site, digest_of_secret(told[0]))
    assert (await ask("POST", path, admin, json={"secret": "short"})).status == 422
    assert (await ask("POST", "/admin/sites/x/secret", admin)).status == 404


async def test_the_journal_is_read_in_pages(ask: Ask, admin: str, provider: Provider) -> None:
    site, secret = await register(provider)
    for _ in range(3):
        await provider.siteverify.verify({"response": await earn(provider, site), "secret": secret})
    first = await ask("GET", "/admin/journal?limit=2", admin)
    assert [entry["number"] for entry in first.json["entries"]] == [1, 2]
    rest = await ask("GET", "/admin/journal?after=2", admin)
    assert [entry["number"] for entry in rest.json["entries"]] == [3]


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=1.5", "limit=1001", "after=", "after=%D9%A1", "after=" + "9" * 17, "limit=+1"],
)
async def test_a_bad_page_is_refused_by_name(ask: Ask, admin: str, query: str) -> None:
    answer = await ask("GET", f"/admin/journal?{query}", admin)
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith(query.partition("=")[0])


async def test_the_solver_is_told_of_a_registered_site_only(ask: Ask, provider: Provider) -> None:
    key = await provider.keys.create("solver")
    site, _ = await register(provider)
    told = await ask("GET", f"/range/sites/{site.sitekey}", key)
    assert told.json == {"sitekey": site.sitekey, "origins": [ORIGIN], "enterprise": False}
    assert (await ask("GET", "/range/sites/x", key)).status == 404


@pytest.mark.parametrize("digest", ["00" * 32, "zz", "0", "%00", "a" * 5_000, "%C3%A9"])
async def test_a_foreign_picture_is_not_attested(ask: Ask, provider: Provider, digest: str) -> None:
    key = await provider.keys.create("solver")
    answer = await ask("GET", f"/range/pictures/{digest}", key)
    assert (answer.status, answer.json["error"]["code"]) == (404, "picture_not_issued")


async def test_anybody_may_ask_for_the_providers_health(ask: Ask) -> None:
    assert await ask("GET", "/health") == (200, {"status": "ok", "plane": "provider"})
