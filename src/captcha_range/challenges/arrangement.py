"""Objects spread over a picture: each in a cell of its own, posed and styled as the level has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.drawing import Picture, Pose, Posed
from captcha_range.challenges.family import Rectangle
from captcha_range.challenges.sprites import ObjectClass, Pack

WIDTH, HEIGHT = 500, 430
TOLERANCE = 3
"""Pixels round a drawn object that still count as a click on it."""
_WIDEST: Final = 170

ROWS: Final[dict[int, tuple[tuple[int, ...], ...]]] = {
    6: ((3, 3), (2, 2, 2), (1, 3, 2), (2, 3, 1)),
    7: ((3, 4), (4, 3), (2, 3, 2), (3, 2, 2), (2, 2, 3)),
    8: ((3, 2, 3), (2, 3, 3), (3, 3, 2)),
    9: ((3, 3, 3), (2, 4, 3), (3, 4, 2)),
    10: ((3, 4, 3), (4, 3, 3), (3, 3, 4)),
    11: ((4, 3, 4), (4, 4, 3), (3, 4, 4)),
    12: ((4, 4, 4),),
    13: ((4, 5, 4), (5, 4, 4), (4, 4, 5)),
}
"""By number of objects: how many stand in each row."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a level looks. Spans are pixels, angles and hues degrees; the rest are shares or counts."""

    near: float
    """How often the classes come from one group."""
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


LOOKS: Final[dict[int, Look]] = {
    1: Look(0.0, (92, 102), 8, 0, 0, False, "one", 0.15, 0.0, 0, 85),
    2: Look(0.2, (86, 104), 25, 20, 4, True, "class", 0.3, 0.06, 0, 80),
    3: Look(0.4, (78, 106), 60, 60, 8, True, "instance", 0.5, 0.12, 4, 80),
    4: Look(0.7, (70, 108), 180, 120, 10, True, "instance", 0.75, 0.2, 8, 75),
    5: Look(0.9, (58, 110), 180, 180, 14, True, "instance", 1.0, 0.34, 16, 65),
}


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


def arranged(
    stream: np.random.Generator, pack: Pack, look: Look, cast: Sequence[ObjectClass], cells: Sequence[Rectangle]
) -> list[Placed]:
    """Each object of the cast in its cell."""
    return placed(stream, pack, look, cast, styles_of(stream, pack, look, cast), cells)


def placed(
    stream: np.random.Generator,
    pack: Pack,
    look: Look,
    cast: Sequence[ObjectClass],
    styles: Sequence[str],
    cells: Sequence[Rectangle],
) -> list[Placed]:
    """Each object of the cast in its style, somewhere in its cell."""
    scene = []
    for each, style, cell in zip(cast, styles, cells, strict=True):
        edge = TOLERANCE + 1
        room = (cell.width - 2 * edge, cell.height - 2 * edge)
        item = drawing.posed(pack.sprite(each.key, style), posture(stream, look, each), room)
        shift = stream.uniform(0.1, 0.9, 2) * (room[0] - item.width, room[1] - item.height)
        x = cell.x + edge + float(shift[0]) - item.left
        y = cell.y + edge + float(shift[1]) - item.top
        scene.append(Placed(each, item, x, y))
    return scene


def styles_of(stream: np.random.Generator, pack: Pack, look: Look, cast: Sequence[ObjectClass]) -> list[str]:
    """The style of each object."""
    draws = [pack.styles[int(number)] for number in stream.integers(len(pack.styles), size=len(cast))]
    if look.styles == "instance":
        return draws
    if look.styles == "class":
        return [draws[cast.index(each)] for each in cast]
    return draws[:1] * len(cast)


def posture(stream: np.random.Generator, look: Look, each: ObjectClass) -> Pose:
    """How an object of this class stands at this level."""
    hue = look.hue if each.hue_safe else look.hue_of_others
    return Pose(
        span=float(stream.uniform(*look.spans)),
        angle=float(stream.uniform(-1, 1)) * look.angle,
        hue=float(stream.uniform(-1, 1)) * hue,
        mirrored=look.mirrored and bool(stream.random() < 0.5),
    )


def cells_of(stream: np.random.Generator, count: int, height: int = HEIGHT) -> list[Rectangle]:
    """One cell an object, in reading order. They tile the picture and do not overlap."""
    patterns = ROWS[count]
    rows = patterns[int(stream.integers(len(patterns)))]
    high = height // len(rows)
    cells = []
    for number, columns in enumerate(rows):
        width = min(WIDTH // columns, _WIDEST)
        # A row with room to spare stands anywhere: a constant point must not profit from columns.
        start = int(stream.integers(WIDTH - columns * width + 1))
        lefts = range(start, start + columns * width, width)
        cells += [Rectangle(left, number * high, width, high) for left in lefts]
    return cells


def shuffled(stream: np.random.Generator, cast: Sequence[ObjectClass]) -> list[ObjectClass]:
    """The cast in random order."""
    return [cast[int(number)] for number in stream.permutation(len(cast))]


def picture_of(stream: np.random.Generator, look: Look, scene: Sequence[Placed]) -> Picture:
    """The scene on its background, with all that the level lays over it."""
    picture = drawing.background(stream, WIDTH, HEIGHT, look.amplitude)
    for each in scene:
        drawing.stamp(picture, each.item, each.x, each.y)
    drawing.scribble(stream, picture, look.strokes, 0.45)
    drawing.roughen(stream, picture, look.grain)
    return picture


def target_of(box: Rectangle) -> Rectangle:
    """The object's box with the tolerance, cut at the picture's edges."""
    left, top = max(0, box.x - TOLERANCE), max(0, box.y - TOLERANCE)
    right = min(WIDTH, box.x + box.width + TOLERANCE)
    bottom = min(HEIGHT, box.y + box.height + TOLERANCE)
    return Rectangle(left, top, right - left, bottom - top)
