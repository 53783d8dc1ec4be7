"""Count: the number of objects of one class, every number equally likely."""

from collections import Counter as Tally

import pytest

from captcha_range.challenges.families.count import MOST, Count, Scene, scene_of
from captcha_range.challenges.family import LEVELS, Answer, Reply
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

STREAMS = Streams(b"count")


def scenes(level: int, count: int) -> list[Scene]:
    return [scene_of(STREAMS.stream(level, number), standard_pack(), level) for number in range(count)]


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_counted_is_countable_and_nothing_else_resembles_it(level: int) -> None:
    for scene in scenes(level, 60):
        assert scene.wanted.countable
        for each in scene.objects:
            assert each.of.key not in scene.wanted.confusable_with


def test_every_number_is_right_equally_often() -> None:
    found = Tally(sum(each.of == scene.wanted for each in scene.objects) for scene in scenes(3, 900))
    assert set(found) == set(range(1, MOST + 1))
    # A hundred of each on average: five standard deviations.
    assert max(found.values()) < 150


def test_the_number_that_is_right_is_that_of_the_scene() -> None:
    for number in range(10):
        challenge = Count().draw(STREAMS.stream(2, number), 2)
        scene = scene_of(STREAMS.stream(2, number), standard_pack(), 2)
        assert challenge.answer.number == sum(each.of == scene.wanted for each in scene.objects)
        assert challenge.prompt.en == f"How many {scene.wanted.en.plural} are there?"


@pytest.mark.parametrize(("number", "right"), [(3, True), (2, False), (4, False), (0, False), (-3, False)])
def test_only_the_number_itself_is_right(number: int, right: bool) -> None:
    assert Count().judge(Answer(number=3), Reply(number=number)) is right
