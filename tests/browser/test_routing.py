"""A page that loads the live script, unchanged, in a real Chromium: the range answers, and nobody else is asked."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
from playwright.async_api import Browser, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from captcha_range.http_call import call
from captcha_range.testing import PracticeRange, Stage, route_to_range, run_range
from tests.served import served

FORM = """<!doctype html><meta charset="utf-8"><title>Shop</title>
<form><div class="h-captcha" data-sitekey="{sitekey}"></div></form><p id="told"></p>
<script src="https://js.hcaptcha.com/1/api.js" onerror="told.textContent = 'no script'" async></script>"""


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeRange]:
    with run_range(tmp_path_factory.mktemp("range") / "data") as running:
        yield running


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium")
        yield await browser.new_page()
        await browser.close()


@pytest.fixture
async def shop(practice: PracticeRange) -> AsyncIterator[tuple[Stage, str]]:
    """A stage, and the URL of a shop whose form loads the live script with the stage's sitekey."""
    with practice.stage() as stage:

        async def form(_: Request) -> HTMLResponse:
            return HTMLResponse(FORM.format(sitekey=stage.sitekey))

        async with served(Starlette(routes=[Route("/", form)])) as url:
            await asyncio.to_thread(stage.add_site, url)
            yield stage, url


async def check_box(page: Page, url: str) -> None:
    await page.goto(url)
    frame = page.frame_locator("iframe[title*='checkbox']")
    await frame.locator("#checkbox").click()


async def test_one_click_passes_and_the_token_is_the_ranges(page: Page, shop: tuple[Stage, str]) -> None:
    stage, url = shop
    await asyncio.to_thread(partial(stage.play, "passive"))
    asked: list[str] = []
    page.context.on("requestfailed", lambda request: asked.append(request.url))
    await route_to_range(page, stage.provider_url)
    await check_box(page, url)
    box = page.frame_locator("iframe[title*='checkbox']").locator("#checkbox[aria-checked=true]")
    await box.wait_for()
    token = await page.locator("[name=h-captcha-response]").input_value()
    form = {"secret": stage.secret, "response": token}
    reply = await asyncio.to_thread(partial(call, "POST", stage.verify_url, form=form))
    assert reply.json()["success"] is True
    assert asked == []


async def test_the_script_can_be_taken_away(page: Page, shop: tuple[Stage, str]) -> None:
    stage, url = shop
    await asyncio.to_thread(partial(stage.play, "script-blocked"))
    await route_to_range(page, stage.provider_url)
    await page.goto(url)
    await page.get_by_text("no script").wait_for()
    # It was the range that took the script away, and not the lack of a network.
    (played,) = await asyncio.to_thread(partial(stage.calls, scenario="script-blocked"))
    assert (played["event"], played["facts"]["sitekey"]) == ("ScenarioPlayed", stage.sitekey)


async def test_a_forced_challenge_is_shown(page: Page, shop: tuple[Stage, str]) -> None:
    stage, url = shop
    await asyncio.to_thread(partial(stage.play, "challenge-forced"))
    await route_to_range(page, stage.provider_url)
    await check_box(page, url)
    await page.frame_locator("iframe[title^='Main content']").locator("#prompt").wait_for()
