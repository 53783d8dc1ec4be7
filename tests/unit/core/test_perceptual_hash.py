"""The perceptual hash: near for copies, far for other pictures."""

import cv2
import numpy as np
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.core.perceptual_hash import HASH_BYTES, MAYBE, distance, perceptual_hash, words_of
from captcha_range.core.pixels import Picture, decode_picture
from captcha_range.core.streams import Streams

SURE = 60
"""Bits within which a copy lies, and no other picture."""


def drawn(family: str, number: int) -> Picture:
    level = 1 + number % 5
    return decode_picture(FAMILIES[family].draw(Streams(b"hash").stream(family, number), level).picture)


# Not `text`, which asks nothing of its picture, a strip of paper.
PICTURES = [drawn(family, number) for family in FAMILIES if family != "text" for number in range(15)]


def test_a_hash_has_256_bits_of_which_half_are_set() -> None:
    for picture in PICTURES:
        hashed = perceptual_hash(picture)
        assert len(hashed) == HASH_BYTES
        assert distance(hashed, bytes(HASH_BYTES)) == 128


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.0, 1.5])
def test_a_copy_that_was_scaled_and_compressed_is_near(factor: float) -> None:
    for picture in PICTURES:
        size = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        data = cv2.imencode(".jpg", size, (cv2.IMWRITE_JPEG_QUALITY, 40))[1].tobytes()
        assert distance(perceptual_hash(picture), perceptual_hash(decode_picture(data))) <= 12


def test_two_pictures_of_the_range_are_further_apart_than_any_copy() -> None:
    hashes = [perceptual_hash(picture) for picture in PICTURES]
    assert min(distance(one, other) for number, one in enumerate(hashes) for other in hashes[:number]) > SURE


def test_a_copy_without_twelve_pixels_of_each_side_is_still_a_candidate() -> None:
    for picture in PICTURES:
        assert distance(perceptual_hash(picture), perceptual_hash(picture[12:-12, 12:-12])) <= MAYBE


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 4_000, 3), (4_000, 1, 3), (2_000, 2_000, 3)])
def test_a_picture_of_any_size_has_a_hash(shape: tuple[int, int, int]) -> None:
    assert len(perceptual_hash(np.full(shape, 9, dtype=np.uint8))) == HASH_BYTES


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33)])
def test_what_is_no_hash_is_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        words_of(wrong)
