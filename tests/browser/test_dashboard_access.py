"""The dashboard for everybody: light and dark, on small screens, by keyboard, and nothing that axe-core finds."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from captcha_range.launch import LaunchedRange
from tests.browser.test_dashboard import opened, site_of, verify
from tests.browser.test_widget_access import violations
from tests.contract.client_environment import PROJECT, client_node_modules

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.cold]
VIEWS = ("sites", "journal", "gallery", "scenarios", "health")
READY = {
    "sites": "article",
    "journal": ".entry",
    "gallery": ".drawn img",
    "scenarios": ".switch",
    "health": ".plane",
}


@pytest.fixture(scope="module")
def axe() -> str:
    return (client_node_modules(PROJECT / "tests" / "browser" / "pages") / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaunchedRange]:
    """A range in which something has happened."""
    with LaunchedRange(tmp_path_factory.mktemp("access") / "data") as running:
        sitekey, secret = site_of(running, "Shop", enterprise=True)
        for scenario in ("success", "expired"):
            running.provider.stage(scenario, sitekey=sitekey, requests=3)
            verify(running, secret=secret, response="x")
        magic = next(each for each in running.provider.scenarios() if each["scenario"] == "score-0.7")
        verify(running, secret="0x5ce4a210" + "0" * 32, response=magic["token"])
        running.provider.add_namespace("tests")
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(operators_browser: Browser) -> AsyncIterator[Page]:
    context = await operators_browser.new_context()
    yield await context.new_page()
    await context.close()


async def ready(page: Page, view: str) -> None:
    await page.locator(READY[view]).first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_axe_finds_nothing_in_any_view_and_nothing_is_wider_than_the_screen(
    page: Page, launched: LaunchedRange, axe: str, scheme: str, width: int
) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    await page.set_viewport_size({"width": width, "height": 720})
    await page.goto(f"{launched.provider_url}/dashboard")
    await page.locator(".gate").wait_for()
    assert await violations(page, axe) == []
    found = {}
    for view in VIEWS:
        await opened(page, launched, view)
        await ready(page, view)
        for summary in await page.locator("article summary, .entry summary").all():
            await summary.click()
        found[view] = await violations(page, axe)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
    await opened(page, launched, "sites")
    await page.get_by_role("button", name="Add a site").click()
    await page.get_by_role("dialog").wait_for()
    found["the form"] = await violations(page, axe)
    await opened(page, launched, "gallery")
    await page.get_by_role("button", name="Play: odd one out, level 1").click()
    await page.frame_locator("iframe >> nth=1").locator('#challenge[data-state="shown"]').wait_for()
    found["the game"] = await violations(page, axe)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert {name: each for name, each in found.items() if each} == {}


async def test_axe_finds_a_mistake_where_there_is_one(page: Page, launched: LaunchedRange, axe: str) -> None:
    """The control."""
    await opened(page, launched, "scenarios")
    await page.locator(".switch").first.wait_for()
    await page.evaluate("document.querySelector('.switch').removeAttribute('aria-labelledby')")
    assert any("-name" in each for each in await violations(page, axe))


async def test_the_keyboard_is_enough(page: Page, launched: LaunchedRange) -> None:
    await opened(page, launched)
    await page.locator("article").first.wait_for()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "view"
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Add a site")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Name")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Add a site")).to_be_focused()
    await page.locator("article summary").first.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("tab", name="HTML").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Python")).to_be_focused()
    await expect(page.locator("pre")).to_contain_text("requests.post")


@pytest.mark.parametrize("view", VIEWS)
async def test_every_target_has_room_on_a_small_screen(page: Page, launched: LaunchedRange, view: str) -> None:
    await page.set_viewport_size({"width": 320, "height": 720})
    await opened(page, launched, view)
    await ready(page, view)
    targets = await page.locator("button:visible, nav a:visible, summary:visible, select:visible, input:visible").all()
    assert len(targets) > 5
    for target in targets:
        box = await target.bounding_box()
        assert box is not None
        small = min(box["width"], box["height"])
        is_tick = await target.evaluate("(each) => each.type === 'checkbox'")
        assert small >= (18 if is_tick else 24), await target.evaluate("(each) => each.outerHTML")
