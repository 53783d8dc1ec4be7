"""Every challenge family in the widget: with a pointer that only clicks, and with the keyboard alone."""

import pytest
from playwright.async_api import Page

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.provider.records import Record
from tests.browser.practice import Practice, Site, challenge_of, checkbox_of, shown

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.cold]
NAMES = sorted(FAMILIES)
EACH_FAMILY = pytest.mark.parametrize("family", NAMES)
_STRIDE, _FINE = 16, 2
"""Pixels of the picture that an arrow key moves, without and with Shift."""


async def opened(page: Page, practice: Practice, family: str) -> tuple[Site, Record]:
    """The challenge is shown; what the operator knows of it."""
    site = await practice.site(family)
    await page.goto(practice.page_url(site.sitekey))
    await checkbox_of(page).locator("#checkbox").press("Enter")
    await shown(page)
    return site, practice.latest(site.sitekey)


async def passed(page: Page, practice: Practice, site: Site) -> bool:
    await checkbox_of(page).locator('#checkbox[aria-checked="true"]').wait_for()
    return bool((await practice.verify(await page.evaluate("hcaptcha.getResponse()"), site))["success"])


def places(record: Record) -> list[tuple[float, float]]:
    """Where to click for the right reply, in pixels of the picture."""
    if FAMILIES[record.family].replies_with == "box":
        (box,) = record.answer.targets
        return [(box.x, box.y), (box.x + box.width, box.y + box.height)]
    return [box.centre for box in record.answer.targets] or [record.tiles[each].centre for each in record.answer.tiles]


def _button(record: Record) -> int:
    """The number of the right button, from 0."""
    answer = record.answer
    return answer.choice or 0 if answer.number is None else answer.number - 1


async def click_all(page: Page, record: Record) -> None:
    kind, frame = FAMILIES[record.family].replies_with, challenge_of(page)
    if kind in {"number", "choice"}:
        await frame.locator(".controls button").nth(_button(record)).click()
    elif kind == "angle":
        for _ in range(round((record.answer.angle or 0) / 15)):
            await frame.locator(".controls button").nth(1).click()
    else:
        shown_as = await frame.locator("#picture").bounding_box()
        assert shown_as is not None
        scale = shown_as["width"] / record.width
        for x, y in places(record):
            await frame.locator("#surface").click(position={"x": x * scale, "y": y * scale})


@EACH_FAMILY
async def test_a_pointer_that_only_clicks_passes(page: Page, practice: Practice, family: str) -> None:
    site, record = await opened(page, practice, family)
    assert await challenge_of(page).locator("#submit").is_disabled()
    await click_all(page, record)
    await challenge_of(page).locator("#submit").click()
    assert await passed(page, practice, site)


async def aim(page: Page, start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Move the crosshair with the arrow keys, to within a pixel or two; where it then is."""
    at = list(start)
    for axis, keys in enumerate((("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown"))):
        for step, shift in ((_STRIDE, ""), (_FINE, "Shift+")):
            count = int(abs(end[axis] - at[axis]) // step)
            forward = end[axis] > at[axis]
            for _ in range(count):
                await page.keyboard.press(shift + keys[forward])
            at[axis] += count * step * (1 if forward else -1)
    await page.keyboard.press("Enter")
    return at[0], at[1]


@pytest.mark.parametrize("family", [name for name in NAMES if name != "grid"])
async def test_the_keyboard_alone_passes(page: Page, practice: Practice, family: str) -> None:
    site, record = await opened(page, practice, family)
    kind = FAMILIES[family].replies_with
    await page.keyboard.press("Tab")
    if kind in {"number", "choice"}:
        for _ in range(_button(record)):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
    elif kind == "angle":
        await page.keyboard.press("Tab")
        for _ in range(round(record.answer.angle or 0)):
            await page.keyboard.press("ArrowRight")
    else:
        at = (record.width / 2, record.height / 2)
        for place in places(record):
            at = await aim(page, at, place)
    await challenge_of(page).locator("#submit").press("Enter")
    assert await passed(page, practice, site)


@EACH_FAMILY
async def test_whatever_is_clicked_is_at_least_24_pixels_wide_and_high(
    page: Page, practice: Practice, family: str
) -> None:
    await opened(page, practice, family)
    small = (
        "all => all.map(each => each.getBoundingClientRect()).filter(({width, height}) => width < 24 || height < 24)"
    )
    assert await challenge_of(page).locator("button, input").evaluate_all(small) == []


async def test_a_wrong_reply_shows_another_challenge(page: Page, practice: Practice) -> None:
    _, record = await opened(page, practice, "count")
    await challenge_of(page).locator(".controls button").nth(int(record.answer.number == 1)).click()
    await challenge_of(page).locator("#submit").click()
    await shown(page, after=record.challenge)
    assert await challenge_of(page).locator(".controls").count() == 1
