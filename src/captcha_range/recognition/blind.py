"""The recogniser `random`: sees that there are things, not what they are. The least an attacker can do."""

from collections.abc import Callable
from typing import Final

import numpy as np

from captcha_range.core.pixels import Picture, pixel_digest
from captcha_range.core.streams import Streams
from captcha_range.recognition import wordings
from captcha_range.recognition.holes import holes_in
from captcha_range.recognition.layout import SIDE, tiles_of
from captcha_range.recognition.question import GRID, ODD_ONE_OUT, Question, parsed
from captcha_range.recognition.recogniser import Recognition
from captcha_range.recognition.scene import Scene, whole_scene
from captcha_range.recognition.strip import above_and_strip

_SETS: Final = 2 ** (SIDE * SIDE)
_MOST_COUNTED: Final = 9
_ANGLES: Final = (60.0, 300.0)
"""Degrees: a disc that is to be turned is turned by more than a little."""

Guess = Callable[[np.random.Generator, Picture, Question], Recognition | None]


class Blind:
    """Points at any object, or at any set of tiles but none and all of them, or names any number, angle, word.

    Its chance hangs on the pixels alone: the same picture gets the same answer.
    """

    name = "random"

    def __init__(self) -> None:
        self.families = frozenset(_GUESSES)

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        """A guess; its confidence is the chance of one guess among all."""
        asked = parsed(question)
        if asked is None:
            return None
        stream = Streams(pixel_digest(picture)).stream("random", asked.family)
        return _GUESSES[asked.family](stream, picture, asked)


def _any_objects(stream: np.random.Generator, scene: Scene, asked: Question, count: int) -> Recognition | None:
    """So many different objects, in any order."""
    found = len(scene.found)
    if found < count:
        return None
    chosen = [scene.found[int(number)] for number in stream.permutation(found)[:count]]
    chance = 1 / float(np.prod(range(found - count + 1, found + 1)))
    return Recognition(asked.family, tuple(scene.point(each) for each in chosen), chance)


def _any_object(stream: np.random.Generator, picture: Picture, asked: Question) -> Recognition | None:
    scene = whole_scene(picture)
    if not scene.found:
        return None
    each = scene.found[int(stream.integers(len(scene.found)))]
    return Recognition(asked.family, (scene.point(each),), 1 / len(scene.found))


def _any_tiles(stream: np.random.Generator, picture: Picture, asked: Question) -> Recognition | None:
    tiles = tiles_of(picture)
    if tiles is None:
        return None
    bits = int(stream.integers(1, _SETS - 1))
    points = tuple(tile.centre for number, tile in enumerate(tiles) if bits >> number & 1)
    return Recognition(asked.family, points, 1 / (_SETS - 2))


def _any_two(stream: np.random.Generator, picture: Picture, asked: Question) -> Recognition | None:
    return _any_objects(stream, whole_scene(picture), asked, 2)


def _any_in_order(stream: np.random.Generator, picture: Picture, asked: Question) -> Recognition | None:
    above, _ = above_and_strip(picture)
    return _any_objects(stream, whole_scene(above), asked, asked.clicks)


def _any_number(stream: np.random.Generator, picture: Picture, asked: Question) -> Recognition | None:
    number = int(stream.integers(1, _MOST_COUNTED + 1))
    return Recognition(asked.family, (), 1 / _MOST_COUNTED, number=number)


def _any_box(stream: np.random.Generator, picture: Picture, asked: Question) -> Recognition | None:
    scene = whole_scene(picture)
    if not scene.found:
        return None
    each = scene.found[int(stream.integers(len(scene.found)))]
    x, y, width, height = (part * scene.scale for part in (each.x, each.y, each.right - each.x, each.bottom - each.y))
    return Recognition(asked.family, (), 1 / len(scene.found), box=(x, y, width, height))


def _any_word(stream: np.random.Generator, picture: Picture, asked: Question) -> Recognition | None:
    return Recognition(asked.family, (), 1 / len(asked.choices), choice=int(stream.integers(len(asked.choices))))


def _any_angle(stream: np.random.Generator, picture: Picture, asked: Question) -> Recognition | None:
    return Recognition(asked.family, (), 30 / 270, angle=float(stream.uniform(*_ANGLES)))


def _any_hole(stream: np.random.Generator, picture: Picture, asked: Question) -> Recognition | None:
    holes = holes_in(picture)
    if not holes:
        return None
    each = holes[int(stream.integers(len(holes)))]
    return Recognition(asked.family, ((each.x, each.y),), 1 / len(holes))


_GUESSES: Final[dict[str, Guess]] = {
    ODD_ONE_OUT: _any_object,
    GRID: _any_tiles,
    wordings.PAIR: _any_two,
    wordings.RELATION: _any_object,
    wordings.ORDER_CLICK: _any_in_order,
    wordings.COUNT: _any_number,
    wordings.BOUNDING_BOX: _any_box,
    wordings.TEXT: _any_word,
    wordings.ROTATE_UPRIGHT: _any_angle,
    wordings.DRAG_TO_FIT: _any_hole,
}
