import numpy as np

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.families.grid import TILES
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams
from captcha_range.recognition.layout import tiles_of


def test_the_tiles_are_found_to_the_pixel_or_nearly_so_at_every_level() -> None:
    for level in range(1, 6):
        for number in range(4):
            drawn = FAMILIES["grid"].draw(Streams(b"layout").stream(level, number), level)
            found = tiles_of(decode_picture(drawn.picture))
            assert found is not None
            for seen, real in zip(found, TILES, strict=True):
                assert abs(seen.x - real.x) + abs(seen.y - real.y) <= 2
                assert abs(seen.width - real.width) + abs(seen.height - real.height) <= 3


def test_a_scene_without_lines_has_no_tiles() -> None:
    drawn = FAMILIES["odd_one_out"].draw(Streams(b"layout").stream(0), 1)
    assert tiles_of(decode_picture(drawn.picture)) is None
    assert tiles_of(np.zeros((90, 90, 3), dtype=np.uint8)) is None
