"""The recogniser `random`: sees that there are things, not what they are. The least an attacker can do."""

from typing import Final

from captcha_range.core.pixels import Picture, pixel_digest
from captcha_range.core.streams import Streams
from captcha_range.recognition.layout import SIDE, tiles_of
from captcha_range.recognition.question import GRID, ODD_ONE_OUT, parsed
from captcha_range.recognition.recogniser import Recognition
from captcha_range.recognition.scene import whole_scene

_SETS: Final = 2 ** (SIDE * SIDE)


class Blind:
    """Points at any object, or at any set of tiles but none and all of them.

    Its chance hangs on the pixels alone: the same picture gets the same answer.
    """

    name = "random"

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        """A guess; its confidence is the chance of one guess among all."""
        asked = parsed(question)
        if asked is None:
            return None
        return _any_tiles(picture) if asked.family == GRID else _any_object(picture)


def _any_object(picture: Picture) -> Recognition | None:
    scene = whole_scene(picture)
    if not scene.found:
        return None
    stream = Streams(pixel_digest(picture)).stream("random", ODD_ONE_OUT)
    each = scene.found[int(stream.integers(len(scene.found)))]
    return Recognition(ODD_ONE_OUT, (scene.point(each),), 1 / len(scene.found))


def _any_tiles(picture: Picture) -> Recognition | None:
    tiles = tiles_of(picture)
    if tiles is None:
        return None
    stream = Streams(pixel_digest(picture)).stream("random", GRID)
    bits = int(stream.integers(1, _SETS - 1))
    points = tuple(tile.centre for number, tile in enumerate(tiles) if bits >> number & 1)
    return Recognition(GRID, points, 1 / (_SETS - 2))
