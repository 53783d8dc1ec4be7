"""The widget's files: who may load them, who may frame them, and that they build no markup from text."""

import base64
import gzip

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


def test_the_script_stays_small() -> None:
    assert len(gzip.compress(web.FILES["api.js"].content, mtime=0)) <= 15_000


async def test_every_file_that_the_frames_name_is_served_and_nothing_else(
    provider: Provider, http: aiohttp.ClientSession
) -> None:
    assert web.FILES.keys() == {"about.html", "api.js", "frame.css", "frame.js"}
    async with served(create_app(provider)) as url:
        for name in web.FILES.keys() - {"api.js"}:
            async with http.get(f"{url}/widget/{name}") as answer:
                assert answer.status == 200
            assert f'"../{name}"'.encode() in web.FRAME
        async with http.get(f"{url}/widget/__init__.py") as answer:
            assert answer.status == 404


async def test_the_page_about_the_widget_is_in_nobodys_frame(provider: Provider, http: aiohttp.ClientSession) -> None:
    async with served(create_app(provider)) as url, http.get(f"{url}/widget/about.html") as answer:
        assert answer.headers["content-security-policy"] == web.PAGE_POLICY
    assert web.PAGE_POLICY.endswith("frame-ancestors 'none'")


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def test_hosts_of_their_own_stand_in_the_frames_policy(provider: Provider, http: aiohttp.ClientSession) -> None:
    site, _ = await register(provider)
    hosts = encoded("https://api.test/range http://127.0.0.1:99")
    async with (
        served(create_app(provider)) as url,
        http.get(f"{url}/widget/{site.sitekey}~{hosts}/hcaptcha.html") as answer,
    ):
        policy = answer.headers["content-security-policy"]
    assert "img-src http://127.0.0.1:99; connect-src https://api.test; " in policy
    assert policy.endswith("frame-ancestors http://shop.localhost:8000")


@pytest.mark.parametrize(
    "hosts",
    [
        encoded("https://one.test"),
        encoded("https://one.test https://two.test https://three.test"),
        encoded("https://one.test 'unsafe-inline'"),
        encoded("https://one.test; script-src https://two.test"),
        encoded("javascript:x https://two.test"),
        "=",
        "%FF",
        "a",
        "gIGC",
    ],
)
async def test_hosts_that_cannot_be_read_name_no_file(
    provider: Provider, http: aiohttp.ClientSession, hosts: str
) -> None:
    site, _ = await register(provider)
    async with (
        served(create_app(provider)) as url,
        http.get(f"{url}/widget/{site.sitekey}~{hosts}/hcaptcha.html") as answer,
    ):
        assert answer.status == 404


@pytest.mark.parametrize("path", ["/checksiteconfig", "/getcaptcha/nobody", "/checkcaptcha/nobody/none"])
async def test_frames_of_another_host_may_read_what_the_widget_asks_for(
    provider: Provider, http: aiohttp.ClientSession, path: str
) -> None:
    async with served(create_app(provider)) as url, http.post(url + path, data=b"{}") as answer:
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/admin/sites"), ("POST", "/siteverify"), ("GET", "/range/sites/x"), ("GET", "/")]
)
async def test_no_other_answer_may_be_read_by_another_host(
    provider: Provider, http: aiohttp.ClientSession, method: str, path: str
) -> None:
    async with served(create_app(provider)) as url, http.request(method, url + path) as answer:
        assert "access-control-allow-origin" not in answer.headers


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
