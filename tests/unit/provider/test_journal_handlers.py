"""The journal over HTTP: filtered, followed as it is written, exported whole."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from captcha_range.core import journal
from captcha_range.provider.namespaces import NamespaceOrder
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from captcha_range.provider.stagings import StagingOrder
from tests.served import served
from tests.visits import earn, register


@pytest.fixture
async def url(provider: Provider) -> AsyncIterator[str]:
    async with served(create_app(provider)) as url:
        yield f"{url}/admin/journal"


@pytest.fixture
async def admin(provider: Provider) -> dict[str, str]:
    return {"Authorization": f"Bearer {await provider.keys.create('admin')}"}


@pytest.fixture
async def sitekeys(provider: Provider) -> list[str]:
    """Two sites, the second in a namespace; each has one accepted and one refused token."""
    await provider.namespaces.add(NamespaceOrder(name="mine"))
    found = []
    for namespace in ("", "mine"):
        site, secret = await register(provider, namespace=namespace)
        fields = {"response": await earn(provider, site), "secret": secret}
        for _ in range(2):
            await provider.siteverify.verify(fields)
        found.append(site.sitekey)
    await provider.siteverify.verify({})
    return found


async def read(http: aiohttp.ClientSession, url: str, admin: dict[str, str], **query: str) -> list[Any]:
    async with http.get(url, headers=admin, params=query) as answer:
        assert answer.status == 200, await answer.text()
        return list((await answer.json())["entries"])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 5),
        ({"event": "TokenRefused"}, 2),
        ({"call": "siteverify"}, 5),
        ({"call": "getcaptcha"}, 0),
        ({"code": "already-seen-response"}, 2),
        ({"code": "missing-input-response"}, 1),
        ({"namespace": "mine"}, 2),
        ({"namespace": "mine", "event": "TokenVerified"}, 1),
    ],
)
async def test_entries_are_filtered(
    url: str, admin: dict[str, str], http: aiohttp.ClientSession, sitekeys: list[str], query: dict[str, str], count: int
) -> None:
    assert len(await read(http, url, admin, **query)) == count


async def test_a_site_outside_the_namespace_has_nothing_in_it(
    url: str, admin: dict[str, str], http: aiohttp.ClientSession, sitekeys: list[str]
) -> None:
    assert len(await read(http, url, admin, sitekey=sitekeys[0].upper())) == 2
    assert await read(http, url, admin, sitekey=sitekeys[0], namespace="mine") == []
    async with http.get(url, headers=admin, params={"namespace": "nobody"}) as answer:
        assert answer.status == 404


async def test_a_page_goes_on_where_the_one_before_ended(
    url: str, admin: dict[str, str], http: aiohttp.ClientSession, sitekeys: list[str]
) -> None:
    numbers, after, reached = [], 0, -1
    while after != reached:
        async with http.get(f"{url}?event=TokenRefused&limit=1&after={after}", headers=admin) as answer:
            page = await answer.json()
        numbers += [entry["number"] for entry in page["entries"]]
        reached, after = after, page["after"]
    assert numbers == [2, 4]


async def test_a_search_reads_no_more_than_its_share_and_says_how_far_it_came(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, sitekeys: list[str]
) -> None:
    monkeypatch.setattr(journal, "SCANNED", 2)
    wanted = journal.Filter(code="missing-input-response")
    assert provider.database.read(lambda c: journal.search(c, wanted, 0, 10)) == ([], 2)
    found, reached = provider.database.read(lambda c: journal.search(c, wanted, 4, 10))
    assert ([entry.number for entry in found], reached) == ([5], 5)
    assert provider.database.read(lambda c: journal.search(c, wanted, 5, 10)) == ([], 5)


async def test_the_tail_tells_of_what_happens_from_now_on(
    url: str, admin: dict[str, str], http: aiohttp.ClientSession, provider: Provider, sitekeys: list[str]
) -> None:
    async with http.get(f"{url}/tail?call=siteverify", headers=admin) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (await answer.content.readline()).startswith(b":")
        await provider.siteverify.verify({"response": "x", "secret": "x"})
        lines = [await asyncio.wait_for(answer.content.readline(), 20) for _ in range(3)]
    entry = json.loads(lines[2].removeprefix(b"data: "))
    assert lines[1] == b"id: 6\n"
    assert entry["facts"]["code"] == "invalid-input-response"


async def test_the_tail_is_taken_up_where_it_broke_off(
    url: str, admin: dict[str, str], http: aiohttp.ClientSession, sitekeys: list[str]
) -> None:
    async with http.get(f"{url}/tail", headers={**admin, "Last-Event-ID": "3"}) as answer:
        lines = [await asyncio.wait_for(answer.content.readline(), 20) for _ in range(6)]
    assert [line for line in lines if line.startswith(b"id:")] == [b"id: 4\n", b"id: 5\n"]


async def test_the_export_is_one_object_a_line(
    url: str, admin: dict[str, str], http: aiohttp.ClientSession, sitekeys: list[str]
) -> None:
    async with http.get(f"{url}/export", headers=admin) as answer:
        lines = (await answer.text()).splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3, 4, 5]


async def test_what_a_scenario_did_is_found_by_its_name(
    url: str, admin: dict[str, str], http: aiohttp.ClientSession, provider: Provider
) -> None:
    provider.stagings.add(StagingOrder(scenario="expired", requests=1))
    site, secret = await register(provider)
    form = {"response": await earn(provider, site), "secret": secret}
    async with http.post(url.replace("/admin/journal", "/siteverify"), data=form) as answer:
        assert (await answer.json())["success"] is False
    (entry,) = await read(http, url, admin, scenario="expired")
    assert (entry["facts"]["sitekey"], entry["facts"]["code"]) == (site.sitekey, "expired-input-response")


async def test_the_last_entries_of_a_kind_are_read_without_the_ones_before(
    http: aiohttp.ClientSession, url: str, admin: dict[str, str], sitekeys: list[str]
) -> None:
    whole = await read(http, url, admin, limit="1000")
    assert await read(http, url, admin, last="3") == whole[-3:]
    assert await read(http, url, admin, last="1000") == whole
    refused = [entry for entry in whole if entry["event"] == "TokenRefused"]
    assert len(refused) == 2
    assert await read(http, url, admin, last="1", event="TokenRefused") == refused[-1:]
    assert await read(http, url, admin, last="3", after=str(whole[-2]["number"])) == whole[-1:]
