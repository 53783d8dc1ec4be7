"""A page with a strict Content-Security-Policy: the documented directives suffice, and none is too many."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser.practice import Practice, challenge_of, checkbox_of, shown, state_is

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOW_TO = Path(__file__).parents[2] / "docs/how-to/add-the-widget.md"
DOCUMENTED = re.findall(r"```http\n(.*?)\n```", HOW_TO.read_text(), re.DOTALL)


def policy(documented: str) -> str:
    """A header of the guide, with nothing else allowed and no text made to script."""
    text = documented.removeprefix("Content-Security-Policy: ").replace("http://127.0.0.1:8480", "{provider}")
    text = text.replace("…", "{nonce}")
    return f"default-src 'none'; require-trusted-types-for 'script'; {text}"


async def until(page: Page, condition: str) -> None:
    """Wait for a condition; Playwright's own way evaluates text, which these policies refuse."""
    look = f"const look = () => {condition} ? settle() : setTimeout(look, 10); look()"
    await page.evaluate(f"new Promise((settle) => {{ {look} }})")


async def rendered_under(page: Page, practice: Practice, under: str, sitekey: str) -> None:
    await page.goto(practice.strict_url(under))
    await until(page, "window.hcaptcha")
    await page.evaluate(f"hcaptcha.render('one', {{ sitekey: '{sitekey}', callback: (token) => passed.push(token) }})")


@pytest.mark.parametrize("documented", DOCUMENTED)
async def test_a_visitor_passes_under_each_documented_policy_and_nothing_is_refused(
    page: Page, practice: Practice, documented: str
) -> None:
    site = await practice.site()
    await rendered_under(page, practice, policy(documented), site.sitekey)
    await checkbox_of(page).locator("#checkbox").click()
    await shown(page)
    target = practice.latest(site.sitekey).answer.targets[0]
    x, y = target.centre
    await challenge_of(page).locator("#surface").click(position={"x": x, "y": y})
    await challenge_of(page).locator("#submit").click()
    await state_is(page, "checked")
    (token,) = await page.evaluate("passed")
    assert (await practice.verify(token, site))["success"] is True
    assert await page.evaluate("refused") == []
    assert await page.locator("#one iframe").evaluate("frame => [frame.clientWidth, frame.clientHeight]") == [302, 76]


async def test_the_guide_names_an_address_and_a_nonce_with_strict_dynamic() -> None:
    assert len(DOCUMENTED) == 2
    assert "strict-dynamic" in DOCUMENTED[1]


@pytest.mark.parametrize("documented", DOCUMENTED)
async def test_without_the_frames_directive_the_page_refuses_both_frames(
    page: Page, practice: Practice, documented: str
) -> None:
    """The control."""
    site = await practice.site()
    without = re.sub(r"; frame-src [^;]+", "", policy(documented))
    assert without != policy(documented)
    await rendered_under(page, practice, without, site.sitekey)
    await until(page, "refused.length >= 2")
    assert set(await page.evaluate("refused")) == {"frame-src"}


async def test_without_nonce_or_address_the_page_refuses_the_script(page: Page, practice: Practice) -> None:
    """The control."""
    await page.goto(practice.strict_url("script-src 'sha256-AAAA'; frame-src {provider}"))
    await page.wait_for_load_state()
    assert await page.evaluate("typeof hcaptcha") == "undefined"
