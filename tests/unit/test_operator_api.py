"""The operator's methods: what the range refuses arrives as OperatorRefused, whatever form it has."""

import asyncio

import pytest

from captcha_range.http_call import Unreachable
from captcha_range.operator_api import Operator, OperatorRefused
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from tests.served import served
from tests.visits import ORIGIN


async def test_sites_are_registered_listed_and_removed(provider: Provider) -> None:
    key = await provider.keys.create("admin")
    async with served(create_app(provider)) as url:
        operator = Operator(url + "/", key)
        made = await asyncio.to_thread(operator.add_site, [ORIGIN], name="Shop")
        assert await asyncio.to_thread(operator.sites) == [made["site"]]
        assert await asyncio.to_thread(operator.challenges, made["site"]["sitekey"]) == []
        await asyncio.to_thread(operator.remove_site, made["site"]["sitekey"])
        assert await asyncio.to_thread(operator.sites) == []


async def test_the_message_of_a_refusal_is_the_ranges(provider: Provider) -> None:
    key = await provider.keys.create("admin")
    async with served(create_app(provider)) as url:
        with pytest.raises(OperatorRefused, match=r"^level: must be 1 … 5$"):
            await asyncio.to_thread(Operator(url, key).add_site, [ORIGIN], level=9)
        with pytest.raises(OperatorRefused, match="needs `Bearer`"):
            await asyncio.to_thread(Operator(url, "wrong").sites)


@pytest.mark.parametrize("sitekey", ["x", "a/b", "../sites", "é", "a b", "?", "#", "%", "\n", ""])
async def test_an_odd_sitekey_is_refused_like_any_unknown_one(provider: Provider, sitekey: str) -> None:
    key = await provider.keys.create("admin")
    async with served(create_app(provider)) as url:
        with pytest.raises(OperatorRefused):
            await asyncio.to_thread(Operator(url, key).remove_site, sitekey)


async def test_nobody_answering_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        await asyncio.to_thread(Operator("http://127.0.0.1:9", "key").sites)
