"""Rotate upright: the object stands upright once the disc is turned by the answer."""

import cv2
import numpy as np
import pytest

from captcha_range.challenges.families.rotate_upright import DISC, LEAST, MOST, TOLERANCE, RotateUpright
from captcha_range.challenges.family import LEVELS, Answer, Reply
from captcha_range.core.streams import Streams

STREAMS = Streams(b"rotate upright")


@pytest.mark.parametrize("level", LEVELS)
def test_the_disc_is_always_turned_by_more_than_a_little(level: int) -> None:
    for number in range(25):
        angle = RotateUpright().draw(STREAMS.stream(level, number), level).answer.angle
        assert angle is not None
        assert LEAST <= angle <= MOST


def test_the_same_object_turned_by_the_answer_stands_as_it_was_drawn() -> None:
    """Level 1 draws on a nearly plain disc: its own mirror image along the vertical tells up from down."""
    challenge = RotateUpright().draw(STREAMS.stream("turned"), 1)
    picture = cv2.imdecode(np.frombuffer(challenge.picture, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert challenge.answer.angle is not None
    # OpenCV turns anticlockwise for positive angles.
    matrix = cv2.getRotationMatrix2D(DISC.centre, -challenge.answer.angle, 1.0)
    upright = cv2.warpAffine(picture, matrix, (challenge.width, challenge.height))
    back = cv2.warpAffine(upright, cv2.invertAffineTransform(matrix), (challenge.width, challenge.height))
    inner = np.s_[DISC.y + 60 : DISC.y + 240, DISC.x + 60 : DISC.x + 240]
    assert np.abs(back[inner].astype(int) - picture[inner]).mean() < 12


@pytest.mark.parametrize(
    ("turned", "right"),
    [
        (90.0, True),
        (90.0 + TOLERANCE, True),
        (90.0 - TOLERANCE, True),
        (90.1 + TOLERANCE, False),
        (89.9 - TOLERANCE, False),
        (450.0, True),
        (-270.0, True),
        (270.0, False),
        (0.0, False),
    ],
)
def test_a_turn_counts_within_the_tolerance_whole_turns_aside(turned: float, right: bool) -> None:
    assert RotateUpright().judge(Answer(angle=90.0), Reply(angle=turned)) is right


def test_doing_nothing_is_never_right() -> None:
    for number in range(50):
        challenge = RotateUpright().draw(STREAMS.stream("nothing", number), 2)
        assert not RotateUpright().judge(challenge.answer, Reply(angle=0.0))
