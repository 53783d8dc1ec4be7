"""The script's `endpoint`, `assethost` and `imghost`: the same range by other hosts, each with its own traffic."""

from urllib.parse import urlencode, urlsplit

import pytest
from playwright.async_api import Page

from captcha_range.provider.routes import create_app
from tests.browser.practice import Practice, challenge_of, checkbox_of, rendered, shown
from tests.served import served

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_each_host_gets_its_own_traffic(page: Page, practice: Practice) -> None:
    site = await practice.site()
    app = create_app(practice.provider)
    asked: dict[str, set[str]] = {}
    page.on(
        "request", lambda each: asked.setdefault(_origin(each.url), set()).add(urlsplit(each.url).path.split("/")[1])
    )
    async with served(app) as endpoint, served(app) as assets, served(app) as images:
        hosts = {"endpoint": endpoint, "assethost": f"{assets}/", "imghost": urlsplit(images).netloc}
        await rendered(page, practice, site.sitekey, query=urlencode({**hosts, "reportapi": "https://elsewhere.test"}))
        await checkbox_of(page).locator("#checkbox").click()
        await shown(page)
        target = practice.latest(site.sitekey).answer.targets[0]
        middle = {"x": target.x + target.width / 2, "y": target.y + target.height / 2}
        await challenge_of(page).locator("#surface").click(position=middle)  # type: ignore[arg-type]
        await challenge_of(page).locator("#submit").click()
        await page.wait_for_function("hcaptcha.getResponse()")
        assert asked == {
            practice.shop: {"bare"},
            practice.provider_url: {"1"},
            endpoint: {"checksiteconfig", "getcaptcha", "checkcaptcha"},
            assets: {"widget"},
            images: {"picture"},
        }
        token = await page.evaluate("hcaptcha.getResponse()")
        assert (await practice.verify(token, site))["success"] is True


async def test_an_endpoint_alone_serves_everything_but_the_script(page: Page, practice: Practice) -> None:
    site = await practice.site(mode="passive")
    async with served(create_app(practice.provider)) as endpoint:
        await rendered(page, practice, site.sitekey, query=urlencode({"endpoint": endpoint}))
        await checkbox_of(page).locator("#checkbox").click()
        await page.wait_for_function("hcaptcha.getResponse()")
        frames = [frame.url for frame in page.frames[1:]]
    assert all(url.startswith(f"{endpoint}/widget/{site.sitekey}/hcaptcha.html#frame=") for url in frames)


async def test_a_host_that_is_no_address_is_left_out_with_a_warning(page: Page, practice: Practice) -> None:
    site = await practice.site(mode="passive")
    async with page.expect_console_message(lambda entry: "imghost is not an http or https address" in entry.text):
        await rendered(page, practice, site.sitekey, query=urlencode({"imghost": "javascript://x/%0Aalert(1)"}))
    await page.evaluate("hcaptcha.execute()")
    await page.wait_for_function("hcaptcha.getResponse()")


async def test_a_page_goes_by_the_host_that_it_names(page: Page, practice: Practice) -> None:
    site = await practice.site(origins=(practice.shop, "https://app.test"), mode="passive")
    await rendered(page, practice, site.sitekey, query="host=app.test")
    await page.evaluate("hcaptcha.execute()")
    await page.wait_for_function("hcaptcha.getResponse()")
    verdict = await practice.verify(await page.evaluate("hcaptcha.getResponse()"), site)
    assert verdict["hostname"] == "app.test"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
