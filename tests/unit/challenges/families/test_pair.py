"""Pair: exactly one class appears twice, and both of its objects must be clicked."""

import itertools
from collections import Counter

import pytest

from captcha_range.challenges.families.pair import OBJECTS, Pair, alike_in, scene_of
from captcha_range.challenges.family import LEVELS, Answer, Rectangle, Reply
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

STREAMS = Streams(b"pair")
TWO = Answer(targets=(Rectangle(0, 0, 50, 50), Rectangle(100, 0, 50, 50)))
ONE, OTHER, BESIDE = (25.0, 25.0), (125.0, 25.0), (75.0, 25.0)


@pytest.mark.parametrize("level", LEVELS)
def test_one_class_appears_twice_and_no_other_resembles_another(level: int) -> None:
    for number in range(40):
        scene = scene_of(STREAMS.stream(level, number), standard_pack(), level)
        counts = Counter(each.of.key for each in scene)
        assert sorted(counts.values()) == [1] * (len(scene) - 2) + [2]
        assert len(scene) in OBJECTS[level]
        assert len(alike_in(scene)) == 2
        for one, other in itertools.combinations([each.of for each in scene], 2):
            assert other.key not in one.confusable_with


@pytest.mark.parametrize("points", [(ONE, OTHER), (OTHER, ONE)])
def test_both_objects_are_right_in_either_order(points: tuple[tuple[float, float], ...]) -> None:
    assert Pair().judge(TWO, Reply(points=points))


@pytest.mark.parametrize("points", [(ONE,), (ONE, ONE), (ONE, BESIDE), (BESIDE, OTHER), (ONE, OTHER, OTHER)])
def test_anything_else_is_wrong(points: tuple[tuple[float, float], ...]) -> None:
    assert not Pair().judge(TWO, Reply(points=points))
