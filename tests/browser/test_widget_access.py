"""The widget for everybody: no violation that axe-core finds in any state, a keyboard path, focus, languages."""

from typing import Any, Final

import pytest
from playwright.async_api import Frame, Page

from tests.browser.practice import Practice, challenge_of, checkbox_of, rendered, shown, state_is
from tests.contract.client_environment import PROJECT, client_node_modules

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.cold]
TEST_KEY = "10000000-ffff-ffff-ffff-000000000001"
LANGUAGES: Final = ("en", "zh-CN", "zh-TW", "es", "fr", "de", "ja", "ko", "pt", "ru", "ar")
STATES: Final = (
    *((state, "") for state in ("idle", "busy", "retrying", "open", "checked", "expiring", "expired")),
    *(
        ("error", code)
        for code in ("network-error", "rate-limited", "invalid-data", "challenge-error", "internal-error")
    ),
)
_TELL: Final = """([frame, state, code]) => {
  const address = new URL(frame.src), given = new URLSearchParams(address.hash.slice(1));
  const message = { range: "state", state, code, focus: false, id: given.get("id"), nonce: given.get("nonce") };
  frame.contentWindow.postMessage(message, address.origin);
}"""
_CUT_OFF: Final = """() => {
  const box = document.getElementById("anchor").getBoundingClientRect();
  const parts = [...document.querySelectorAll("#checkbox, .words, .brand")].map((part) => part.getBoundingClientRect());
  const isWithin = ({ top, bottom, left, right }) =>
    top >= box.top && bottom <= box.bottom && left >= box.left && right <= box.right;
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return !parts.every(isWithin) || parts.some((part, at) => parts.slice(at + 1).some((other) => meet(part, other)));
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    return (client_node_modules(PROJECT / "tests" / "browser" / "pages") / "axe-core" / "axe.min.js").read_text()


async def violations(frame: Frame | Page, axe: str) -> list[str]:
    """What axe-core finds in one document, best practices included."""
    await frame.evaluate(f"{axe}; 0")
    # Only the page that holds the frames owes its readers a heading.
    options = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        "rules": {"page-has-heading-one": {"enabled": isinstance(frame, Page)}},
        "iframes": False,
    }
    found: dict[str, Any] = await frame.evaluate("(options) => axe.run(options)", options)
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found["violations"]]


async def tell(page: Page, state: str, code: str = "") -> None:
    """Put all checkboxes of the page into a state."""
    for frame in await page.locator("iframe[title^=Widget]").element_handles():
        await page.evaluate(_TELL, [frame, state, code])
    for own in page.frames:
        if "frame=checkbox" in own.url:
            await own.locator(f'#checkbox[data-state="{state}"]').wait_for(state="attached")


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize(("size", "language"), [("normal", "en"), ("compact", "zh-CN"), ("normal", "ar")])
async def test_axe_finds_nothing_in_any_state_of_the_checkbox(
    page: Page, practice: Practice, axe: str, theme: str, size: str, language: str
) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await rendered(page, practice, TEST_KEY, f"theme: '{theme}', size: '{size}', hl: '{language}'")
    await state_is(page, "idle")
    for state, code in STATES:
        await tell(page, state, code)
        assert await violations(page.frames[1], axe) == [], (state, code)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("family", ["odd_one_out", "grid", "count", "rotate_upright"])
async def test_axe_finds_nothing_in_a_challenge(
    page: Page, practice: Practice, axe: str, theme: str, family: str
) -> None:
    site = await practice.site(family)
    await rendered(page, practice, site.sitekey, f"theme: '{theme}', hl: '{'ar' if theme == 'dark' else 'en'}'")
    await page.evaluate("hcaptcha.execute()")
    await shown(page)
    assert await violations(page.frames[2], axe) == []
    if family == "grid":
        await challenge_of(page).locator(".tile").first.click()
    else:
        await challenge_of(page).locator("#surface").click()
    assert await violations(page.frames[2], axe) == []
    assert await violations(page, axe) == []


async def test_axe_finds_nothing_on_the_page_about_the_widget(page: Page, practice: Practice, axe: str) -> None:
    await page.goto(f"{practice.provider_url}/widget/about.html")
    assert await violations(page, axe) == []


async def test_axe_finds_a_mistake_where_there_is_one(page: Page, practice: Practice, axe: str) -> None:
    """The control."""
    await rendered(page, practice, TEST_KEY)
    await state_is(page, "idle")
    await page.frames[1].evaluate("document.getElementById('checkbox').removeAttribute('aria-labelledby')")
    assert any("aria-toggle-field-name" in each for each in await violations(page.frames[1], axe))


@pytest.mark.parametrize("size", ["normal", "compact"])
async def test_nothing_is_cut_off_in_any_language_and_state(page: Page, practice: Practice, size: str) -> None:
    await rendered(page, practice, TEST_KEY, f"size: '{size}'")
    configs = [{"sitekey": TEST_KEY, "size": size, "hl": language} for language in LANGUAGES[1:]]
    render = "(config) => hcaptcha.render(two.appendChild(document.createElement('div')), config)"
    for config in configs:
        await page.evaluate(render, config)
    for state, code in STATES:
        await tell(page, state, code)
        frames = [frame for frame in page.frames if "frame=checkbox" in frame.url]
        assert len(frames) == len(LANGUAGES)
        cut = [await frame.get_attribute("html", "lang") for frame in frames if await frame.evaluate(_CUT_OFF)]
        assert cut == [], (state, code)
    # The control.
    await page.frames[1].evaluate("document.getElementById('told').textContent = 'far too long '.repeat(20)")
    assert await page.frames[1].evaluate(_CUT_OFF) is True


@pytest.mark.parametrize(
    ("wish", "language", "direction"),
    [
        ("zh", "zh-CN", "ltr"),
        ("zh-Hans-SG", "zh-CN", "ltr"),
        ("zh-HK", "zh-TW", "ltr"),
        ("zh_Hant", "zh-TW", "ltr"),
        ("pt-BR", "pt", "ltr"),
        ("DE", "de", "ltr"),
        ("ar-EG", "ar", "rtl"),
        ("tlh", "en", "ltr"),
        ("constructor", "en", "ltr"),
    ],
)
async def test_the_wished_language_or_the_nearest_is_spoken(
    page: Page, practice: Practice, wish: str, language: str, direction: str
) -> None:
    await rendered(page, practice, TEST_KEY, query=f"hl={wish}")
    await checkbox_of(page).locator(f"html[lang={language}][dir={direction}]").wait_for()


async def test_the_prompt_is_marked_with_its_own_language(page: Page, practice: Practice) -> None:
    site = await practice.site()
    for language, own in (("ar", "en"), ("zh-TW", "zh-CN"), ("ko", "en")):
        await rendered(page, practice, site.sitekey, f"hl: '{language}'")
        await page.evaluate("hcaptcha.execute()")
        await shown(page)
        assert await challenge_of(page).locator("#prompt").get_attribute("lang") == own


async def test_the_focus_goes_into_the_dialog_stays_there_and_returns_to_its_opener(
    page: Page, practice: Practice
) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey, "size: 'invisible'")
    await page.evaluate("signup.onclick = () => hcaptcha.execute()")
    # As a person comes there: a focus that a script sets is not the browser's own until later.
    await page.mouse.click(1, 1)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await shown(page)
    stops = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        stops.append(await page.frames[2].evaluate("document.activeElement.id"))
    assert stops == ["surface", "close", "refresh"] * 2 + ["surface", "close"]
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    assert await page.frames[2].evaluate("document.activeElement.id") == "refresh"
    await page.keyboard.press("Escape")
    await page.wait_for_function("seen.length === 2")
    assert await page.evaluate("document.activeElement.id") == "signup"


@pytest.mark.parametrize("taking", ["signup.focus()", "document.activeElement.blur()"])
@pytest.mark.parametrize("rate", [1, 10])
async def test_a_dialog_takes_back_the_focus_that_the_page_takes_away(
    page: Page, practice: Practice, taking: str, rate: int
) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey, f"size: 'invisible', 'open-callback': () => {{ {taking} }}")
    slowed = await page.context.new_cdp_session(page)
    await slowed.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    await page.evaluate("signup.focus(); hcaptcha.execute()")
    await challenge_of(page).locator('#challenge[data-state="shown"]').wait_for()
    await page.wait_for_function("document.activeElement.tagName === 'IFRAME'")
    await shown(page)
    await page.evaluate(taking)
    await page.wait_for_function("document.activeElement.tagName === 'IFRAME'")
    await page.keyboard.press("Escape")
    await page.wait_for_function("document.activeElement.id === 'signup'")


async def test_a_page_that_keeps_the_focus_for_itself_is_not_fought_for_ever(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey, "size: 'invisible'")
    await page.evaluate(
        "window.taken = 0; signup.onblur = () => setTimeout(() => { window.taken++; signup.focus() }); signup.focus()"
    )
    await page.evaluate("hcaptcha.execute()")
    await page.wait_for_function("taken === 4")
    await page.evaluate("new Promise((settle) => setTimeout(() => setTimeout(settle)))")
    assert await page.evaluate("[taken, document.activeElement.id]") == [4, "signup"]


async def test_a_challenge_in_the_page_is_no_trap_for_the_focus(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey, "'challenge-container': 'two'")
    await page.evaluate(
        "two.after(Object.assign(document.createElement('button'), { id: 'next' })); hcaptcha.execute()"
    )
    await shown(page)
    for _ in range(4):
        await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "next"
    await page.evaluate("new Promise((settle) => setTimeout(() => setTimeout(settle)))")
    assert await page.evaluate("document.activeElement.id") == "next"


@pytest.mark.parametrize("family", ["odd_one_out", "grid"])
async def test_every_target_has_room_on_a_small_screen(page: Page, practice: Practice, family: str) -> None:
    site = await practice.site(family)
    await page.set_viewport_size({"width": 320, "height": 568})
    await rendered(page, practice, site.sitekey)
    await page.evaluate("hcaptcha.execute()")
    await shown(page)
    boxes = [await each.bounding_box() for each in await challenge_of(page).locator("button, #surface").all()]
    assert len(boxes) >= 4
    for box in boxes:
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    for target in ("#checkbox", "#about"):
        small = await checkbox_of(page).locator(target).bounding_box()
        assert small is not None
        assert min(small["width"], small["height"]) >= 24


async def test_who_wants_less_motion_gets_none(page: Page, practice: Practice) -> None:
    await rendered(page, practice, TEST_KEY)
    await state_is(page, "idle")
    await tell(page, "busy")
    turning = "getComputedStyle(document.getElementById('checkbox'), '::before').animationName"
    assert await page.frames[1].evaluate(turning) == "turn"
    await page.emulate_media(reduced_motion="reduce")
    assert await page.frames[1].evaluate(turning) == "none"


async def test_what_happens_is_said_aloud(page: Page, practice: Practice) -> None:
    site = await practice.site()
    await rendered(page, practice, site.sitekey)
    await state_is(page, "idle")
    await tell(page, "error", "rate-limited")
    assert await checkbox_of(page).get_by_role("status").inner_text() == "Too many tries. Please wait a moment"
    await page.evaluate("hcaptcha.execute()")
    await shown(page)
    await state_is(page, "open")
    await challenge_of(page).locator("#surface").press("Enter")
    assert (await challenge_of(page).get_by_role("status").inner_text()).startswith("Mark set at 250, 215")
    assert await page.get_by_role("dialog").get_attribute("aria-modal") == "true"
