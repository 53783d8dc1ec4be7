"""Composed challenges in the widget: one question after the other, judged as a whole, for a pointer and a keyboard."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, expect

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.composition import MOST_ROUNDS
from captcha_range.core.pixels import Picture
from captcha_range.provider.records import Record
from captcha_range.provider.stagings import StagingOrder
from captcha_range.recognition.recogniser import Recogniser, Recognition
from tests.browser.practice import Practice, Site, challenge_of, checkbox_of, rendered, shown, state_is
from tests.browser.test_browser_worker import Working
from tests.browser.test_widget_access import LANGUAGES, violations
from tests.browser.test_widget_families import aim, click_all, places
from tests.contract.client_environment import PROJECT, client_node_modules

pytestmark = pytest.mark.asyncio(loop_scope="module")
EACH_NUMBER = pytest.mark.parametrize("rounds", range(2, MOST_ROUNDS + 1))


@pytest.fixture(scope="module")
def axe() -> str:
    return (client_node_modules(PROJECT / "tests" / "browser" / "pages") / "axe-core" / "axe.min.js").read_text()


async def begun(page: Page, practice: Practice, rounds: int, config: str = "", **fields: Any) -> Site:
    """The first round of a composed challenge is shown."""
    site = await practice.site(**{"families": ("odd_one_out", "grid"), "rounds": rounds, **fields})
    await rendered(page, practice, site.sitekey, config)
    await page.evaluate("void hcaptcha.execute(id, { async: true }).then(note('resolved'), note('rejected'))")
    await shown(page)
    return site


async def go_through(page: Page, records: list[Record], wrong: int = 0) -> None:
    """Reply to every round with the pointer, to the one with the number `wrong` wrongly."""
    submit = challenge_of(page).locator("#submit")
    for record in records:
        await shown(page, round_number=record.round)
        assert await submit.is_disabled()
        if record.round == wrong:
            await challenge_of(page).locator("#surface").click(position={"x": 1, "y": 1})
        else:
            await click_all(page, record)
        await submit.click()


@EACH_NUMBER
async def test_each_round_replaces_the_one_before_and_all_of_them_earn_one_token(
    page: Page, practice: Practice, rounds: int
) -> None:
    site = await begun(page, practice, rounds)
    frame, records = challenge_of(page), practice.rounds(site.sitekey)
    assert len(records) == rounds
    for record in records:
        await shown(page, round_number=record.round)
        await expect(frame.locator("#prompt")).to_have_text(record.prompt)
        await expect(frame.locator("#step")).to_have_text(f"Part {record.round} of {rounds}")
        await expect(frame.locator("#submit")).to_have_text("Next" if record.round < rounds else "Verify")
        assert await frame.locator(".mark, .tile[aria-pressed=true]").count() == 0
        await click_all(page, record)
        await frame.locator("#submit").click()
    await page.wait_for_function("seen.some(([name]) => name === 'callback')")
    token = await page.evaluate("hcaptcha.getResponse()")
    assert (await practice.verify(token, site))["success"] is True
    assert [name for name, _ in await page.evaluate("seen")].count("open-callback") == 1


async def test_a_challenge_of_one_round_shows_no_counter(page: Page, practice: Practice) -> None:
    await begun(page, practice, 1)
    await expect(challenge_of(page).locator("#step")).to_be_hidden()
    await expect(challenge_of(page).locator("#submit")).to_have_text("Verify")


@pytest.mark.parametrize("wrong", [1, 2])
async def test_nothing_is_sent_before_the_last_round_and_a_wrong_one_is_not_named(
    page: Page, practice: Practice, wrong: int
) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if "captcha/" in request.url:
            asked.append(request.url.split("/")[3])

    site = await begun(page, practice, 2, families=("odd_one_out",))
    page.on("request", note)
    first = practice.latest(site.sitekey).challenge
    await go_through(page, practice.rounds(site.sitekey), wrong)
    await shown(page, after=first)
    assert asked == ["checkcaptcha", "getcaptcha"]
    await expect(challenge_of(page).locator("#news")).to_have_text("That was not right. Here is another one.")
    await expect(challenge_of(page).locator("#step")).to_have_text("Part 1 of 2")
    await go_through(page, practice.rounds(site.sitekey))
    await state_is(page, "checked")


async def test_the_keyboard_alone_goes_through_all_rounds(page: Page, practice: Practice) -> None:
    site = await practice.site(families=("odd_one_out", "grid"), rounds=3)
    await page.goto(practice.page_url(site.sitekey))
    await checkbox_of(page).locator("#checkbox").press("Enter")
    await shown(page)
    for record in practice.rounds(site.sitekey):
        await shown(page, round_number=record.round)
        await page.keyboard.press("Tab")
        if FAMILIES[record.family].replies_with == "tiles":
            for number in range(9):
                if number in record.answer.tiles:
                    await page.keyboard.press("Space")
                await page.keyboard.press("Tab")
        else:
            await aim(page, (record.width / 2, record.height / 2), places(record)[0])
            await page.keyboard.press("Tab")
        for _ in ("close", "refresh", "modality"):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
    await checkbox_of(page).locator('#checkbox[aria-checked="true"]').wait_for()
    assert (await practice.verify(await page.evaluate("hcaptcha.getResponse()"), site))["success"] is True


async def test_the_focus_goes_to_the_next_question_whose_description_is_its_number(
    page: Page, practice: Practice
) -> None:
    site = await begun(page, practice, 2)
    first, second = practice.rounds(site.sitekey)
    prompt = challenge_of(page).locator("#prompt")
    await expect(prompt).to_have_accessible_description("Part 1 of 2")
    await click_all(page, first)
    await challenge_of(page).locator("#submit").press("Enter")
    await shown(page, round_number=2)
    await expect(prompt).to_be_focused()
    await expect(prompt).to_have_accessible_name(second.prompt)
    await expect(prompt).to_have_accessible_description("Part 2 of 2")
    await expect(challenge_of(page).locator("#news")).to_have_text("")


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
async def test_axe_finds_nothing_in_any_round(page: Page, practice: Practice, axe: str, theme: str) -> None:
    await page.emulate_media(reduced_motion="reduce")
    site = await begun(page, practice, 3, f"theme: '{theme}', hl: '{'ar' if theme == 'dark' else 'en'}'")
    for record in practice.rounds(site.sitekey):
        await shown(page, round_number=record.round)
        assert await violations(page.frames[2], axe) == [], record.round
        await click_all(page, record)
        assert await violations(page.frames[2], axe) == [], record.round
        await challenge_of(page).locator("#submit").click()
    await state_is(page, "checked")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_counter_and_button_are_said_in_every_language_and_have_room(
    page: Page, practice: Practice, language: str
) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    site = await begun(page, practice, 2, f"hl: '{language}'")
    frame, first = challenge_of(page), practice.latest(site.sitekey)
    said: list[tuple[str, str]] = []
    for round_number in (1, 2):
        await shown(page, round_number=round_number)
        said.append((await frame.locator("#step").inner_text(), await frame.locator("#submit").inner_text()))
        assert str(round_number) in said[-1][0]
        assert "2" in said[-1][0]
        for box in [await each.bounding_box() for each in await frame.locator("button:visible, #step").all()]:
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 320
        for button in await frame.locator("footer button").all():
            size = await button.bounding_box()
            assert size is not None
            assert min(size["width"], size["height"]) >= 24
        if round_number == 1:
            await click_all(page, first)
            await frame.locator("#submit").click()
    assert said[0][1] != said[1][1]
    assert (language == "en") is (said[0] == ("Part 1 of 2", "Next"))


async def test_another_challenge_begins_with_its_first_round(page: Page, practice: Practice) -> None:
    site = await begun(page, practice, 2)
    first, _ = practice.rounds(site.sitekey)
    await click_all(page, first)
    await challenge_of(page).locator("#submit").click()
    await shown(page, round_number=2)
    await challenge_of(page).locator("#refresh").click()
    await shown(page, after=first.challenge)
    await go_through(page, practice.rounds(site.sitekey))
    await state_is(page, "checked")


async def test_closing_in_a_later_round_ends_the_challenge(page: Page, practice: Practice) -> None:
    site = await begun(page, practice, 2)
    await click_all(page, practice.latest(site.sitekey))
    await challenge_of(page).locator("#submit").click()
    await shown(page, round_number=2)
    await page.keyboard.press("Escape")
    await page.wait_for_function("seen.length === 3")
    assert sorted(map(tuple, await page.evaluate("seen"))) == [
        ("close-callback", None),
        ("open-callback", None),
        ("rejected", "challenge-closed"),
    ]
    assert practice.latest(site.sitekey).answered_at is None


async def test_all_rounds_together_have_two_minutes(page: Page, practice: Practice) -> None:
    await page.clock.install()
    site = await begun(page, practice, 2)
    await page.clock.run_for(90_000)
    await click_all(page, practice.latest(site.sitekey))
    await challenge_of(page).locator("#submit").click()
    await shown(page, round_number=2)
    assert await page.evaluate("seen.length") == 1
    await page.clock.run_for(11_000)
    await expect(challenge_of(page).locator("#news")).to_contain_text("20 seconds left")
    await page.clock.run_for(20_000)
    await page.wait_for_function("seen.length === 3")
    ended = [tuple(each) for each in await page.evaluate("seen.slice(1)")]
    assert sorted(ended) == [("chalexpired-callback", None), ("rejected", "challenge-expired")]


async def test_a_picture_of_a_later_round_that_does_not_load_is_a_network_error(page: Page, practice: Practice) -> None:
    site = await begun(page, practice, 2)
    await page.route("**/picture/*", lambda route: route.abort())
    await click_all(page, practice.latest(site.sitekey))
    await challenge_of(page).locator("#submit").click()
    await page.wait_for_function("seen.length === 3")
    assert ["rejected", "network-error"] in await page.evaluate("seen")


async def test_a_reset_while_the_next_round_loads_shows_nothing_more(page: Page, practice: Practice) -> None:
    site = await begun(page, practice, 2)
    held: asyncio.Future[Route] = asyncio.get_running_loop().create_future()

    async def hold(route: Route) -> None:
        held.set_result(route)

    await page.route("**/picture/*", hold)
    await click_all(page, practice.latest(site.sitekey))
    await challenge_of(page).locator("#submit").click()
    route = await held
    root = challenge_of(page).locator("#challenge")
    await expect(root).to_have_attribute("data-state", "loading")
    await expect(root).to_have_attribute("aria-busy", "true")
    await page.evaluate("hcaptcha.reset()")
    await route.continue_()
    await page.wait_for_function("seen.length === 2")
    await expect(root).to_have_attribute("data-state", "stopped")


@pytest.mark.parametrize(
    ("scenario", "callback"), [("challenge-closed", "close"), ("challenge-expired", "chalexpired")]
)
async def test_staged_scenarios_happen_to_composed_challenges_too(
    page: Page, practice: Practice, scenario: str, callback: str
) -> None:
    site = await practice.site(rounds=2)
    practice.provider.stagings.add(StagingOrder(scenario=scenario, sitekey=site.sitekey, requests=1))
    await rendered(page, practice, site.sitekey)
    await page.evaluate("hcaptcha.execute()")
    await page.wait_for_function(f"seen.some(([name]) => name === '{callback}-callback')")
    await page.evaluate("hcaptcha.execute()")
    await shown(page)
    await expect(challenge_of(page).locator("#step")).to_have_text("Part 1 of 2")


@EACH_NUMBER
async def test_the_browser_worker_goes_through_all_rounds(practice: Practice, working: Working, rounds: int) -> None:
    site = await practice.site(families=("odd_one_out", "grid"), rounds=rounds)
    solution = await working().solve(practice.order(site.sitekey))
    assert (await practice.verify(solution.token, site))["success"] is True
    assert all(record.passed for record in practice.rounds(site.sitekey))


class WrongAtFirst:
    """Points beside everything in the second round of the first challenge; then asks `eye`."""

    name = "wrong at first"
    families = frozenset({"odd_one_out", "grid"})

    def __init__(self, eye: Recogniser) -> None:
        self.looks = 0
        self._eye = eye

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        self.looks += 1
        if self.looks == 2:
            return Recognition("odd_one_out", ((1.0, 1.0),), 0.1)
        return self._eye.recognise(picture, question)


async def test_the_browser_worker_counts_challenges_and_not_their_rounds(practice: Practice, working: Working) -> None:
    site = await practice.site(rounds=2)
    eye = WrongAtFirst(working()._recogniser)
    solution = await working(recogniser=eye).solve(practice.order(site.sitekey))
    issued = {record.challenge for record in practice.provider.records.latest(site.sitekey, 100)}
    assert solution.effort is not None
    assert solution.effort.tries == len(issued)
    assert len(issued) >= 2
