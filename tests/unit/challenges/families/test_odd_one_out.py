"""Odd one out: one class is alone, and only a click on it is right."""

import itertools
from collections import Counter

import numpy as np
import pytest

from captcha_range.challenges.arrangement import HEIGHT, WIDTH, Placed
from captcha_range.challenges.families.odd_one_out import OddOneOut, scene_of
from captcha_range.challenges.family import LEVELS, Answer, Rectangle, Reply
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

FAMILY = OddOneOut()
STREAMS = Streams(b"odd one out")
TARGET = Answer(targets=(Rectangle(100, 50, 80, 60),))
EACH_LEVEL = pytest.mark.parametrize("level", LEVELS)


def scenes(level: int, count: int) -> list[list[Placed]]:
    return [scene_of(STREAMS.stream(level, number), standard_pack(), level) for number in range(count)]


def alone_in(scene: list[Placed]) -> list[Placed]:
    counts = Counter(each.of.key for each in scene)
    return [each for each in scene if counts[each.of.key] == 1]


def test_the_prompt_is_the_one_of_the_contract() -> None:
    prompt = FAMILY.draw(STREAMS.stream("prompt"), 1).prompt
    assert prompt.en == "Please click on the UNIQUE object among the others"
    assert prompt.zh == "请点击与众不同的物体"


@EACH_LEVEL
def test_exactly_one_class_appears_once(level: int) -> None:
    assert all(len(alone_in(scene)) == 1 for scene in scenes(level, 60))


@EACH_LEVEL
def test_every_other_class_appears_at_least_twice(level: int) -> None:
    for scene in scenes(level, 60):
        counts = sorted(Counter(each.of.key for each in scene).values())
        assert counts[0] == 1
        assert min(counts[1:]) >= 2


@EACH_LEVEL
def test_there_are_eight_to_eleven_objects(level: int) -> None:
    assert all(8 <= len(scene) <= 11 for scene in scenes(level, 40))


@EACH_LEVEL
def test_no_two_classes_of_a_picture_can_be_confused(level: int) -> None:
    for scene in scenes(level, 40):
        for one, other in itertools.combinations([each.of for each in scene], 2):
            assert other.key not in one.confusable_with


@EACH_LEVEL
def test_objects_neither_overlap_nor_leave_the_picture(level: int) -> None:
    for scene in scenes(level, 40):
        for each in scene:
            assert each.box.x >= 0
            assert each.box.y >= 0
            assert each.box.x + each.box.width <= WIDTH
            assert each.box.y + each.box.height <= HEIGHT
        for one, other in itertools.combinations([each.box for each in scene], 2):
            apart_across = one.x + one.width <= other.x or other.x + other.width <= one.x
            apart_along = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert apart_across or apart_along


@EACH_LEVEL
def test_the_target_is_the_object_alone_and_reaches_no_other(level: int) -> None:
    for number in range(10):
        challenge = FAMILY.draw(STREAMS.stream(level, number), level)
        scene = scene_of(STREAMS.stream(level, number), standard_pack(), level)
        (alone,) = alone_in(scene)
        for each in scene:
            middle = (each.box.x + each.box.width / 2, each.box.y + each.box.height / 2)
            assert FAMILY.judge(challenge.answer, Reply(points=(middle,))) is (each is alone)


def test_objects_grow_more_varied_with_the_level() -> None:
    classes = [np.mean([len({each.of.key for each in scene}) for scene in scenes(level, 30)]) for level in LEVELS]
    assert classes == sorted(classes)
    assert classes[-1] > classes[0] + 1


@pytest.mark.parametrize("point", [(100, 50), (179.9, 109.9), (140, 80)])
def test_a_point_on_the_target_is_right(point: tuple[float, float]) -> None:
    assert FAMILY.judge(TARGET, Reply(points=(point,)))


@pytest.mark.parametrize("point", [(99.9, 80), (180, 80), (140, 49.9), (140, 110)])
def test_a_point_beside_the_target_is_wrong(point: tuple[float, float]) -> None:
    assert not FAMILY.judge(TARGET, Reply(points=(point,)))


def test_two_points_are_wrong_even_when_both_are_on_the_target() -> None:
    assert not FAMILY.judge(TARGET, Reply(points=((140, 80), (141, 80))))


def test_a_right_point_with_tiles_is_wrong() -> None:
    assert not FAMILY.judge(TARGET, Reply(points=((140, 80),), tiles=(0,)))


@EACH_LEVEL
def test_a_click_on_a_random_object_meets_the_floor(level: int) -> None:
    tries = 1500
    choice = STREAMS.stream("choice", level)
    sizes = [scene_of(STREAMS.stream("blind", level, n), standard_pack(), level) for n in range(150)]
    wins = sum(
        scene[int(choice.integers(len(scene)))] is alone_in(scene)[0]
        for scene in sizes
        for _ in range(tries // len(sizes))
    )
    floor = FAMILY.floor(level)
    # Four standard deviations.
    assert wins / tries == pytest.approx(floor, abs=4 * (floor * (1 - floor) / tries) ** 0.5)


def test_no_constant_point_beats_the_floor() -> None:
    count = 700
    hits = np.zeros((HEIGHT // 10, WIDTH // 10))
    for number in range(count):
        box = alone_in(scene_of(STREAMS.stream("constant", number), standard_pack(), 1))[0].box
        hits[box.y // 10 : (box.y + box.height) // 10, box.x // 10 : (box.x + box.width) // 10] += 1
    floor = FAMILY.floor(1)
    # The best of many points is the luckiest too: three standard deviations of room.
    assert hits.max() / count < floor + 3 * (floor * (1 - floor) / count) ** 0.5


def test_the_target_is_no_larger_than_the_others_on_average() -> None:
    alone: list[int] = []
    others: list[int] = []
    for scene in scenes(5, 150):
        for each in scene:
            area = each.box.width * each.box.height
            (alone if each is alone_in(scene)[0] else others).append(area)
    assert np.mean(alone) == pytest.approx(np.mean(others), rel=0.12)
