import cv2
import numpy as np
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.core.pixels import Picture, decode_picture
from captcha_range.core.streams import Streams
from captcha_range.recognition.strip import above_and_strip, without_arrows

PAPER = 246


def paper(width: int = 500, height: int = 80) -> Picture:
    return np.full((height, width, 3), PAPER, dtype=np.uint8)


def drawn(number: int, level: int) -> Picture:
    return decode_picture(FAMILIES["order_click"].draw(Streams(b"strips").stream(number), level).picture)


def ink_columns(strip: Picture) -> list[int]:
    return np.flatnonzero((np.abs(strip.astype(np.int16) - PAPER).max(axis=2) > 30).any(axis=0)).tolist()


def test_the_strip_starts_where_its_paper_does() -> None:
    above, strip = above_and_strip(drawn(0, 1))
    assert (len(above), len(strip)) == (350, 80)
    assert np.abs(np.median(strip, axis=(0, 1)) - PAPER).max() < 4


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("level", [1, 5])
def test_arrows_are_gone_and_objects_are_not(level: int, scale: float) -> None:
    for number in range(6):
        picture = cv2.resize(drawn(number, level), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        strip = np.asarray(picture[round(350 * scale) :], dtype=np.uint8)
        left = ink_columns(without_arrows(strip))
        middles = [strip.shape[1] / 2 + 50 * scale * step for step in ((-1, 1) if level == 1 else (-2, 0, 2))]
        # Halfway between two objects there is an arrow's shaft, and afterwards nothing.
        assert all(any(abs(column - middle) < 3 for column in ink_columns(strip)) for middle in middles)
        assert not any(abs(column - middle) < 8 * scale for column in left for middle in middles)
        assert len(left) > 0.2 * strip.shape[1]


def test_a_thing_of_another_form_stays() -> None:
    strip = paper()
    cv2.circle(strip, (200, 40), 15, (110, 110, 110), -1)
    cv2.rectangle(strip, (300, 10), (330, 15), (110, 110, 110), -1)
    assert np.array_equal(without_arrows(strip), strip)
    cv2.arrowedLine(strip, (236, 40), (264, 40), (110, 110, 110), 2, cv2.LINE_AA, tipLength=0.4)
    assert not np.array_equal(without_arrows(strip), strip)


@pytest.mark.parametrize("height", [0, 1, 2])
def test_no_strip_is_too_low(height: int) -> None:
    assert without_arrows(paper(height=height)).shape == (height, 500, 3)
