"""The widget in a real browser: for people with a mouse, people with a keyboard, and scripts of the site."""

import re

import pytest
from playwright.async_api import Page

from tests.browser.practice import Practice, challenge_of, checkbox_of, shown
from tests.contract.client_environment import PROJECT

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEST_KEY = "10000000-ffff-ffff-ffff-000000000001"
TEST_TOKEN = "10000000-aaaa-bbbb-cccc-000000000001"


async def test_the_test_sitekey_passes_at_one_click_with_the_constant_token(page: Page, practice: Practice) -> None:
    await page.goto(practice.page_url(TEST_KEY))
    await checkbox_of(page).locator("#checkbox").click()
    await checkbox_of(page).locator('#checkbox[aria-checked="true"] .check').wait_for()
    assert await page.evaluate("[hcaptcha.getResponse(), hcaptcha.getRespKey(), seen]") == [
        TEST_TOKEN,
        "",
        [["passed", TEST_TOKEN]],
    ]
    for name in ("h-captcha-response", "g-recaptcha-response"):
        assert await page.locator(f"form textarea[name={name}]").input_value() == TEST_TOKEN


async def test_the_page_of_the_how_to_shows_a_widget(page: Page, practice: Practice) -> None:
    guide = (PROJECT / "docs" / "how-to" / "add-the-widget.md").read_text()
    (html,) = re.findall(r"```html\n(.*?)```", guide, re.DOTALL)
    html = html.replace("http://127.0.0.1:8480", practice.provider_url).replace("…", TEST_KEY)
    policy = f"default-src 'none'; script-src {practice.provider_url}; frame-src {practice.provider_url}"
    headers = {"content-security-policy": policy}
    await page.route("**/guide", lambda route: route.fulfill(body=html, content_type="text/html", headers=headers))
    await page.goto(f"{practice.shop}/guide")
    await checkbox_of(page).locator("#checkbox").click()
    await checkbox_of(page).locator('#checkbox[aria-checked="true"]').wait_for()
    assert await page.locator("form [name=h-captcha-response]").input_value() == TEST_TOKEN


async def test_a_tile_challenge_is_passed_with_the_keyboard_alone(page: Page, practice: Practice) -> None:
    site = await practice.site("grid")
    await page.goto(practice.page_url(site.sitekey))
    await checkbox_of(page).locator("#checkbox").wait_for()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await shown(page)
    wanted = practice.latest(site.sitekey).answer.tiles
    for number in range(9):
        await page.keyboard.press("Tab")
        if number in wanted:
            await page.keyboard.press("Space")
    for _ in ("close", "refresh", "modality", "submit"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await checkbox_of(page).locator('#checkbox[aria-checked="true"]').wait_for()
    assert await checkbox_of(page).locator("#checkbox").evaluate("box => box === document.activeElement")
    token = await page.evaluate("hcaptcha.getResponse()")
    assert (await practice.verify(token, site))["success"] is True


async def test_a_point_challenge_is_passed_with_the_keyboard_alone(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await page.goto(practice.page_url(site.sitekey))
    await checkbox_of(page).locator("#checkbox").press("Enter")
    await shown(page)
    record = practice.latest(site.sitekey)
    target = record.answer.targets[0]
    await page.keyboard.press("Tab")
    right = round((target.x + target.width / 2 - record.width / 2) / 16)
    down = round((target.y + target.height / 2 - record.height / 2) / 16)
    for key, count in (("ArrowRight", right), ("ArrowLeft", -right), ("ArrowDown", down), ("ArrowUp", -down)):
        for _ in range(count):
            await page.keyboard.press(key)
    await page.keyboard.press("Enter")
    await challenge_of(page).locator("#submit").press("Enter")
    await checkbox_of(page).locator('#checkbox[aria-checked="true"]').wait_for()


async def test_a_wrong_answer_brings_another_challenge_and_the_right_one_passes(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await page.goto(practice.page_url(site.sitekey))
    await checkbox_of(page).locator("#checkbox").click()
    await shown(page)
    first = practice.latest(site.sitekey)
    surface = challenge_of(page).locator("#surface")
    await surface.click(position={"x": 1, "y": 1})
    await challenge_of(page).locator("#submit").click()
    await shown(page, after=first.challenge)
    assert await challenge_of(page).locator("#news").inner_text() == "That was not right. Here is another one."
    assert await challenge_of(page).locator("#submit").is_disabled()
    target = practice.latest(site.sitekey).answer.targets[0]
    await surface.click(position={"x": target.x + target.width / 2, "y": target.y + target.height / 2})
    await challenge_of(page).locator("#submit").click()
    await page.wait_for_function("seen.length")
    token = await page.evaluate("hcaptcha.getResponse()")
    assert (await practice.verify(token, site))["success"] is True
    assert (await practice.verify(token, site))["error-codes"] == ["already-seen-response"]


async def test_a_closed_challenge_rejects_the_promise_and_can_be_asked_for_again(
    page: Page, practice: Practice
) -> None:
    site = await practice.site()
    await page.goto(practice.page_url(site.sitekey, "data-size=invisible&data-close-callback=shut"))
    await page.wait_for_function("window.hcaptcha?.getResponse() === ''")
    await page.evaluate("void hcaptcha.execute({ async: true }).catch(note('rejected'))")
    await shown(page)
    await page.keyboard.press("Escape")
    await page.wait_for_function("seen.length === 2")
    assert sorted(await page.evaluate("seen.map(String)")) == ["rejected,challenge-closed", "shut,"]
    await page.evaluate("hcaptcha.execute()")
    await shown(page, after=practice.latest(site.sitekey).challenge)


async def test_a_page_of_another_origin_may_not_frame_the_widget(page: Page, practice: Practice) -> None:
    site = await practice.site(origins=("http://127.0.0.1:1",))
    answer = await page.request.get(f"{practice.provider_url}/widget/{site.sitekey}/hcaptcha.html")
    assert answer.headers["content-security-policy"].endswith("frame-ancestors http://127.0.0.1:1")
    await page.goto(practice.page_url(site.sitekey))
    message = await page.wait_for_event("console", lambda entry: "captcha-range" in entry.text)
    assert "an origin of this sitekey?" in message.text
    assert practice.provider.records.latest(site.sitekey, 1) == []


@pytest.mark.parametrize("call", ["getResponse", "getRespKey", "reset", "remove", "close", "execute"])
async def test_calls_for_what_is_not_there_fail_as_documented(page: Page, practice: Practice, call: str) -> None:
    message = f"try {{ hcaptcha.{call}('nobody') }} catch (error) {{ error.message }}"
    await page.goto(practice.page_url(TEST_KEY))
    await page.wait_for_function("window.hcaptcha?.getResponse() === ''")
    assert await page.evaluate(message) == "Invalid hCaptcha id: nobody"
    await page.evaluate("hcaptcha.remove()")
    assert await page.evaluate(message) == "No hCaptcha exists."
    assert await page.evaluate("hcaptcha.execute({ async: true }).catch((code) => code)") == "missing-captcha"


async def test_loading_the_script_twice_keeps_the_widget_and_calls_each_onload(page: Page, practice: Practice) -> None:
    await page.goto(practice.page_url(TEST_KEY))
    await page.wait_for_function("window.hcaptcha?.getResponse() === ''")
    await page.evaluate("window.loaded = () => seen.push('again')")
    await page.add_script_tag(url=f"{practice.provider_url}/1/api.js?onload=loaded&render=explicit")
    await page.wait_for_function("seen.length")
    assert await page.locator("iframe[data-hcaptcha-widget-id]").count() == 2
    assert await page.evaluate("grecaptcha === hcaptcha")


async def test_reset_forgets_the_token_and_frees_the_checkbox(page: Page, practice: Practice) -> None:
    await page.goto(practice.page_url(TEST_KEY))
    await checkbox_of(page).locator("#checkbox").click()
    await page.wait_for_function("hcaptcha.getResponse()")
    await page.evaluate("hcaptcha.reset()")
    await checkbox_of(page).locator('#checkbox[aria-checked="false"]').wait_for()
    assert await page.evaluate("hcaptcha.getResponse()") == ""
    assert await page.locator("textarea[name=h-captcha-response]").input_value() == ""
