"""The leak hunter finds what is planted, and nothing where nothing is."""

from collections.abc import Callable, Sequence
from functools import cache

import msgspec
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import KINDS, LEVELS, Answer, Challenge, Reply
from captcha_range.core.ids import new_uuid
from captcha_range.core.streams import Streams
from captcha_range.measurement.leak_hunter.features import GROUPS
from captcha_range.measurement.leak_hunter.hunt import LEAST, Report, hunted, oddities_of, reported
from captcha_range.measurement.leak_hunter.replies import WRONG, right_reply
from captcha_range.measurement.leak_hunter.sighting import Exchange, Sighting

COUNT = 120
LEVEL = 1
JSON = {"content-type": "application/json"}


def sighting(challenge: Challenge, number: int) -> Sighting:
    """What a visitor of a range without leaks gets."""
    stream = Streams(b"ids").stream(challenge.family, number)
    ids = [stream.bytes(16).hex() for _ in range(2)]
    view = {
        "challenge": ids[0],
        "prompt": challenge.prompt.en,
        "picture": f"/picture/{ids[1]}.jpg",
        "width": challenge.width,
        "height": challenge.height,
        "tiles": challenge.tiles,
        "points": challenge.points,
        "piece": challenge.piece,
        "choices": [each.en for each in challenge.choices],
    }
    return Sighting(
        answer=challenge.answer,
        view=Exchange(200, JSON, msgspec.json.encode(view), 0.01),
        picture=Exchange(200, {"content-type": "image/jpeg"}, challenge.picture, 0.002),
        judged=Exchange(200, JSON, b'{"pass":false}', 0.002),
        again=Exchange(409, JSON, b"{}", 0.002),
    )


@cache
def sightings(family: str, count: int = COUNT) -> tuple[Sighting, ...]:
    streams = Streams(b"leaks")
    drawn = [FAMILIES[family].draw(streams.stream(family, number), LEVEL) for number in range(count)]
    return tuple(sighting(each, number) for number, each in enumerate(drawn))


def report(family: str, seen: Sequence[Sighting]) -> Report:
    return reported(len(seen), hunted(family, LEVEL, seen), oddities_of(family, LEVEL, seen))


def code_of(answer: Answer) -> int:
    """The answer in a small number."""
    if answer.tiles:
        return sum(2**tile for tile in answer.tiles)
    if answer.number is not None or answer.choice is not None:
        return answer.number or answer.choice or 0
    if answer.angle is not None:
        return round(answer.angle)
    x, y = answer.targets[0].centre
    return int(x) // 25 * 25 + int(y) // 25


Plant = Callable[[Sighting, int], Sighting]


def in_view(seen: Sighting, **changed: object) -> Sighting:
    view = msgspec.json.encode({**seen.view.json(), **changed})
    return msgspec.structs.replace(seen, view=msgspec.structs.replace(seen.view, body=view))


def in_exchange(seen: Sighting, name: str, **changed: object) -> Sighting:
    return msgspec.structs.replace(seen, **{name: msgspec.structs.replace(getattr(seen, name), **changed)})


def in_challenge_id(seen: Sighting, code: int) -> Sighting:
    return in_view(seen, challenge=f"{code:04x}{seen.view.json()['challenge'][4:]}")


def in_picture_url(seen: Sighting, code: int) -> Sighting:
    digits = seen.view.json()["picture"]
    return in_view(seen, picture=f"{digits[:-9]}{code % 16:x}{digits[-8:]}")


def in_size(seen: Sighting, code: int) -> Sighting:
    """Padded to a multiple of sixteen, and a few bytes more, inside the scan's own bytes."""
    size = len(seen.picture.body)
    return in_exchange(seen, "picture", body=seen.picture.body[:-2] + bytes(-size % 16 + code % 16) + b"\xff\xd9")


def in_time(seen: Sighting, code: int) -> Sighting:
    return in_exchange(seen, "view", seconds=0.01 + code / 1_000)


def in_header(seen: Sighting, code: int) -> Sighting:
    return in_exchange(seen, "picture", headers={"content-type": "image/jpeg", "etag": str(code)})


def in_order_of_keys(seen: Sighting, code: int) -> Sighting:
    keys = list(seen.view.json().items())
    return in_exchange(seen, "view", body=msgspec.json.encode(dict(keys[code % 9 :] + keys[: code % 9])))


def in_metadata(seen: Sighting, code: int) -> Sighting:
    body = seen.picture.body
    return in_exchange(seen, "picture", body=body[:2] + b"\xff\xfe\x00\x04%02d" % code + body[2:])


def in_order_of_choices(seen: Sighting, code: int) -> Sighting:
    choices = [str(number) for number in range(2, 10)]
    return in_view(seen, choices=[*choices[: code - 1], "1", *choices[code - 1 :]])


def in_place_of_tiles(seen: Sighting, code: int) -> Sighting:
    return in_view(seen, tiles=[code])


def in_question(seen: Sighting, code: int) -> Sighting:
    polite = ("", "please", "kindly", "now", "here", "quickly", "today", "really", "exactly", "so")
    return in_view(seen, prompt=f"{seen.view.json()['prompt']} {polite[code]}")


def in_wrong_reply(seen: Sighting, code: int) -> Sighting:
    return in_exchange(seen, "judged", body=b'{"pass":false,"correct_answer":%d}' % code)


def in_time_of_wrong_reply(seen: Sighting, code: int) -> Sighting:
    return in_exchange(seen, "judged", seconds=code / 1_000)


PLANTS: list[tuple[Plant, str]] = [
    (in_challenge_id, "ids"),
    (in_picture_url, "ids"),
    (in_size, "sizes"),
    (in_time, "times"),
    (in_header, "wire"),
    (in_order_of_keys, "wire"),
    (in_metadata, "wire"),
    (in_order_of_choices, "layout"),
    (in_place_of_tiles, "layout"),
    (in_question, "question"),
    (in_wrong_reply, "oracle"),
    (in_time_of_wrong_reply, "oracle"),
]


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_found_in_challenges_without_a_leak(family: str) -> None:
    assert report(family, sightings(family)).is_clean


@pytest.mark.parametrize(("plant", "group"), PLANTS)
def test_a_planted_leak_is_found_in_its_group_and_in_no_other(plant: Plant, group: str) -> None:
    seen = [plant(each, code_of(each.answer)) for each in sightings("count")]
    assert {row.group for row in report("count", seen).leaks} == {group}


# Only replies that were right before are given: of 510 sets of tiles more must have been seen.
@pytest.mark.parametrize(
    ("family", "count"),
    [
        *((name, COUNT) for name in ("odd_one_out", "relation", "count", "text", "rotate_upright")),
        ("grid", 480),
    ],
)
def test_an_answer_in_an_id_is_found_whatever_the_reply(family: str, count: int) -> None:
    seen = [in_challenge_id(each, code_of(each.answer)) for each in sightings(family, count)]
    assert [row.group for row in report(family, seen).leaks] == ["ids"]


def test_answers_that_are_always_the_same_are_found() -> None:
    seen = [msgspec.structs.replace(each, answer=Answer(number=4)) for each in sightings("count")]
    assert "nothing" in {row.group for row in report("count", seen).leaks}


def test_an_answer_that_is_likelier_than_the_others_is_found() -> None:
    seen = list(sightings("count"))
    often = [msgspec.structs.replace(each, answer=Answer(number=4)) for each in seen[::3]]
    seen[::3] = often
    assert "nothing" in {row.group for row in report("count", seen).leaks}


def test_answers_in_turn_are_found() -> None:
    answers = [Answer(number=1 + number % 9) for number in range(COUNT)]
    seen = [
        msgspec.structs.replace(each, answer=answer) for each, answer in zip(sightings("count"), answers, strict=True)
    ]
    assert [row.group for row in report("count", seen).leaks] == ["session"]


def test_challenges_from_a_small_pool_are_found() -> None:
    pool = sightings("count")[:30]
    order = Streams(b"pool").stream("order").integers(len(pool), size=COUNT)
    seen = [in_view(pool[int(number)], challenge=new_uuid(), picture=f"/{new_uuid()}.jpg") for number in order]
    found = report("count", seen)
    assert {"repeats"} <= {row.group for row in found.leaks} <= {"repeats", "sizes"}
    assert [(each.what, each.times) for each in found.oddities] == [
        ("pictures repeated", COUNT - len(set(order.tolist())))
    ]


@pytest.mark.parametrize(
    ("name", "changed", "what"),
    [
        ("judged", {"body": b'{"pass":false,"near":true}'}, "wrong replies not refused"),
        ("again", {"status": 200}, "second replies taken"),
    ],
)
def test_what_must_never_happen_is_told_even_once(name: str, changed: dict[str, object], what: str) -> None:
    first, *others = sightings("count")
    found = report("count", [in_exchange(first, name, **changed), *others])
    assert [(each.what, each.times) for each in found.oddities] == [(what, 1)]
    assert not found.is_clean


def test_ids_that_come_again_are_told() -> None:
    first, second, *others = sightings("count")
    again = in_view(second, challenge=first.view.json()["challenge"])
    assert [each.what for each in report("count", [first, again, *others]).oddities] == ["challenge ids repeated"]


def test_of_many_rows_a_chance_must_be_smaller() -> None:
    """A row that alone would be a leak is none among a thousand."""
    row = msgspec.structs.replace(hunted("count", 1, sightings("count"))[0], chance=0.01)
    other = msgspec.structs.replace(row, chance=0.9)
    assert reported(COUNT, [row], []).leaks
    assert not reported(COUNT, [row, *[other] * 999], []).leaks


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_wrong_reply_is_wrong_and_the_right_one_right_for_every_challenge(family: str, level: int) -> None:
    kind = FAMILIES[family].replies_with
    wrong = msgspec.convert({kind: WRONG[kind]}, Reply)
    for number in range(10):
        answer = FAMILIES[family].draw(Streams(b"replies").stream(family, level, number), level).answer
        assert not FAMILIES[family].judge(answer, wrong)
        assert FAMILIES[family].judge(answer, right_reply(answer, kind))


def test_every_kind_of_reply_has_a_wrong_one() -> None:
    assert set(WRONG) == set(KINDS)


def test_too_few_challenges_are_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        hunted("count", 1, sightings("count")[: LEAST - 1])


def test_every_group_is_documented_and_gives_each_sighting_the_same_features() -> None:
    for group in GROUPS.values():
        features = group(sightings("count"))
        assert len(features) == COUNT
        assert len({tuple(each) for each in features}) == 1
