"""What holds for every family in the catalogue."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import msgspec
import numpy as np
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.contact_sheet import contact_sheet
from captcha_range.challenges.family import KINDS, LEVELS, Challenge, Reply
from captcha_range.core.streams import Streams

STREAMS = Streams(b"every family")
NAMES = sorted(FAMILIES)
HOSTILE = [
    Reply(),
    Reply(points=((float("nan"), float("nan")),)),
    Reply(points=((float("inf"), 10.0),)),
    Reply(points=((10.0, float("-inf")),)),
    Reply(points=((1e308, -1e308),)),
    Reply(points=((-1.0, -1.0),)),
    Reply(points=((250.0, 215.0),) * 1000),
    Reply(tiles=(-1,)),
    Reply(tiles=(10**30,)),
    Reply(tiles=(0,) * 1000),
    Reply(tiles=tuple(range(9))),
    Reply(points=((250.0, 215.0),) * 3),
    *(Reply(number=number) for number in (0, -1, 10**30)),
    *(Reply(angle=angle) for angle in (float("nan"), float("inf"), 1e308)),
    *(Reply(choice=number) for number in (-1, 99, 10**30)),
    *(Reply(position=(x, y)) for x, y in ((float("nan"), 1.0), (float("-inf"), 1e308), (-9.0, -9.0))),
    *(
        Reply(box=box)
        for box in (
            (0.0, 0.0, 0.0, 0.0),
            (0.0, 0.0, -5.0, -5.0),
            (float("nan"),) * 4,
            (0.0, 0.0, float("inf"), 9.0),
            (0.0, 0.0, 500.0, 430.0),
        )
    ),
    Reply(points=((250.0, 215.0),), tiles=(0, 1, 2, 3, 4, 5, 6, 7, 8)),
]


def drawn(name: str, level: int, number: int = 0) -> Challenge:
    return FAMILIES[name].draw(STREAMS.stream(name, level, number), level)


def right_reply(challenge: Challenge) -> Reply:
    kind, answer = FAMILIES[challenge.family].replies_with, challenge.answer
    middles = tuple(box.centre for box in answer.targets)
    if kind in {"points", "tiles"}:
        return Reply(points=middles, tiles=answer.tiles)
    if kind == "position":
        return Reply(position=middles[0])
    if kind == "box":
        (box,) = answer.targets
        return Reply(box=(box.x, box.y, box.width, box.height))
    return Reply(number=answer.number, angle=answer.angle, choice=answer.choice)


def segments(jpeg: bytes) -> list[int]:
    """The markers before the picture data."""
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


def test_each_family_is_listed_under_its_name() -> None:
    assert {name: family.name for name, family in FAMILIES.items()} == {name: name for name in FAMILIES}
    assert {family.replies_with for family in FAMILIES.values()} == set(KINDS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", LEVELS)
def test_every_level_draws_a_picture_of_the_stated_size(name: str, level: int) -> None:
    challenge = drawn(name, level)
    decoded = cv2.imdecode(np.frombuffer(challenge.picture, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (challenge.height, challenge.width, 3)
    assert (challenge.family, challenge.level) == (name, level)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_same_stream_gives_the_same_bytes(name: str, level: int) -> None:
    assert drawn(name, level) == drawn(name, level)


@pytest.mark.parametrize("name", NAMES)
def test_another_stream_gives_another_picture(name: str) -> None:
    assert len({drawn(name, 3, number).picture for number in range(20)}) == 20


@pytest.mark.parametrize("name", NAMES)
def test_threads_draw_what_one_thread_draws(name: str) -> None:
    alone = [drawn(name, 5, number).picture for number in range(24)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda number: drawn(name, 5, number).picture, range(24)))
    assert together == alone


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_level_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        drawn(name, 6)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_carries_no_metadata_but_the_jfif_header(name: str) -> None:
    for level in LEVELS:
        found = segments(drawn(name, level).picture)
        assert [marker for marker in found if 0xE0 <= marker <= 0xEF] == [0xE0]
        assert 0xFE not in found  # no comment


def test_the_search_for_segments_finds_a_comment() -> None:
    jpeg = drawn("grid", 1).picture
    with_comment = jpeg[:2] + b"\xff\xfe\x00\x05abc" + jpeg[2:]
    assert 0xFE in segments(with_comment)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_right_reply_is_right(name: str, level: int) -> None:
    for number in range(5):
        challenge = drawn(name, level, number)
        assert FAMILIES[name].judge(challenge.answer, right_reply(challenge))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("reply", HOSTILE, ids=repr)
def test_a_hostile_reply_is_wrong_and_raises_nothing(name: str, reply: Reply) -> None:
    assert FAMILIES[name].judge(drawn(name, 1).answer, reply) is False


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("more", [Reply(points=((1.0, 1.0),)), Reply(tiles=(0,)), Reply(number=1), Reply(angle=0.0)])
def test_the_right_reply_with_something_of_another_kind_is_wrong(name: str, more: Reply) -> None:
    challenge = drawn(name, 1)
    (kind,) = more.given
    if kind != FAMILIES[name].replies_with:
        both = msgspec.structs.replace(right_reply(challenge), **{kind: getattr(more, kind)})
        assert not FAMILIES[name].judge(challenge.answer, both)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_reply_needs_to_know_is_public(name: str) -> None:
    challenge, kind = drawn(name, 3), FAMILIES[name].replies_with
    assert bool(challenge.tiles) is (kind == "tiles")
    assert bool(challenge.piece) is (kind in {"position", "angle"})
    assert bool(challenge.choices) is (kind in {"number", "choice"})
    assert challenge.points == (len(right_reply(challenge).points) if kind == "points" else 1)


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_to_one_challenge_is_wrong_for_most_others(name: str) -> None:
    reply = right_reply(drawn(name, 2))
    right = [FAMILIES[name].judge(drawn(name, 2, number).answer, reply) for number in range(1, 30)]
    assert sum(right) < 12


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_lies_inside_the_picture(name: str) -> None:
    for level in LEVELS:
        for number in range(10):
            challenge = drawn(name, level, number)
            boxes = [*challenge.answer.targets, *challenge.tiles, *([challenge.piece] if challenge.piece else [])]
            assert boxes or name == "text"
            for box in boxes:
                assert box.x >= 0
                assert box.y >= 0
                assert box.width > 0
                assert box.height > 0
                assert box.x + box.width <= challenge.width
                assert box.y + box.height <= challenge.height


@pytest.mark.parametrize("marked", [False, True])
def test_a_contact_sheet_shows_challenges_of_several_families(marked: bool) -> None:
    sheet = contact_sheet([drawn(name, 1) for name in NAMES], columns=2, marked=marked)
    decoded = cv2.imdecode(np.frombuffer(sheet, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape[1] > 900


def test_a_marked_sheet_differs_from_a_plain_one() -> None:
    challenge = drawn("grid", 1)
    assert contact_sheet([challenge], 1, marked=True) != contact_sheet([challenge], 1, marked=False)


def test_an_empty_contact_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a challenge"):
        contact_sheet([], 3, marked=False)
