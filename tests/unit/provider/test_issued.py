"""Issued challenges: one answer each, in time, and the same pictures from the same seed."""

import asyncio
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import Reply
from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.pixels import decode_picture, pixel_digest
from captcha_range.core.regions import Regions
from captcha_range.provider.issued import ChallengeUnanswerable, Judgement, ReplyMisfit, View
from captcha_range.provider.observation import Opening
from captcha_range.provider.plane import Provider
from captcha_range.provider.records import Record
from captcha_range.provider.sites import Site
from tests.visits import observed, register, right_reply, wrong_reply

SITEKEY = "abcdef00-0000-4000-8000-000000000001"


class Shown(NamedTuple):
    """A challenge as the visitor sees it, and as the operator does."""

    view: View
    record: Record


async def show(provider: Provider, site: Site, language: str = "en") -> Shown:
    view = await provider.issued.issue(site, "shop.localhost", language, Opening(observed(provider.clock.now())))
    return Shown(view, provider.records.latest(site.sitekey, 1)[0])


async def answer(provider: Provider, site: Site, shown: Shown, reply: Reply) -> Judgement:
    answered = observed(provider.clock.now())
    return await provider.database.write(
        lambda c: provider.issued.judge(c, site.sitekey, shown.view.challenge, (reply,), answered)
    )


def another_provider(file: Path, seed: bytes = b"tests") -> Provider:
    return Provider(file, seed=seed, pepper=b"p", clock=StillClock(), fence=Fence(), regions=Regions())


@pytest.fixture(params=["odd_one_out", "grid"])
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def site(provider: Provider, family: str) -> Site:
    return (await register(provider, families=(family,), level=1))[0]


async def test_a_right_answer_passes(provider: Provider, site: Site, clock: StillClock) -> None:
    shown = await show(provider, site)
    clock.advance(9)
    judged = await answer(provider, site, shown, right_reply(shown.record.answer))
    assert judged.passed
    assert judged.hostname == "shop.localhost"
    assert judged.passage.answered.at - judged.passage.opening.loaded.at == 9


async def test_a_wrong_answer_does_not(provider: Provider, site: Site) -> None:
    shown = await show(provider, site)
    assert not (await answer(provider, site, shown, wrong_reply(shown.record.answer))).passed


@pytest.mark.parametrize("is_first_right", [True, False])
async def test_a_challenge_takes_one_answer_only(provider: Provider, site: Site, is_first_right: bool) -> None:
    shown = await show(provider, site)
    right, wrong = right_reply(shown.record.answer), wrong_reply(shown.record.answer)
    await answer(provider, site, shown, right if is_first_right else wrong)
    for again in (right, wrong):
        with pytest.raises(ChallengeUnanswerable):
            await answer(provider, site, shown, again)
    assert provider.records.latest(site.sitekey, 1)[0].passed is is_first_right


async def test_of_many_answers_at_once_one_is_taken(provider: Provider, site: Site) -> None:
    shown = await show(provider, site)
    reply = right_reply(shown.record.answer)
    outcomes = await asyncio.gather(*[answer(provider, site, shown, reply) for _ in range(32)], return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(Judgement) == 1


@pytest.mark.parametrize(("age", "is_taken"), [(119.9, True), (120.0, False), (1_000_000.0, False)])
async def test_an_answer_must_come_within_120_seconds(
    provider: Provider, clock: StillClock, age: float, is_taken: bool
) -> None:
    site, _ = await register(provider, families=("grid",), level=1)
    shown = await show(provider, site)
    assert shown.view.expires_in == 120
    clock.advance(age)
    picture_id = shown.view.picture.removeprefix("/picture/").removesuffix(".jpg")
    assert (provider.issued.picture(picture_id) is not None) is is_taken
    if is_taken:
        assert (await answer(provider, site, shown, right_reply(shown.record.answer))).passed
    else:
        with pytest.raises(ChallengeUnanswerable):
            await answer(provider, site, shown, right_reply(shown.record.answer))


async def test_a_challenge_can_only_be_answered_at_its_own_site(provider: Provider) -> None:
    site, _ = await register(provider, families=("grid",), level=1)
    other, _ = await register(provider)
    shown = await show(provider, site)
    with pytest.raises(ChallengeUnanswerable):
        await answer(provider, other, shown, right_reply(shown.record.answer))
    assert (await answer(provider, site, shown, right_reply(shown.record.answer))).passed


async def test_an_unknown_challenge_cannot_be_answered(provider: Provider, site: Site) -> None:
    shown = await show(provider, site)
    unknown = Shown(msgspec.structs.replace(shown.view, challenge="x"), shown.record)
    with pytest.raises(ChallengeUnanswerable):
        await answer(provider, site, unknown, right_reply(shown.record.answer))


async def test_the_same_seed_shows_the_same_pictures_in_two_providers(provider: Provider, tmp_path: Path) -> None:
    twin, stranger = another_provider(tmp_path / "twin"), another_provider(tmp_path / "stranger", seed=b"another")
    shown: list[list[tuple[bytes, str]]] = []
    for each in (provider, twin, stranger):
        site, _ = await register(each, sitekey=SITEKEY)
        records = [(await show(each, site)).record for _ in range(6)]
        shown.append([(record.picture, str(record.answer)) for record in records])
    twin.close()
    stranger.close()
    assert shown[0] == shown[1]
    assert not set(shown[0]) & set(shown[2])


async def test_ids_do_not_come_from_the_seed(provider: Provider, tmp_path: Path) -> None:
    twin = another_provider(tmp_path / "twin")
    ids = []
    for each in (provider, twin):
        site, _ = await register(each, sitekey=SITEKEY)
        view = (await show(each, site)).view
        ids += [view.challenge, view.picture]
    twin.close()
    assert len(set(ids)) == 4


async def test_a_site_never_shows_the_same_challenge_again_also_after_reopening(tmp_path: Path) -> None:
    pictures: list[bytes] = []
    for _ in range(3):
        provider = another_provider(tmp_path / "kept")
        found = provider.sites.find(SITEKEY)
        site = (await register(provider, sitekey=SITEKEY))[0] if found is None else found
        pictures += [(await show(provider, site)).record.picture for _ in range(2)]
        provider.close()
    assert len(set(pictures)) == 6


async def test_challenges_asked_for_at_the_same_moment_are_different_ones(provider: Provider, site: Site) -> None:
    await asyncio.gather(*[show(provider, site) for _ in range(8)])
    records = provider.records.latest(site.sitekey, 100)
    assert len({record.picture for record in records}) == len({record.challenge for record in records}) == 8


async def test_two_sites_do_not_see_each_others_pictures(provider: Provider) -> None:
    one, other = (await register(provider))[0], (await register(provider))[0]
    assert (await show(provider, one)).record.picture != (await show(provider, other)).record.picture


async def test_the_view_tells_what_a_person_sees_and_nothing_else(provider: Provider, site: Site, family: str) -> None:
    shown = await show(provider, site)
    assert set(View.__struct_fields__) == {
        "challenge",
        "family",
        "prompt",
        "replies_with",
        "picture",
        "width",
        "height",
        "tiles",
        "points",
        "piece",
        "choices",
        "expires_in",
        "further_rounds",
    }
    assert (shown.view.family, shown.view.prompt) == (family, shown.record.prompt)
    assert shown.view.replies_with == {"odd_one_out": "points", "grid": "tiles"}[family]
    assert len(shown.view.tiles) == {"odd_one_out": 0, "grid": 9}[family]
    height, width = decode_picture(shown.record.picture).shape[:2]
    assert (shown.view.width, shown.view.height) == (width, height)


@pytest.mark.parametrize(
    ("language", "is_chinese"),
    [("zh", True), ("zh-CN", True), ("ZH-tw", True), ("en", False), ("en-US", False), ("de", False), ("", False)],
)
async def test_the_prompt_comes_in_the_visitors_language(provider: Provider, language: str, is_chinese: bool) -> None:
    site, _ = await register(provider, families=("grid",), level=1)
    prompt = (await show(provider, site, language)).view.prompt
    assert prompt.isascii() is not is_chinese


async def test_the_journal_tells_of_the_challenge_and_its_answer(provider: Provider, site: Site) -> None:
    shown = await show(provider, site)
    await answer(provider, site, shown, wrong_reply(shown.record.answer))
    entries = provider.database.read(journal.entries)
    assert [entry.event for entry in entries] == ["ChallengeIssued", "ChallengeAnswered"]
    assert {entry.subject for entry in entries} == {shown.view.challenge}
    assert entries[1].facts == {"call": "checkcaptcha", "sitekey": site.sitekey, "passed": False}


async def test_the_record_keeps_the_reply_and_the_outcome(provider: Provider, site: Site, clock: StillClock) -> None:
    shown = await show(provider, site)
    assert (shown.record.reply, shown.record.passed, shown.record.answered_at) == (None, None, None)
    clock.advance(5)
    reply = right_reply(shown.record.answer)
    await answer(provider, site, shown, reply)
    record = provider.records.latest(site.sitekey, 1)[0]
    assert (record.reply, record.passed, record.answered_at) == (reply, True, clock.now())


async def test_records_come_latest_first_and_no_more_than_asked_for(provider: Provider) -> None:
    site, _ = await register(provider, level=1)
    views = [(await show(provider, site)).view.challenge for _ in range(4)]
    assert [record.challenge for record in provider.records.latest(site.sitekey, 3)] == views[:0:-1]
    assert provider.records.latest("another", 3) == []


ABSURD = {
    "points": [Reply(), Reply(points=((1e308, -1e308),)), Reply(points=((1.0, 1.0),) * 1_000)],
    "tiles": [Reply(), Reply(tiles=(10**30, -(10**30)))],
}


@pytest.mark.parametrize("number", range(3))
async def test_an_absurd_reply_is_only_wrong(provider: Provider, site: Site, number: int) -> None:
    shown = await show(provider, site)
    replies = ABSURD[shown.view.replies_with]
    reply = replies[number % len(replies)]
    assert not (await answer(provider, site, shown, reply)).passed
    assert provider.records.latest(site.sitekey, 1)[0].reply == reply


@pytest.mark.parametrize("family", sorted(FAMILIES))
async def test_a_reply_of_another_kind_is_refused_and_takes_no_try(provider: Provider, family: str) -> None:
    site, _ = await register(provider, families=(family,), level=1)
    shown = await show(provider, site)
    kind = shown.view.replies_with
    for reply in (Reply(angle=1.0, number=1), Reply(box=(1, 1, 9, 9), choice=0), Reply(points=((1, 1),), tiles=(1,))):
        with pytest.raises(ReplyMisfit, match=f"answered with `{kind}` alone"):
            await answer(provider, site, shown, reply)
    assert provider.records.latest(site.sitekey, 1)[0].answered_at is None


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_the_choices_are_shown_in_the_language_of_the_question(provider: Provider, language: str) -> None:
    site, _ = await register(provider, families=("text",), level=1)
    view = await provider.issued.issue(site, "shop.localhost", language, Opening(observed(0.0)))
    assert len(view.choices) == 5
    assert all(word in view.prompt for word in view.choices)


async def test_the_desk_knows_a_picture_by_its_pixels(provider: Provider, site: Site) -> None:
    shown = await show(provider, site)
    attested = provider.desk.attest(pixel_digest(decode_picture(shown.record.picture)))
    assert attested is not None
    assert attested.challenge == shown.view.challenge
