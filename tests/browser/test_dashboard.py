"""The dashboard of a running range, in a real browser: how it opens, and each of its views."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, expect

from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHOP = "http://127.0.0.1:5000"


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaunchedRange]:
    with LaunchedRange(tmp_path_factory.mktemp("dashboard") / "data", "--log-format", "json") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(operators_browser: Browser) -> AsyncIterator[Page]:
    context = await operators_browser.new_context()
    yield await context.new_page()
    await context.close()


async def opened(page: Page, launched: LaunchedRange, view: str = "sites") -> None:
    """Open a view with a fresh ticket, in a new document."""
    await page.goto("about:blank")
    await page.goto(f"{launched.provider_url}/dashboard#ticket={launched.provider.dashboard_ticket()}")
    await page.locator("#view").wait_for()
    await page.evaluate("(view) => { location.hash = view }", view)
    await page.locator(f"#view[data-view={view.split('?')[0]}] h1").wait_for()


def site_of(launched: LaunchedRange, name: str, **fields: Any) -> tuple[str, str]:
    made = launched.provider.add_site([SHOP], name=name, **fields)
    return made["site"]["sitekey"], made["secret"]


def verify(launched: LaunchedRange, **form: str) -> Any:
    return call("POST", f"{launched.provider_url}/siteverify", form=form).json()


async def test_a_ticket_opens_it_once_and_leaves_neither_itself_nor_the_key_in_any_address_or_log(
    page: Page, launched: LaunchedRange
) -> None:
    key = (launched.data_dir / "provider-admin.key").read_text().strip()
    ticket = launched.announcement["dashboard_ticket"]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{launched.announcement['dashboard_url']}#ticket={ticket}")
    await page.get_by_role("heading", name="Sites", exact=True).wait_for()
    assert page.url == f"{launched.provider_url}/dashboard"
    for view in ("Journal", "Challenges", "Scenarios", "Health"):
        await page.get_by_role("link", name=view).click()
        await page.get_by_role("heading", name=view, exact=True).wait_for()
    await page.reload()
    await page.get_by_role("heading", name="Health", exact=True).wait_for()
    log = Path(f"{launched.data_dir}.log").read_text()
    assert "/dashboard/key" in log  # the control: the trade itself is in the log
    assert len(asked) > 10
    assert [text for text in [log, page.url, *asked] if key in text or ticket in text.split("#")[0]] == []
    await page.get_by_role("button", name="Forget the key").click()
    await page.goto("about:blank")
    await page.goto(f"{launched.announcement['dashboard_url']}#ticket={ticket}")
    await expect(page.get_by_role("alert")).to_contain_text("was used before")
    assert ticket not in page.url


async def test_a_link_also_opens_it_in_a_tab_that_is_there_already(page: Page, launched: LaunchedRange) -> None:
    await page.goto(f"{launched.provider_url}/dashboard")
    await page.get_by_label("Admin key").wait_for()
    for _ in range(2):
        await page.goto(f"{launched.provider_url}/dashboard#ticket={launched.provider.dashboard_ticket()}")
        await page.get_by_role("heading", name="Sites", exact=True).wait_for()
        assert "ticket" not in page.url


async def test_the_admin_key_opens_it_and_a_wrong_one_does_not(page: Page, launched: LaunchedRange) -> None:
    await page.goto(f"{launched.provider_url}/dashboard")
    field = page.get_by_label("Admin key")
    await field.fill("cr_admin_wrong")
    await field.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The range does not know this key.")
    await field.fill((launched.data_dir / "provider-admin.key").read_text())
    await field.press("Enter")
    await page.get_by_role("heading", name="Sites", exact=True).wait_for()


async def test_a_site_is_added_with_its_code_and_its_secret_rotated_and_deleted(
    page: Page, launched: LaunchedRange
) -> None:
    await opened(page, launched)
    await page.get_by_role("button", name="Add a site").click()
    await page.get_by_label("Name").fill("Shop <img src=x>")
    await page.get_by_label("Origins").fill("http://8.8.8.8")
    await page.get_by_role("button", name="Add the site").click()
    await expect(page.get_by_role("alert")).to_contain_text("outside the range")
    await page.get_by_label("Origins").fill(f"{SHOP}\nhttp://localhost:3000")
    await page.get_by_role("button", name="Add the site").click()
    card = page.get_by_role("article", name="Shop <img src=x>")
    secret = await card.locator(".note code").inner_text()
    sitekey = await card.get_attribute("data-sitekey")
    assert verify(launched, secret=secret, response="x")["error-codes"] == ["invalid-input-response"]
    await card.get_by_text("Code for the page and the server").click()
    for language in ("HTML", "Python", "Node", "PHP", "Ruby", "Go", "curl"):
        await card.get_by_role("tab", name=language, exact=True).click()
        code = await card.locator("pre").inner_text()
        wanted = (f"{launched.provider_url}/1/api.js", sitekey) if language == "HTML" else (secret, "/siteverify")
        assert all(text in code for text in wanted if text), language
    await card.get_by_role("button", name="Rotate secret").click()
    await expect(card.locator(".note code")).not_to_have_text(secret)
    await card.get_by_role("button", name="Refuse the former one now").click()
    await expect(page.get_by_role("status").get_by_text("refused from now on")).to_be_visible()
    await card.get_by_role("button", name="Delete").click()
    await page.get_by_role("button", name="Delete the site").click()
    await expect(card).to_have_count(0)
    assert sitekey not in [site["sitekey"] for site in launched.provider.sites()]


async def test_the_python_code_that_is_copied_runs(page: Page, launched: LaunchedRange) -> None:
    await opened(page, launched)
    await page.get_by_role("button", name="Add a site").click()
    await page.get_by_label("Name").fill("Runs")
    await page.get_by_label("Rounds").select_option("2")
    await page.get_by_role("button", name="Add the site").click()
    card = page.get_by_role("article", name="Runs")
    await expect(card.get_by_text("2 rounds")).to_be_visible()
    await card.get_by_text("Code for the page and the server").click()
    await card.get_by_role("tab", name="Python").click()
    code = (await card.locator("pre").inner_text()).replace("import requests", "")
    sent: list[Any] = []

    class Requests:
        """The library's one call, over this project's own client."""

        @staticmethod
        def post(url: str, data: dict[str, str], timeout: int) -> Any:
            sent.append(call("POST", url, form=data, timeout=timeout))
            return sent[-1]

    names: dict[str, Any] = {"requests": Requests, "form": {"h-captcha-response": "x"}}
    exec(code, names)  # noqa: S102 - what the dashboard shows is what is tested
    assert names["passed"] is False
    assert sent[0].json()["error-codes"] == ["invalid-input-response"]


async def test_the_journal_tells_live_why_a_token_was_refused_and_filters(page: Page, launched: LaunchedRange) -> None:
    sitekey, secret = site_of(launched, "Journal's")
    _, other = site_of(launched, "Another")
    verify(launched, secret=other, token="x")
    await opened(page, launched, "journal")
    await expect(page.locator(".live")).to_have_text("Live")
    verify(launched, secret=secret, response="E0_x")
    first = page.locator(".entry").first
    await expect(first).to_contain_text("Token refused")
    await expect(first).to_contain_text("that is a response key (getRespKey); send the token (getResponse)")
    await page.get_by_label("Code").fill("missing-input-response")
    await page.get_by_label("Code").press("Enter")
    await expect(page.locator(".entry")).to_have_count(1)
    await expect(first).to_contain_text("send it as `response`")
    await page.evaluate("(site) => { location.hash = `journal?site=${site}` }", sitekey)
    await expect(page.locator(".entry")).to_have_count(1)
    await expect(first).to_contain_text("Journal's")
    await page.get_by_role("button", name="Pause").click()
    verify(launched, secret=secret, response="E0_y")
    await page.get_by_role("button", name="Go on").click()
    await expect(page.locator(".entry")).to_have_count(2)


async def test_a_score_is_shown_with_its_reasons(page: Page, launched: LaunchedRange) -> None:
    sitekey, secret = site_of(launched, "Scored", enterprise=True, mode="passive")
    opened_by = call("POST", f"{launched.provider_url}/getcaptcha/{sitekey}", json={"origin": SHOP}).json()
    await opened(page, launched, f"journal?site={sitekey}")
    await expect(page.locator(".live")).to_have_text("Live")
    verify(launched, secret=secret, response=opened_by["token"], remoteip="10.9.8.7")
    score = page.locator(".entry .score").first
    await expect(score).to_contain_text("Score 0.")
    await expect(score.locator("li").first).to_contain_text("–")


async def test_a_break_of_the_connection_is_shown_and_mended(page: Page, launched: LaunchedRange) -> None:
    _, secret = site_of(launched, "Broken off")
    lost = 0

    async def lose(route: Any) -> None:
        nonlocal lost
        lost += 1
        await (route.abort() if lost == 1 else route.continue_())

    await page.route("**/admin/journal/tail*", lose)
    await opened(page, launched, "journal")
    await expect(page.locator(".live")).to_have_text("Live")
    assert lost == 2
    verify(launched, secret=secret, response="E0_after")
    await expect(page.locator(".entry").first).to_contain_text("Token refused")


async def test_the_gallery_draws_every_family_of_the_range_at_every_level(page: Page, launched: LaunchedRange) -> None:
    await opened(page, launched, "gallery")
    key = (launched.data_dir / "provider-admin.key").read_text().strip()
    told = call("GET", f"{launched.provider_url}/admin/families", headers={"Authorization": f"Bearer {key}"}).json()
    names = [each["family"].replace("_", " ") for each in told["families"]]
    await expect(page.locator(".family h2")).to_have_text(names)
    await expect(page.locator(".drawn")).to_have_count(5 * len(names))
    card = page.locator(".drawn").last
    await card.scroll_into_view_if_needed()
    first = await card.locator("img").get_attribute("src")
    assert first is not None
    await card.get_by_role("button", name="Draw another").click()
    await expect(card.locator("img")).not_to_have_attribute("src", first)
    assert await card.locator("img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") >= 300


async def test_a_challenge_of_the_gallery_is_played_in_the_real_widget(page: Page, launched: LaunchedRange) -> None:
    await opened(page, launched, "gallery")
    await page.get_by_role("button", name="Play: odd one out, level 1").click()
    game = page.get_by_role("dialog", name="odd one out, level 1")
    challenge = page.frame_locator('iframe[title="Main content of the hCaptcha challenge"]')
    await challenge.locator('#challenge[data-state="shown"]').wait_for()
    site = next(each for each in launched.provider.sites() if each["name"] == "odd_one_out, level 1")
    await click_the_answer(launched, site["sitekey"], challenge)
    await expect(game.locator(".told")).to_have_text("Passed: the widget has a token.")
    await game.get_by_role("button", name="Play again").click()
    await challenge.locator('#challenge[data-state="shown"]').wait_for()
    await challenge.locator("#close").click()
    await expect(game.locator(".told")).to_have_text("You closed it.")
    await game.get_by_role("button", name="Close", exact=True).click()
    await expect(page.locator("iframe")).to_have_count(0)
    await page.get_by_role("link", name="Sites").click()
    await expect(page.locator("article", has_text="odd_one_out, level 1")).to_have_count(0)


async def click_the_answer(launched: LaunchedRange, sitekey: str, challenge: FrameLocator) -> None:
    """Click as the operator knows it to be right."""
    shown = await challenge.locator("#challenge").get_attribute("data-challenge")
    record = next(each for each in launched.provider.challenges(sitekey) if each["challenge"] == shown)
    target = record["answer"]["targets"][0]
    surface = challenge.locator("#surface")
    scale = await surface.evaluate("(surface) => surface.clientWidth") / record["width"]
    x, y = (target[at] + target[size] / 2 for at, size in (("x", "width"), ("y", "height")))
    await surface.click(position={"x": x * scale, "y": y * scale})
    await challenge.locator("#submit").click()


async def test_a_scenario_is_switched_on_for_a_site_counts_down_and_is_switched_off(
    page: Page, launched: LaunchedRange
) -> None:
    sitekey, secret = site_of(launched, "Staged")
    await opened(page, launched, "scenarios")
    whom = page.locator("label", has=page.get_by_text("For", exact=True)).locator("select")
    await whom.select_option(sitekey)
    await page.get_by_label("How often").select_option("3")
    await page.get_by_label("Search").fill("too old")
    await expect(page.get_by_role("switch")).to_have_count(1)
    switch = page.get_by_role("switch", name="expired")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")
    assert verify(launched, secret=secret, response="x")["error-codes"] == ["expired-input-response"]
    await expect(page.locator(".staged")).to_contain_text("expiredStaged · 2 left")
    await whom.select_option("")
    await expect(switch).to_have_attribute("aria-checked", "false")
    await whom.select_option(sitekey)
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "false")
    assert launched.provider.stagings() == []
    assert verify(launched, secret=secret, response="x")["error-codes"] == ["invalid-input-response"]


async def test_health_shows_both_planes_and_moves_the_clock(page: Page, launched: LaunchedRange) -> None:
    await opened(page, launched, "health")
    for plane, url in (("provider", launched.provider_url), ("solver", launched.solver_url)):
        card = page.get_by_role("region", name=plane, exact=True)
        await expect(card).to_contain_text(f"{url} · version 0.")
        await expect(card).to_contain_text("ok")
    await page.get_by_role("button", name="30 s").click()
    await expect(page.get_by_role("status").get_by_text("The clock is 30 s further.")).to_be_visible()
    assert launched.provider.journal(event="ClockAdvanced")[-1]["facts"] == {"seconds": 30}


async def test_a_key_that_the_range_no_longer_knows_leads_back_to_the_door(page: Page, launched: LaunchedRange) -> None:
    await opened(page, launched)
    await page.evaluate("sessionStorage.setItem('captcha-range admin key', 'cr_admin_stale')")
    await page.reload()
    await expect(page.get_by_role("alert")).to_have_text("The range does not know this key any more.")
    assert await page.evaluate("sessionStorage.length") == 0
