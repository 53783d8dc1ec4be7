"""The public JavaScript interface: what a page may call, what it is told, and in which order."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.practice import Practice, challenge_of, checkbox_of, rendered, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEST_KEY = "10000000-ffff-ffff-ffff-000000000001"
TEST_TOKEN = "10000000-aaaa-bbbb-cccc-000000000001"


async def seen(page: Page, count: int = 1) -> Any:
    """What the page's callbacks noted, once there are `count` entries."""
    await page.wait_for_function(f"seen.length >= {count}")
    return await page.evaluate("seen")


async def solve(page: Page, practice: Practice, sitekey: str, after: str = "") -> None:
    await shown(page, after)
    target = practice.latest(sitekey).answer.targets[0]
    place = {"x": target.x + target.width / 2, "y": target.y + target.height / 2}
    await challenge_of(page).locator("#surface").click(position=place)  # type: ignore[arg-type]
    await challenge_of(page).locator("#submit").click()


async def test_onload_is_called_when_the_interface_is_there(page: Page, practice: Practice) -> None:
    await page.goto(practice.bare_url("render=explicit&onload=loaded"))
    assert await seen(page) == [["loaded", "function"]]
    assert await page.locator("iframe").count() == 0


async def test_compatibility_with_another_service_can_be_switched_off(page: Page, practice: Practice) -> None:
    await page.goto(practice.bare_url("render=explicit&onload=loaded&recaptchacompat=off"))
    await seen(page)
    assert await page.evaluate("typeof grecaptcha") == "undefined"
    await page.evaluate(f"hcaptcha.render('one', {{ sitekey: '{TEST_KEY}' }})")
    assert await page.locator("textarea").evaluate_all("all => all.map((each) => each.name)") == ["h-captcha-response"]


async def test_its_bytes_can_be_pinned(page: Page, practice: Practice) -> None:
    await page.goto(practice.bare_url())
    pinned = await page.evaluate(
        """async (url) => {
            const bytes = await (await fetch(url)).arrayBuffer();
            const digest = await crypto.subtle.digest("SHA-384", bytes);
            const integrity = "sha384-" + btoa(String.fromCharCode(...new Uint8Array(digest)));
            const load = (integrity) => new Promise((settle) => {
              const script = document.createElement("script");
              Object.assign(script, { src: url, integrity, crossOrigin: "anonymous" });
              script.onload = () => settle("loaded");
              script.onerror = () => settle("refused");
              document.head.append(script);
            });
            return [await load(integrity), await load(integrity.replace(/.{8}$/, "AAAAAAAA"))];
        }""",
        f"{practice.provider_url}/1/api.js?render=explicit",
    )
    assert pinned == ["loaded", "refused"]


async def test_render_answers_at_once_with_an_id_and_hooks_for_tests(page: Page, practice: Practice) -> None:
    await rendered(page, practice, TEST_KEY)
    widget = await page.evaluate("id")
    assert widget.isalnum()
    boxes = page.locator(
        f'iframe[src*="/hcaptcha.html#frame=checkbox&id={widget}"][data-hcaptcha-widget-id="{widget}"]'
    )
    assert await boxes.count() == 1
    assert await boxes.get_attribute("data-hcaptcha-response") == ""
    await checkbox_of(page).locator("#anchor").click()
    await checkbox_of(page).locator('#checkbox[aria-checked="true"] .check').wait_for()
    assert await boxes.get_attribute("data-hcaptcha-response") == TEST_TOKEN


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("hcaptcha.render('nowhere', { sitekey: 'x' })", "captcha-range: render found no such container"),
        ("hcaptcha.render('#[', { sitekey: 'x' })", "captcha-range: render found no such container"),
        ("hcaptcha.render(null, { sitekey: 'x' })", "captcha-range: render found no such container"),
        ("hcaptcha.render('two')", "captcha-range: render needs a sitekey"),
        ("hcaptcha.setData('nobody', { rqdata: 'x' })", "Invalid hCaptcha id: nobody"),
    ],
)
async def test_a_call_that_cannot_be_served_throws(page: Page, practice: Practice, call: str, message: str) -> None:
    await rendered(page, practice, TEST_KEY)
    assert await page.evaluate(f"(() => {{ try {{ {call} }} catch (error) {{ return error.message }} }})()") == message


async def test_a_container_holds_one_widget(page: Page, practice: Practice) -> None:
    await rendered(page, practice, TEST_KEY)
    assert await page.evaluate(f"hcaptcha.render('one', {{ sitekey: '{TEST_KEY}' }}) === id")
    await page.evaluate(f"hcaptcha.remove(id); window.id = hcaptcha.render('one', {{ sitekey: '{TEST_KEY}' }})")
    assert await page.locator("iframe").count() == 2


async def test_promises_reject_with_bare_codes(page: Page, practice: Practice) -> None:
    await rendered(page, practice, TEST_KEY)
    reject = "hcaptcha.execute({}, {{ async: true }}).catch((code) => code)"
    assert await page.evaluate(reject.format("'nobody'")) == "invalid-captcha-id"
    await page.evaluate("hcaptcha.remove()")
    assert await page.evaluate(reject.format("'nobody'")) == "missing-captcha"


async def test_an_awaited_execution_gives_token_and_key(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey, "size: 'invisible'")
    await page.evaluate("void hcaptcha.execute(id, { async: true, rqdata: 'blob' }).then(note('resolved'))")
    await solve(page, practice, site.sitekey)
    entries = dict(await seen(page, 3))
    earned = entries["resolved"]
    assert earned == {"response": entries["callback"], "key": await page.evaluate("hcaptcha.getRespKey()")}
    assert earned["key"].startswith("E0_")
    assert (await practice.verify(earned["response"], site))["success"] is True


async def test_the_open_callback_comes_when_there_is_a_challenge_to_see(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey)
    async with page.expect_request(lambda request: "/getcaptcha/" in request.url):
        await checkbox_of(page).locator("#checkbox").click()
    await shown(page)
    assert await seen(page) == [["open-callback", None]]


async def test_callbacks_may_call_back(page: Page, practice: Practice) -> None:
    """The token is readable before `callback` runs, and `reset` within it leaves a widget that works."""
    await rendered(
        page,
        practice,
        TEST_KEY,
        "callback: (token) => { seen.push([hcaptcha.getResponse(id) === token]); hcaptcha.reset(id);"
        " seen.push([hcaptcha.getResponse(id)]); if (seen.length < 4) hcaptcha.execute(id) }",
    )
    await page.evaluate("hcaptcha.execute(id)")
    assert await seen(page, 4) == [[True], [""], [True], [""]]
    await checkbox_of(page).locator('#checkbox[aria-checked="false"][data-state="idle"]').wait_for()


async def test_a_callback_may_be_a_global_by_name_and_may_throw(page: Page, practice: Practice) -> None:
    await rendered(page, practice, TEST_KEY, "callback: 'mine', size: 'invisible'")
    await page.evaluate(
        "window.onerror = note('reported'); window.mine = () => { throw new Error('the site\\'s own') }; 0"
    )
    await page.evaluate("hcaptcha.execute()")
    assert await seen(page) == [["reported", "Uncaught Error: the site's own"]]
    assert await page.evaluate("hcaptcha.getResponse()") == TEST_TOKEN


async def test_executing_again_earns_another_token(page: Page, practice: Practice) -> None:
    site = await practice.site(mode="passive")
    await rendered(page, practice, site.sitekey, "size: 'invisible'")
    await page.evaluate("hcaptcha.execute()")
    await seen(page, 1)
    await page.evaluate("hcaptcha.execute()")
    (_, first), (_, second) = await seen(page, 2)
    assert first != second


@pytest.mark.parametrize("size", ["normal", "invisible"])
async def test_a_passive_site_passes_without_a_challenge(page: Page, practice: Practice, size: str) -> None:
    site = await practice.site(mode="passive")
    await rendered(page, practice, site.sitekey, f"size: '{size}'")
    if size == "normal":
        await checkbox_of(page).locator("#checkbox").click()
    else:
        await page.evaluate("hcaptcha.execute()")
    ((name, token),) = await seen(page)
    assert name == "callback"
    assert (await practice.verify(token, site))["success"] is True


async def test_a_mostly_passive_site_challenges_a_browser_that_says_it_is_automated(
    page: Page, practice: Practice
) -> None:
    site = await practice.site(mode="mostly_passive")
    await rendered(page, practice, site.sitekey)
    await page.evaluate("hcaptcha.execute()")
    await solve(page, practice, site.sitekey)
    (_, (name, token)) = await seen(page, 2)
    assert name == "callback"
    assert (await practice.verify(token, site))["success"] is True


async def test_two_widgets_keep_to_themselves_and_the_id_defaults_to_the_first(page: Page, practice: Practice) -> None:
    await rendered(page, practice, TEST_KEY)
    await page.evaluate(f"window.other = hcaptcha.render('two', {{ sitekey: '{TEST_KEY}', callback: note('other') }})")
    await page.evaluate("hcaptcha.execute(other)")
    assert await seen(page) == [["other", TEST_TOKEN]]
    assert await page.evaluate("[hcaptcha.getResponse(), hcaptcha.getResponse(id), hcaptcha.getResponse(other)]") == [
        "",
        "",
        TEST_TOKEN,
    ]


async def test_data_attributes_are_the_config(page: Page, practice: Practice) -> None:
    more = "data-size=compact&data-theme=dark&data-hl=de&data-tabindex=3&data-tplinks=off"
    await page.goto(practice.page_url(TEST_KEY, more))
    box = checkbox_of(page).locator("html[lang=de][data-theme=dark][data-size=compact]")
    await box.wait_for()
    assert await box.locator("#label").inner_text() == "Ich bin ein Mensch"
    assert await box.locator("#about").is_hidden()
    frame = page.locator("iframe").first
    assert await frame.get_attribute("tabindex") == "3"
    assert await frame.evaluate("frame => [frame.clientWidth, frame.clientHeight]") == [158, 138]


@pytest.mark.parametrize(("custom", "accent"), [("custom: true,", "rgb(1, 2, 3)"), ("", "rgb(58, 69, 196)")])
async def test_a_theme_object_changes_colours_where_custom_themes_are_on(
    page: Page, practice: Practice, custom: str, accent: str
) -> None:
    site = await practice.site()
    theme = "{ palette: { mode: 'light', primary: { main: 'rgb(1, 2, 3)' }, warn: { main: 'url(x); }' } } }"
    await rendered(page, practice, site.sitekey, f"{custom} theme: {theme}")
    await page.evaluate("hcaptcha.execute()")
    await shown(page)
    submit = challenge_of(page).locator("#submit")
    await submit.evaluate("button => { button.disabled = false }")
    assert await submit.evaluate("button => getComputedStyle(button).backgroundColor") == accent


async def test_a_challenge_may_stand_in_a_container_of_the_page(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey, "'challenge-container': 'two'")
    await checkbox_of(page).locator("#checkbox").click()
    await shown(page)
    frame = page.locator("#two iframe")
    assert await frame.is_visible()
    assert await page.locator("[role=dialog]").count() == 0
    await solve(page, practice, site.sitekey)
    await checkbox_of(page).locator('#checkbox[aria-checked="true"]').wait_for()
    assert await frame.is_hidden()


async def test_a_second_script_renders_what_the_first_has_not(page: Page, practice: Practice) -> None:
    await rendered(page, practice, TEST_KEY)
    await page.evaluate(f"two.className = 'h-captcha'; two.dataset.sitekey = '{TEST_KEY}'; one.className = 'h-captcha'")
    await page.evaluate(f"one.dataset.sitekey = '{TEST_KEY}'")
    await page.add_script_tag(url=f"{practice.provider_url}/1/secure-api.js?onload=loaded")
    await seen(page)
    assert await page.locator("#one iframe").count() == 1
    assert await page.locator("#two iframe").count() == 1


async def test_remove_leaves_nothing_behind(page: Page, practice: Practice) -> None:
    await rendered(page, practice, TEST_KEY)
    await page.evaluate("hcaptcha.remove(id)")
    assert await page.locator("iframe, textarea, [role=dialog]").count() == 0


async def test_a_message_from_another_window_or_of_another_shape_is_not_heard(page: Page, practice: Practice) -> None:
    await rendered(page, practice, TEST_KEY)
    await checkbox_of(page).locator("#checkbox").wait_for()
    frame = page.frames[1]
    forged = """(origin) => {
      const { id, nonce } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
      const passed = { range: "passed", token: "forged", key: "", lifetime: 120, id, nonce };
      for (const message of [{ ...passed, nonce: "x" }, { ...passed, id: "x" }, { ...passed, token: 1 }, "x", null])
        parent.postMessage(message, origin);
      parent.postMessage({ range: "open", id, nonce }, origin);
    }"""
    await frame.evaluate(forged, practice.shop)
    assert await seen(page) == [["callback", TEST_TOKEN]]
    await page.evaluate("postMessage({ range: 'expired' }, location.origin)")
    assert await page.evaluate("hcaptcha.getResponse()") == TEST_TOKEN
