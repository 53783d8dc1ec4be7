"""Drawing does what it says to the pixels."""

import inspect

import cv2
import numpy as np
import pytest

from captcha_range.challenges import drawing, textures
from captcha_range.challenges.drawing import Picture, Pose
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

PACK = standard_pack()
STREAMS = Streams(b"drawing")
GREY = 180


def plain(width: int = 200, height: int = 200) -> Picture:
    return np.full((height, width, 3), GREY, dtype=np.uint8)


@pytest.mark.parametrize("angle", [0.0, 33.0, 90.0, 200.0])
def test_the_box_is_where_the_object_is_drawn(angle: float) -> None:
    item = drawing.posed(PACK.sprite("1f981", "flat"), Pose(span=90, angle=angle, mirrored=angle > 90), (180, 180))
    picture = plain()
    drawing.stamp(picture, item, 100, 100)
    rows, columns = np.nonzero(np.abs(picture.astype(int) - GREY).max(axis=2) > 70)
    box = item.box_at(100, 100)
    drawn = (columns.min(), rows.min(), columns.max(), rows.max())
    assert drawn == pytest.approx((box.x, box.y, box.x + box.width, box.y + box.height), abs=4)


def test_an_object_is_made_smaller_where_there_is_no_room() -> None:
    item = drawing.posed(PACK.sprite("1f981", "flat"), Pose(span=120, angle=45), (70, 60))
    assert item.width <= 70.001
    assert item.height <= 60.001


def test_an_object_over_the_edge_is_cut() -> None:
    picture = plain(80, 60)
    drawing.stamp(picture, drawing.posed(PACK.sprite("1f981", "flat"), Pose(span=90), (200, 200)), 70, 50)
    assert (picture[:10, :10] == GREY).all()
    assert not (picture == GREY).all()


def test_a_hue_turned_by_a_full_circle_is_the_same_hue() -> None:
    assert drawing.hue_matrix(360) == pytest.approx(np.eye(4), abs=1e-9)


def test_turning_the_hue_keeps_grey_and_alpha() -> None:
    grey = np.array([90.0, 90.0, 90.0, 255.0])
    assert drawing.hue_matrix(110) @ grey == pytest.approx(grey, abs=0.2)


def test_turning_the_hue_changes_a_colour() -> None:
    red = np.array([0.0, 0.0, 200.0, 255.0])
    assert np.abs(drawing.hue_matrix(120) @ red - red).max() > 80


def test_a_louder_background_varies_more() -> None:
    def spread(amplitude: float) -> float:
        pictures = [drawing.background(STREAMS.stream("back", number), 120, 120, amplitude) for number in range(20)]
        return float(np.mean([picture.std(axis=(0, 1)).mean() for picture in pictures]))

    assert spread(1.0) > 2 * spread(0.1)


def test_grain_keeps_the_mean_and_adds_deviation() -> None:
    picture = plain()
    drawing.roughen(STREAMS.stream("grain"), picture, 0.2)
    assert picture.mean() == pytest.approx(GREY, abs=1.5)
    assert 5 < picture.std() < 12


def test_no_grain_and_no_strokes_change_nothing() -> None:
    picture = plain()
    drawing.roughen(STREAMS.stream("none"), picture, 0.0)
    drawing.scribble(STREAMS.stream("none"), picture, 0, 0.5)
    assert (picture == GREY).all()


def test_strokes_change_a_small_part_of_the_picture() -> None:
    picture = plain(500, 430)
    drawing.scribble(STREAMS.stream("strokes"), picture, 16, 0.45)
    changed = float((picture != GREY).any(axis=2).mean())
    assert 0.005 < changed < 0.15


def test_the_jpeg_decodes_to_nearly_the_picture() -> None:
    picture = plain(64, 48)
    decoded = cv2.imdecode(np.frombuffer(drawing.jpeg(picture, 80), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert np.abs(np.asarray(decoded, dtype=int) - GREY).max() <= 2


def test_textures_cover_the_full_range_and_are_constants() -> None:
    for make in textures.PATTERNS:
        pattern = make()
        assert pattern.shape == (textures.SIDE, textures.SIDE)
        assert int(pattern.max()) - int(pattern.min()) > 200
        assert np.array_equal(inspect.unwrap(make)(), pattern)


def test_a_texture_is_made_once() -> None:
    for make in (*textures.PATTERNS, textures.grain):
        assert make() is make()
