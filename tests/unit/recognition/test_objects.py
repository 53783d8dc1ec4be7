import cv2
import numpy as np

from captcha_range.recognition.background import border, fitted, smoothed
from captcha_range.recognition.objects import find_objects


def ramp() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    along = np.linspace(0, 1, 400)[None, :, None]
    return np.rint((1 - along) * (200, 190, 120) + along * (150, 210, 160) + np.zeros((300, 1, 1))).astype(np.uint8)


def test_a_background_between_two_colours_lies_on_its_own_curve() -> None:
    picture = smoothed(ramp())
    curve = fitted(border(picture, 4))
    assert float(curve.distance(picture.astype(np.float32)).max()) < 4
    red = np.full((1, 1, 3), (30, 30, 200), dtype=np.float32)
    assert float(curve.distance(red)[0, 0]) > 60


def test_every_disc_is_found_once_where_it_is() -> None:
    picture = ramp()
    centres = [(60, 60), (200, 80), (330, 60), (90, 210), (260, 220)]
    for number, centre in enumerate(centres):
        cv2.circle(picture, centre, 30 + 2 * number, (40 * number, 30, 200 - 40 * number), -1, cv2.LINE_AA)
    found = sorted(find_objects(smoothed(picture), 124), key=lambda each: each.y)
    assert len(found) == len(centres)
    for each in found:
        nearest = min(np.hypot(each.centre[0] - x, each.centre[1] - y) for x, y in centres)
        assert nearest < 2


def test_a_thin_stroke_is_not_an_object() -> None:
    picture = ramp()
    cv2.line(picture, (5, 280), (390, 20), (20, 20, 20), 1, cv2.LINE_AA)
    assert find_objects(smoothed(picture), 124) == []


def test_two_discs_that_touch_are_two_objects() -> None:
    picture = ramp()
    cv2.circle(picture, (150, 150), 42, (30, 30, 200), -1)
    cv2.circle(picture, (236, 150), 42, (30, 30, 200), -1)
    assert len(find_objects(smoothed(picture), 124)) == 2


def test_a_split_off_speck_joins_the_object_beside_it() -> None:
    picture = ramp()
    for x in (80, 200, 320):
        cv2.circle(picture, (x, 150), 40, (30, 30, 200), -1)
    cv2.circle(picture, (200, 97), 7, (30, 30, 200), -1)
    found = find_objects(smoothed(picture), 124)
    assert len(found) == 3
    assert min(each.y for each in found) < 95
