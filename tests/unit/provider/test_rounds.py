"""Composed challenges: issued as one, judged as a whole, and nothing is told of a single round."""

import itertools
import json
from typing import Any

import msgspec
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import Answer, Reply
from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.core.perceptual_hash import perceptual_hash
from captcha_range.core.pixels import decode_picture, pixel_digest
from captcha_range.provider.issued import ChallengeUnanswerable, ReplyMisfit, Round, View
from captcha_range.provider.plane import Provider
from captcha_range.provider.records import Record
from captcha_range.provider.routes import create_app
from captcha_range.provider.sites import Site
from captcha_range.provider.widget import AnswerRequest, ChallengeRequest, Pass, Visitor
from tests.contract.raw_http import Connection, request
from tests.served import served
from tests.visits import BROWSER, ORIGIN, register, right_reply, wrong_reply

VISITOR = Visitor("127.0.20.5", BROWSER)
ROUNDS = pytest.mark.parametrize("rounds", [2, 3])


async def ask(provider: Provider, site: Site, **fields: Any) -> View:
    opened = await provider.widget.open(site.sitekey, ChallengeRequest(origin=ORIGIN, **fields), VISITOR)
    assert isinstance(opened, View)
    return opened


def rounds_of(provider: Provider, site: Site) -> list[Record]:
    """The rounds of the site's latest challenge."""
    records = provider.records.latest(site.sitekey, 3)
    return [record for record in records if record.challenge == records[0].challenge]


def replies(records: list[Record], rights: tuple[bool, ...]) -> tuple[Reply, ...]:
    return tuple(
        right_reply(record.answer) if right else wrong_reply(record.answer)
        for record, right in zip(records, rights, strict=True)
    )


async def answer(provider: Provider, site: Site, view: View, given: tuple[Reply, ...] | Reply) -> Pass | None:
    return await provider.widget.answer(site.sitekey, view.challenge, AnswerRequest(given), VISITOR)


@ROUNDS
async def test_a_composed_challenge_shows_a_round_of_each_family_and_a_picture_for_each(
    provider: Provider, rounds: int
) -> None:
    site, _ = await register(provider, rounds=rounds)
    view = await ask(provider, site)
    shown: list[Round] = [view, *view.further_rounds]
    records = rounds_of(provider, site)
    assert [record.round for record in records] == list(range(1, rounds + 1))
    assert {record.challenge for record in records} == {view.challenge}
    assert len({each.picture for each in shown}) == rounds
    assert {each.family for each in shown} == set(site.families)
    for each, record in zip(shown, records, strict=True):
        assert (each.family, each.prompt) == (record.family, record.prompt)
        assert each.replies_with == FAMILIES[each.family].replies_with
        path = each.picture.removeprefix("/picture/").removesuffix(".jpg")
        assert provider.issued.picture(path) == record.picture


async def test_a_challenge_of_one_round_looks_as_it_always_did(provider: Provider) -> None:
    site, _ = await register(provider)
    told = json.loads(msgspec.json.encode(await ask(provider, site)))
    assert "further_rounds" not in told
    assert set(told) == {*Round.__struct_fields__, "challenge", "expires_in"}


async def test_further_rounds_come_in_the_visitors_language_and_tell_what_a_round_tells(provider: Provider) -> None:
    site, _ = await register(provider, families=("text",), level=1, rounds=3)
    view = await ask(provider, site, language="zh-CN")
    for each in view.further_rounds:
        assert not each.prompt.isascii()
        assert all(word in each.prompt for word in each.choices)
    told = json.loads(msgspec.json.encode(view))["further_rounds"]
    assert [set(each) for each in told] == [set(Round.__struct_fields__)] * 2


@ROUNDS
async def test_a_token_is_earned_when_every_round_is_right_and_only_then(provider: Provider, rounds: int) -> None:
    site, secret = await register(provider, rounds=rounds)
    for rights in itertools.product([True, False], repeat=rounds):
        view = await ask(provider, site)
        earned = await answer(provider, site, view, replies(rounds_of(provider, site), rights))
        assert (earned is not None) is all(rights), rights
        if earned is not None:
            assert (await provider.siteverify.verify({"response": earned.token, "secret": secret}))["success"] is True


@ROUNDS
async def test_a_wrong_round_is_not_told_apart_from_another(provider: Provider, rounds: int) -> None:
    """Whichever rounds are wrong: the same bytes, but for the date."""
    site, _ = await register(provider, rounds=rounds)
    heard = set()
    async with served(create_app(provider)) as url, await Connection.open(url) as visitor:
        for rights in itertools.product([True, False], repeat=rounds):
            view = await ask(provider, site)
            body = msgspec.json.encode({"reply": replies(rounds_of(provider, site), rights)})
            path = f"/checkcaptcha/{site.sitekey}/{view.challenge}"
            judged = await visitor.ask(request("POST", path, body, "application/json"))
            assert (b'"pass":true' in judged.body) is all(rights)
            if not all(rights):
                headers = tuple((name, value) for name, value in judged.headers.items() if name != "date")
                heard.add((judged.status, headers, judged.body))
    ((status, _, told),) = heard
    assert (status, told) == (200, b'{"pass":false}')


@ROUNDS
async def test_nobody_can_try_one_round_after_the_other(provider: Provider, rounds: int) -> None:
    """A part of the replies is refused whatever it holds, and a complete answer is the only one."""
    site, _ = await register(provider, rounds=rounds)
    view = await ask(provider, site)
    records = rounds_of(provider, site)
    right = replies(records, (True,) * rounds)
    refused = set()
    for part in ((), right[:1], (wrong_reply(records[0].answer),), right[0], right[:-1], (*right, right[-1])):
        with pytest.raises(ReplyMisfit) as misfit:
            await answer(provider, site, view, part)
        refused.add(str(misfit.value))
    assert refused == {f"reply: this challenge is answered with a list of {rounds} replies, in the order of its rounds"}
    assert await answer(provider, site, view, replies(records, (False,) * rounds)) is None
    with pytest.raises(ChallengeUnanswerable):
        await answer(provider, site, view, right)


async def test_a_reply_of_another_kind_names_its_round_and_takes_no_try(provider: Provider) -> None:
    site, _ = await register(provider, families=("count",), rounds=2)
    view = await ask(provider, site)
    numbers = [record.answer.number for record in rounds_of(provider, site)]
    with pytest.raises(ReplyMisfit, match="round 2 of this challenge is answered with `number` alone"):
        await answer(provider, site, view, (Reply(number=numbers[0]), Reply(choice=0)))
    assert await answer(provider, site, view, tuple(Reply(number=number) for number in numbers)) is not None


async def test_a_list_of_one_reply_answers_a_challenge_of_one_round(provider: Provider) -> None:
    site, _ = await register(provider)
    view = await ask(provider, site)
    assert await answer(provider, site, view, replies(rounds_of(provider, site), (True,))) is not None
    other = await ask(provider, site)
    with pytest.raises(ReplyMisfit, match="answered with one reply"):
        await answer(provider, site, other, ())


async def test_a_further_round_is_no_challenge_by_itself(provider: Provider) -> None:
    site, _ = await register(provider, rounds=2)
    view = await ask(provider, site)
    query = "SELECT challenge, answer FROM issued WHERE part_of = ?"
    row = provider.database.read(lambda connection: connection.execute(query, (view.challenge,)).fetchone())
    reply = right_reply(msgspec.json.decode(row["answer"], type=Answer))
    with pytest.raises(ChallengeUnanswerable):
        await provider.widget.answer(site.sitekey, row["challenge"], AnswerRequest(reply), VISITOR)
    assert provider.desk.challenge(row["challenge"]) is None
    assert provider.desk.challenge(view.challenge) is not None


async def test_the_rounds_live_and_end_together(provider: Provider, clock: StillClock) -> None:
    site, _ = await register(provider, rounds=3)
    view = await ask(provider, site)
    right = replies(rounds_of(provider, site), (True,) * 3)
    ids = [each.picture.removeprefix("/picture/").removesuffix(".jpg") for each in (view, *view.further_rounds)]
    clock.advance(119.9)
    assert all(provider.issued.picture(picture) for picture in ids)
    clock.advance(0.1)
    assert not any(provider.issued.picture(picture) for picture in ids)
    with pytest.raises(ChallengeUnanswerable):
        await answer(provider, site, view, right)


async def test_the_picture_of_every_round_is_known_here_as_one_of_its_challenge(provider: Provider) -> None:
    site, _ = await register(provider, rounds=3)
    view = await ask(provider, site)
    for record in rounds_of(provider, site):
        picture = decode_picture(record.picture)
        attested = provider.desk.attest(pixel_digest(picture))
        assert attested is not None
        assert (attested.challenge, attested.family, attested.prompt_en) == (
            view.challenge,
            record.family,
            record.prompt,
        )
        nearest = provider.desk.similar(perceptual_hash(picture))[0]
        assert (nearest.challenge, nearest.distance, nearest.prompt_en) == (view.challenge, 0, record.prompt)


async def test_the_journal_says_which_rounds_were_wrong(provider: Provider) -> None:
    site, _ = await register(provider, rounds=3)
    for rights in ((True, True, True), (True, False, True), (False, True, False)):
        await answer(provider, site, await ask(provider, site), replies(rounds_of(provider, site), rights))
    told = [each for each in provider.database.read(journal.entries) if each.event.startswith("Challenge")]
    assert [entry.event for entry in told] == ["ChallengeIssued", "ChallengeAnswered"] * 3
    assert told[0].facts["family"] in {"grid + grid + odd_one_out", "grid + odd_one_out + odd_one_out"}
    common = {"call": "checkcaptcha", "sitekey": site.sitekey, "rounds": 3}
    assert [entry.facts for entry in told[1::2]] == [
        {**common, "passed": True, "wrong_rounds": []},
        {**common, "passed": False, "wrong_rounds": [2], "why": "of its 3 rounds, 2 was answered wrongly"},
        {**common, "passed": False, "wrong_rounds": [1, 3], "why": "of its 3 rounds, 1 and 3 were answered wrongly"},
    ]


async def test_the_records_keep_the_reply_to_each_round_and_one_outcome(provider: Provider, clock: StillClock) -> None:
    site, _ = await register(provider, rounds=2)
    view = await ask(provider, site)
    assert [record.answered_at for record in rounds_of(provider, site)] == [None, None]
    given = replies(rounds_of(provider, site), (True, False))
    clock.advance(20)
    await answer(provider, site, view, given)
    for record, reply in zip(rounds_of(provider, site), given, strict=True):
        assert (record.reply, record.passed, record.answered_at) == (reply, False, clock.now())


async def test_a_sites_next_challenge_is_another_one_in_every_round(provider: Provider) -> None:
    site, _ = await register(provider, rounds=2)
    for _ in range(3):
        await ask(provider, site)
    assert len({record.picture for record in provider.records.latest(site.sitekey, 100)}) == 6


async def test_challenges_are_counted_once_under_the_name_of_their_composition(provider: Provider) -> None:
    site, _ = await register(provider, rounds=2)
    for _ in range(2):
        await ask(provider, site)
    assert provider.meters.issued.values == {("grid + odd_one_out",): 2}


async def test_a_robot_that_always_replies_the_same_is_known_by_it(provider: Provider, clock: StillClock) -> None:
    site, _ = await register(provider, families=("odd_one_out",), level=1, rounds=2, enterprise=True)
    constant = (Reply(points=((10.25, 20.37),)), Reply(points=((30.0, 20.0),)))
    for _ in range(2):
        view = await ask(provider, site)
        clock.advance(9)
        await answer(provider, site, view, constant)
    traffic = provider.namespaces.traffic("")
    (marks,) = {mark for _, mark in traffic._replies.since(site.sitekey, 0.0)}
    assert marks == (((10.25, 20.37),), None)
