"""Laying one picture over another: the place is found to a pixel, and what is not there is not found."""

import cv2
import numpy as np
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.core.pixels import Picture, decode_picture
from captcha_range.core.streams import Streams
from captcha_range.solver.registration import place
from captcha_range.solver.screenshots import MOST, Region, regions_of


def drawn(family: str, number: int, level: int = 2) -> Picture:
    return decode_picture(FAMILIES[family].draw(Streams(b"register").stream(family, number), level).picture)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0, 1.5])
def test_scale_and_offset_are_found(family: str, scale: float) -> None:
    picture = drawn(family, 1)
    rim = cv2.copyMakeBorder(picture, 20, 5, 10, 15, cv2.BORDER_CONSTANT, value=(40, 90, 200))
    placed = place(picture, np.asarray(cv2.resize(rim, None, fx=scale, fy=scale), dtype=np.uint8))
    assert placed is not None
    assert placed.point(200, 100) == pytest.approx((210 * scale, 120 * scale), abs=1)


@pytest.mark.parametrize("family", FAMILIES)
def test_another_picture_of_the_same_family_is_not_there(family: str) -> None:
    pictures = [drawn(family, number, 1 + number % 5) for number in range(10)]
    assert all(place(one, other) is None for one in pictures[:5] for other in pictures[5:])


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 400, 3), (400, 1, 3), (430, 500, 3), (3, 3, 3)])
def test_a_flat_image_of_any_form_shows_nothing(shape: tuple[int, int, int]) -> None:
    flat = np.full(shape, 90, dtype=np.uint8)
    assert place(drawn("grid", 1), flat) is None
    assert regions_of(flat)[0] == Region(0, 0, shape[1], shape[0])


def test_a_block_on_a_page_is_among_the_regions_and_the_whole_image_is_the_first() -> None:
    page = np.full((600, 620, 3), 255, dtype=np.uint8)
    picture = drawn("odd_one_out", 3)
    page[90:520, 60:560] = picture
    found = regions_of(page)
    assert found[0] == Region(0, 0, 620, 600)
    assert len(found) <= MOST
    assert any(abs(each.x - 60) <= 6 and abs(each.y - 90) <= 6 and abs(each.width - 500) <= 12 for each in found)


@pytest.mark.parametrize("number", [941, 1341, 2637])
def test_a_calm_picture_without_its_first_rows_is_found(number: int) -> None:
    """Its outer cells hold faint grain only: what the blur carries in from beyond the end once outweighed it."""
    picture = decode_picture(FAMILIES["odd_one_out"].draw(Streams(b"calm").stream("calm", number), 1).picture)
    placed = place(picture, picture[2:, 2:])
    assert placed is not None
    assert placed.point(200, 100) == pytest.approx((198, 98), abs=1)
