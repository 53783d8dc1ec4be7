"""The widget's files: who may load them, who may frame them, and that they build no markup from text."""

import aiohttp
import pytest

from captcha_range.provider import web
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from tests.served import served
from tests.visits import register


@pytest.mark.parametrize("path", ["/1/api.js", "/1/secure-api.js", "/1/api.js?render=explicit&onload=f&hl=zh"])
async def test_any_page_may_load_the_script_with_crossorigin(
    provider: Provider, http: aiohttp.ClientSession, path: str
) -> None:
    async with served(create_app(provider)) as url, http.get(url + path) as answer:
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["content-type"].startswith("text/javascript")
        assert await answer.read() == web.FILES["api.js"].content


async def test_the_frames_name_every_file_that_they_load(provider: Provider, http: aiohttp.ClientSession) -> None:
    async with served(create_app(provider)) as url:
        for name in web.FILES:
            async with http.get(f"{url}/widget/{name}") as answer:
                assert answer.status == 200
            assert name == "api.js" or f'"/widget/{name}"'.encode() in web.FRAME
        async with http.get(f"{url}/widget/__init__.py") as answer:
            assert answer.status == 404


async def test_only_pages_of_the_sites_origins_may_frame_the_widget(
    provider: Provider, http: aiohttp.ClientSession
) -> None:
    site, _ = await register(provider, origins=("http://127.0.0.1:5000", "https://shop.test"))
    async with served(create_app(provider)) as url, http.get(f"{url}/widget/{site.sitekey}/hcaptcha.html") as answer:
        policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert policy.endswith("frame-ancestors http://127.0.0.1:5000 https://shop.test")


async def test_an_origin_that_a_policy_cannot_name_is_left_to_the_exact_comparison(provider: Provider) -> None:
    site, _ = await register(provider, origins=("http://[::1]:5000",))
    assert web.frame_policy(site).endswith("frame-ancestors http://*:5000")


def test_the_test_sitekeys_may_be_framed_by_any_page() -> None:
    assert web.frame_policy(None).endswith("frame-ancestors http: https:")


@pytest.mark.parametrize("name", sorted(web.FILES))
def test_no_markup_is_built_from_text_and_no_message_goes_to_everybody(name: str) -> None:
    source = web.FILES[name].content.decode()
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", '"*"'):
        assert word not in source
