"""Several objects; every class but one appears at least twice; click the one that is alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.drawing import Pose, Posed
from captcha_range.challenges.family import Answer, Challenge, Rectangle, Reply
from captcha_range.challenges.line_up import line_up
from captcha_range.challenges.prompts import ODD_ONE_OUT
from captcha_range.challenges.sprites import ObjectClass, Pack, standard_pack

WIDTH, HEIGHT = 500, 430
TOLERANCE = 3
"""Pixels round the drawn object that still count as a click on it."""

ROWS: Final[dict[int, tuple[tuple[int, ...], ...]]] = {
    8: ((3, 2, 3), (2, 3, 3), (3, 3, 2)),
    9: ((3, 3, 3), (2, 4, 3), (3, 4, 2)),
    10: ((3, 4, 3), (4, 3, 3), (3, 3, 4)),
    11: ((4, 3, 4), (4, 4, 3), (3, 4, 4)),
}
"""By number of objects: how many stand in each row."""


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level means. Spans are pixels, angles and hues degrees; the rest are shares or counts."""

    objects: tuple[int, ...]
    others: int
    """How many classes appear more than once."""
    near: float
    spans: tuple[float, float]
    angle: float
    hue: float
    hue_of_others: float
    """The limit for classes that are known by their colour."""
    mirrored: bool
    styles: str
    """`one` for the whole picture, one for each `class`, or one for each `instance`."""
    amplitude: float
    grain: float
    strokes: int
    quality: int


LEVELS: Final[dict[int, Difficulty]] = {
    1: Difficulty((8, 9), 2, 0.0, (92, 102), 8, 0, 0, False, "one", 0.15, 0.0, 0, 85),
    2: Difficulty((8, 9), 3, 0.2, (86, 104), 25, 20, 4, True, "class", 0.3, 0.06, 0, 80),
    3: Difficulty((9, 10), 3, 0.4, (78, 106), 60, 60, 8, True, "instance", 0.5, 0.12, 4, 80),
    4: Difficulty((10, 11), 4, 0.7, (70, 108), 180, 120, 10, True, "instance", 0.75, 0.2, 8, 75),
    5: Difficulty((11,), 5, 0.9, (58, 110), 180, 180, 14, True, "instance", 1.0, 0.34, 16, 65),
}


class OddOneOut:
    """Family `odd_one_out`: picture of 500 x 430, reply by one point."""

    name = "odd_one_out"
    replies_with = "points"

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5); KeyError for another level."""
        scene = scene_of(stream, self._pack or standard_pack(), level)
        difficulty = LEVELS[level]
        picture = drawing.background(stream, WIDTH, HEIGHT, difficulty.amplitude)
        for each in scene:
            drawing.stamp(picture, each.item, each.x, each.y)
        drawing.scribble(stream, picture, difficulty.strokes, 0.45)
        drawing.roughen(stream, picture, difficulty.grain)
        return Challenge(
            family=self.name,
            level=level,
            prompt=ODD_ONE_OUT,
            picture=drawing.jpeg(picture, difficulty.quality),
            width=WIDTH,
            height=HEIGHT,
            answer=Answer(targets=(_target(_alone(scene).box),)),
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when there is exactly one point, and it lies on the target."""
        if len(reply.points) != 1 or reply.tiles:
            return False
        x, y = reply.points[0]
        return any(target.contains(x, y) for target in answer.targets)

    def floor(self, level: int) -> float:
        """A click on any object, found but not recognised: one in the number of objects.

        The best constant point does worse: it must also meet an object whose place varies.
        """
        objects = LEVELS[level].objects
        return sum(1 / count for count in objects) / len(objects)


@dataclass(frozen=True, slots=True)
class Placed:
    """One object of a scene: what it is, how it is posed, and where its centre point lies."""

    of: ObjectClass
    item: Posed
    x: float
    y: float

    @property
    def box(self) -> Rectangle:
        """The pixels that it covers."""
        return self.item.box_at(self.x, self.y)


def scene_of(stream: np.random.Generator, pack: Pack, level: int) -> list[Placed]:
    """The objects of a challenge. `draw` starts with it: an equal stream gives the scene of the picture."""
    difficulty = LEVELS[level]
    cast = cast_of(stream, pack, difficulty)
    styles = _styles_of(stream, pack, difficulty, cast)
    scene = []
    for each, style, cell in zip(cast, styles, _cells(stream, len(cast)), strict=True):
        edge = TOLERANCE + 1
        room = (cell.width - 2 * edge, cell.height - 2 * edge)
        item = drawing.posed(pack.sprite(each.key, style), _pose(stream, difficulty, each), room)
        shift = stream.uniform(0.1, 0.9, 2) * (room[0] - item.width, room[1] - item.height)
        x = cell.x + edge + float(shift[0]) - item.left
        y = cell.y + edge + float(shift[1]) - item.top
        scene.append(Placed(each, item, x, y))
    return scene


def cast_of(stream: np.random.Generator, pack: Pack, difficulty: Difficulty) -> list[ObjectClass]:
    """The class of each object in reading order: one alone, every other at least twice."""
    count = int(stream.choice(difficulty.objects))
    alone, *others = line_up(stream, pack, 1 + difficulty.others, difficulty.near)
    spare = [others[int(number)] for number in stream.integers(len(others), size=count - 1 - 2 * len(others))]
    cast = [alone, *others, *others, *spare]
    return [cast[int(number)] for number in stream.permutation(count)]


def _styles_of(stream: np.random.Generator, pack: Pack, difficulty: Difficulty, cast: list[ObjectClass]) -> list[str]:
    """The style of each object."""
    draws = [pack.styles[int(number)] for number in stream.integers(len(pack.styles), size=len(cast))]
    if difficulty.styles == "instance":
        return draws
    if difficulty.styles == "class":
        return [draws[cast.index(each)] for each in cast]
    return draws[:1] * len(cast)


def _pose(stream: np.random.Generator, difficulty: Difficulty, each: ObjectClass) -> Pose:
    hue = difficulty.hue if each.hue_safe else difficulty.hue_of_others
    return Pose(
        span=float(stream.uniform(*difficulty.spans)),
        angle=float(stream.uniform(-1, 1)) * difficulty.angle,
        hue=float(stream.uniform(-1, 1)) * hue,
        mirrored=difficulty.mirrored and bool(stream.random() < 0.5),
    )


def _cells(stream: np.random.Generator, count: int) -> list[Rectangle]:
    """One cell an object, in reading order. They tile the picture and do not overlap."""
    patterns = ROWS[count]
    rows = patterns[int(stream.integers(len(patterns)))]
    height = HEIGHT // len(rows)
    cells = []
    for number, columns in enumerate(rows):
        width = min(WIDTH // columns, 170)
        # A row with room to spare stands anywhere: a constant point must not profit from columns.
        start = int(stream.integers(WIDTH - columns * width + 1))
        lefts = range(start, start + columns * width, width)
        cells += [Rectangle(left, number * height, width, height) for left in lefts]
    return cells


def _alone(scene: list[Placed]) -> Placed:
    keys = [each.of.key for each in scene]
    return next(each for each in scene if keys.count(each.of.key) == 1)


def _target(box: Rectangle) -> Rectangle:
    """The object's box with the tolerance, cut at the picture's edges."""
    left, top = max(0, box.x - TOLERANCE), max(0, box.y - TOLERANCE)
    right = min(WIDTH, box.x + box.width + TOLERANCE)
    bottom = min(HEIGHT, box.y + box.height + TOLERANCE)
    return Rectangle(left, top, right - left, bottom - top)
