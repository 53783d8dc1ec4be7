"""How a check can end besides a pass, who is told with which code, and that time runs out with a warning."""

from typing import Any

import pytest
from playwright.async_api import Page, Route

from captcha_range.provider.stagings import StagingOrder
from tests.browser.practice import Practice, challenge_of, checkbox_of, rendered, shown, state_is

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEST_KEY = "10000000-ffff-ffff-ffff-000000000001"
EXECUTE = "void hcaptcha.execute(id, { async: true }).then(note('resolved'), note('rejected'))"


async def noted(page: Page, count: int) -> list[Any]:
    """What the callbacks and the promise noted, sorted, once there are `count` entries."""
    await page.wait_for_function(f"seen.length >= {count}")
    return sorted(await page.evaluate("seen"))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "rate-limited"),
        (400, "invalid-data"),
        (404, "invalid-data"),
        (500, "challenge-error"),
        (503, "challenge-error"),
    ],
)
@pytest.mark.parametrize("call", ["getcaptcha", "checkcaptcha"])
async def test_a_refusal_has_its_code_for_callback_and_promise(
    page: Page, practice: Practice, status: int, code: str, call: str
) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=status, json={"error": {"message": "as ordered"}})

    site = await practice.site()
    await rendered(page, practice, site.sitekey)
    await page.route(f"**/{call}/*", refuse)
    await page.route(f"**/{call}/*/*", refuse)
    async with page.expect_console_message(lambda entry: f"captcha-range: {code}: as ordered" in entry.text):
        await page.evaluate(EXECUTE)
        if call == "checkcaptcha":
            await shown(page)
            await challenge_of(page).locator("#surface").click()
            await challenge_of(page).locator("#submit").click()
    entries = await noted(page, 2 + (call == "checkcaptcha"))
    assert entries[:1] + entries[-1:] == [["error-callback", code], ["rejected", code]]
    await state_is(page, "error")


async def test_an_origin_that_is_not_registered_is_invalid_data(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey, query="host=elsewhere.test")
    await checkbox_of(page).get_by_text("This page’s host is not registered").wait_for()
    await page.evaluate(EXECUTE)
    assert await noted(page, 2) == [["error-callback", "invalid-data"], ["rejected", "invalid-data"]]


async def test_a_lost_connection_is_tried_again_and_then_works(page: Page, practice: Practice) -> None:
    tries = []

    async def lose(route: Route) -> None:
        tries.append(route)
        await (route.abort() if len(tries) < 3 else route.continue_())

    site = await practice.site(mode="passive")
    await rendered(page, practice, site.sitekey)
    await page.route("**/getcaptcha/*", lose)
    await page.clock.install()
    await checkbox_of(page).locator("#checkbox").click()
    await state_is(page, "retrying")
    while await page.evaluate("seen.length") == 0:
        await page.clock.run_for(1_000)
    assert len(tries) == 3
    assert (await noted(page, 1))[0][0] == "callback"


async def test_a_connection_that_stays_lost_is_a_network_error_and_the_box_is_free_again(
    page: Page, practice: Practice
) -> None:
    site = await practice.site(mode="passive")
    await rendered(page, practice, site.sitekey)
    await page.route("**/getcaptcha/*", lambda route: route.abort())
    await page.clock.install()
    await page.evaluate(EXECUTE)
    while await page.evaluate("seen.length") < 2:
        await page.clock.run_for(1_000)
    assert await noted(page, 2) == [["error-callback", "network-error"], ["rejected", "network-error"]]
    await state_is(page, "error")
    assert await checkbox_of(page).locator("#told").inner_text() == "No connection. Please try again"
    await page.unroute("**/getcaptcha/*")
    await checkbox_of(page).locator("#checkbox").click()
    assert (await noted(page, 3))[0][0] == "callback"


async def test_an_answer_that_was_judged_but_lost_brings_another_challenge(page: Page, practice: Practice) -> None:
    async def judge_and_lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    site = await practice.site()
    await rendered(page, practice, site.sitekey)
    await page.route("**/checkcaptcha/*/*", judge_and_lose, times=1)
    await page.evaluate("hcaptcha.execute()")
    await shown(page)
    first = practice.latest(site.sitekey).challenge
    await challenge_of(page).locator("#surface").click()
    await challenge_of(page).locator("#submit").click()
    await shown(page, after=first)
    assert await challenge_of(page).locator("#news").inner_text() == (
        "Your answer was lost on the way. Here is another one."
    )


async def test_a_mistake_in_the_widget_is_an_internal_error(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey)
    await page.evaluate(EXECUTE)
    await shown(page)
    await page.frames[2].evaluate("dispatchEvent(new ErrorEvent('error'))")
    entries = await noted(page, 3)
    assert entries[0] == ["error-callback", "internal-error"]
    assert entries[2] == ["rejected", "internal-error"]


async def test_an_unknown_kind_of_reply_is_a_challenge_error(page: Page, practice: Practice) -> None:
    async def puzzle(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json={**await answer.json(), "replies_with": "telepathy"})

    site = await practice.site()
    await rendered(page, practice, site.sitekey)
    await page.route("**/getcaptcha/*", puzzle)
    await page.evaluate(EXECUTE)
    assert await noted(page, 2) == [["error-callback", "challenge-error"], ["rejected", "challenge-error"]]


@pytest.mark.parametrize("how", ["Escape in the frame", "Escape in the page", "the button", "the backdrop", "close()"])
async def test_a_visitor_may_turn_away(page: Page, practice: Practice, how: str) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey)
    await page.evaluate(EXECUTE)
    await shown(page)
    if how == "Escape in the frame":
        await page.keyboard.press("Escape")
    elif how == "Escape in the page":
        await page.locator("[role=dialog]").dispatch_event("keydown", {"key": "Escape"})
    elif how == "the button":
        await challenge_of(page).locator("#close").click()
    elif how == "the backdrop":
        await page.mouse.click(5, 5)
    else:
        await page.evaluate("hcaptcha.close()")
    assert await noted(page, 3) == [["close-callback", None], ["open-callback", None], ["rejected", "challenge-closed"]]
    assert await page.locator("[role=dialog]").is_hidden()
    await state_is(page, "idle")


async def test_the_staged_scenario_closes_the_challenge_as_a_visitor_would(page: Page, practice: Practice) -> None:
    site = await practice.site()
    order = StagingOrder(scenario="challenge-closed", sitekey=site.sitekey, requests=1)
    practice.provider.stagings.add(order)
    await rendered(page, practice, site.sitekey)
    await page.evaluate(EXECUTE)
    assert await noted(page, 3) == [["close-callback", None], ["open-callback", None], ["rejected", "challenge-closed"]]
    assert await page.locator("[role=dialog]").is_hidden()
    await state_is(page, "idle")
    # It was for one request: the next challenge stays.
    await page.evaluate("hcaptcha.execute()")
    await shown(page)
    assert await page.evaluate("seen.slice(3)") == [["open-callback", None]]


async def test_reset_rejects_what_waits_and_calls_nobody(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey)
    await page.evaluate(EXECUTE)
    await shown(page)
    await page.evaluate("hcaptcha.reset()")
    assert await noted(page, 2) == [["open-callback", None], ["rejected", "challenge-closed"]]


async def test_a_challenge_warns_and_then_expires(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await page.clock.install()
    await rendered(page, practice, site.sitekey)
    await page.evaluate(EXECUTE)
    await shown(page)
    news = challenge_of(page).locator("#news")
    await page.clock.run_for(99_000)
    assert await news.inner_text() == ""
    await page.clock.run_for(2_000)
    assert (await news.inner_text()).startswith("20 seconds left")
    await page.clock.run_for(20_000)
    assert await noted(page, 3) == [
        ["chalexpired-callback", None],
        ["open-callback", None],
        ["rejected", "challenge-expired"],
    ]
    await state_is(page, "expired")


async def test_a_new_challenge_gives_more_time(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await page.clock.install()
    await rendered(page, practice, site.sitekey)
    await page.evaluate("hcaptcha.execute()")
    await shown(page)
    first = practice.latest(site.sitekey).challenge
    await page.clock.run_for(110_000)
    await challenge_of(page).locator("#refresh").click()
    await shown(page, after=first)
    await page.clock.run_for(90_000)
    assert await noted(page, 1) == [["open-callback", None]]


async def test_a_token_warns_and_then_expires(page: Page, practice: Practice) -> None:
    await page.clock.install()
    await rendered(page, practice, TEST_KEY)
    await page.evaluate("hcaptcha.execute()")
    await state_is(page, "checked")
    await page.clock.run_for(101_000)
    await state_is(page, "expiring")
    assert await checkbox_of(page).locator("#told").inner_text() == "Verified; expires in 20 seconds"
    assert await checkbox_of(page).locator("#checkbox").get_attribute("aria-checked") == "true"
    await page.clock.run_for(20_000)
    await state_is(page, "expired")
    assert [name for name, _ in await noted(page, 2)] == ["callback", "expired-callback"]
    assert await page.evaluate("[hcaptcha.getResponse(), hcaptcha.getRespKey()]") == ["", ""]
    assert await page.locator("textarea[name=h-captcha-response]").input_value() == ""


async def test_a_frame_that_never_answers_is_a_network_error(page: Page, practice: Practice) -> None:
    await page.route("**/frame.js", lambda route: route.abort())
    await page.clock.install()
    await rendered(page, practice, TEST_KEY)
    await page.evaluate(EXECUTE)
    await page.wait_for_load_state("networkidle")
    while await page.evaluate("seen.length") < 2:
        await page.clock.run_for(1_000)
    assert (await noted(page, 2))[0] == ["error-callback", "network-error"]
