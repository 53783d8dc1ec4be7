"""Bounding box: round the named object, judged by how much the boxes overlap."""

import pytest

from captcha_range.challenges.families.bounding_box import OVERLAP, BoundingBox, overlap, scene_of
from captcha_range.challenges.family import LEVELS, Answer, Rectangle, Reply
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

STREAMS = Streams(b"bounding box")
OBJECT = Rectangle(100, 100, 100, 80)


@pytest.mark.parametrize("level", LEVELS)
def test_the_named_object_stands_there_once_and_nothing_resembles_it(level: int) -> None:
    for number in range(40):
        scene = scene_of(STREAMS.stream(level, number), standard_pack(), level)
        keys = [each.of.key for each in scene.objects]
        assert keys.count(scene.wanted.of.key) == 1
        assert not scene.wanted.of.confusable_with & set(keys)
        assert scene.wanted.of.countable


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ((100, 100, 100, 80), 1.0),
        ((100, 100, 50, 80), 0.5),
        ((0, 0, 50, 50), 0.0),
        ((200, 100, 100, 80), 0.0),
        ((100, 100, 0, 80), 0.0),
    ],
)
def test_the_overlap_is_intersection_over_union(box: tuple[float, float, float, float], share: float) -> None:
    assert overlap(OBJECT, box) == pytest.approx(share)


def test_a_box_drawn_with_a_shaking_hand_is_right_and_half_a_box_less_is_wrong() -> None:
    judge, answer = BoundingBox().judge, Answer(targets=(OBJECT,))
    assert judge(answer, Reply(box=(92, 90, 118, 96)))
    assert judge(answer, Reply(box=(100, 100, 100 * OVERLAP, 80)))
    assert not judge(answer, Reply(box=(100, 100, 100 * OVERLAP - 1, 80)))


def test_the_whole_picture_is_never_right() -> None:
    for number in range(30):
        challenge = BoundingBox().draw(STREAMS.stream("whole", number), 1)
        assert not BoundingBox().judge(challenge.answer, Reply(box=(0, 0, challenge.width, challenge.height)))
