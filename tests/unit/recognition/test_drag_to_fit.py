"""The piece goes where its surroundings go on; a picture without piece or holes is left alone."""

import numpy as np
import pytest

from captcha_range.challenges.families.drag_to_fit import SCENE_HEIGHT, TOLERANCE, TRAY, DragToFit
from captcha_range.challenges.family import Challenge
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams
from captcha_range.recognition.drag_to_fit import fitted

STREAMS = Streams(b"tests of pieces")


def challenge(number: int, level: int = 3) -> Challenge:
    return DragToFit().draw(STREAMS.stream(level, number), level)


def is_right(drawn: Challenge, point: tuple[float, float]) -> bool:
    return bool(np.hypot(*np.subtract(point, drawn.answer.targets[0].centre)) <= TOLERANCE)


@pytest.mark.parametrize("number", range(4))
def test_the_hole_that_fits_is_found(number: int) -> None:
    drawn = challenge(number)
    fit = fitted(decode_picture(drawn.picture))
    assert fit is not None
    assert is_right(drawn, fit.point)


def test_another_pictures_piece_fits_less_surely() -> None:
    own, other = (decode_picture(challenge(number).picture).copy() for number in (0, 1))
    sure = fitted(own)
    own[SCENE_HEIGHT:] = other[SCENE_HEIGHT:]
    unsure = fitted(own)
    assert sure is not None
    assert unsure is not None
    assert unsure.margin < sure.margin


@pytest.mark.parametrize("part", ["piece", "tray", "holes"])
def test_without_a_piece_a_tray_or_holes_there_is_no_answer(part: str) -> None:
    picture = decode_picture(challenge(0).picture).copy()
    assert fitted(picture) is not None
    if part == "piece":
        picture[TRAY.y - 2 : TRAY.y + TRAY.height + 2, TRAY.x - 2 : TRAY.x + TRAY.width + 2] = 246
    elif part == "tray":
        picture[SCENE_HEIGHT - 4 :] = 90
    else:
        picture[:SCENE_HEIGHT] = 90
    assert fitted(picture) is None
