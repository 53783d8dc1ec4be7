"""Order click: the objects of the strip, each once, in its order."""

from itertools import permutations

import pytest

from captcha_range.challenges.families.order_click import LEVELS as DIFFICULTIES
from captcha_range.challenges.families.order_click import SCENE_HEIGHT, OrderClick, scene_of
from captcha_range.challenges.family import LEVELS, Reply
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

STREAMS = Streams(b"order click")


@pytest.mark.parametrize("level", LEVELS)
def test_all_objects_differ_and_stand_above_the_strip(level: int) -> None:
    for number in range(40):
        scene = scene_of(STREAMS.stream(level, number), standard_pack(), level)
        assert len({each.of.key for each in scene}) == len(scene)
        assert all(each.box.y + each.box.height <= SCENE_HEIGHT for each in scene)


def test_only_the_order_shown_is_right() -> None:
    challenge = OrderClick().draw(STREAMS.stream("order"), 1)
    centres = [box.centre for box in challenge.answer.targets]
    right = [OrderClick().judge(challenge.answer, Reply(points=points)) for points in permutations(centres)]
    assert right == [True] + [False] * 5


def test_a_click_too_few_or_too_many_is_wrong() -> None:
    challenge = OrderClick().draw(STREAMS.stream("count"), 1)
    centres = tuple(box.centre for box in challenge.answer.targets)
    assert not OrderClick().judge(challenge.answer, Reply(points=centres[:2]))
    assert not OrderClick().judge(challenge.answer, Reply(points=(*centres, centres[0])))


@pytest.mark.parametrize("level", LEVELS)
def test_the_floor_of_one_try_is_at_most_one_per_cent(level: int) -> None:
    assert OrderClick().floor(level) <= 0.01
    assert OrderClick().draw(STREAMS.stream(level), level).points == DIFFICULTIES[level].wanted
