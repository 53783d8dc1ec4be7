"""Nine tiles; choose exactly those that contain the object asked for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.drawing import Picture, Pose
from captcha_range.challenges.family import Answer, Challenge, Rectangle, Reply
from captcha_range.challenges.line_up import companions
from captcha_range.challenges.prompts import each_image_containing
from captcha_range.challenges.sprites import ObjectClass, Pack, standard_pack

TILE = 120
GAP = 4
SIDE = 3 * TILE + 4 * GAP
"""Pixels on each side of the whole picture."""

TILES: Final = tuple(
    Rectangle(GAP + column * (TILE + GAP), GAP + row * (TILE + GAP), TILE, TILE)
    for row in range(3)
    for column in range(3)
)


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level means. Spans are pixels, angles and hues degrees; the rest are shares or counts."""

    others: tuple[int, ...]
    """How many classes the tiles without the wanted object draw from."""
    near: float
    spans: tuple[float, float]
    angle: float
    hue: float
    hue_of_others: float
    """The limit for classes that are known by their colour."""
    mirrored: bool
    mixed: bool
    """Whether each object has a style of its own, or all share one."""
    crowded: float
    """The share of tiles that show a second object."""
    amplitude: float
    grain: float
    strokes: int
    quality: int


LEVELS: Final[dict[int, Difficulty]] = {
    1: Difficulty((3, 4), 0.0, (84, 96), 8, 0, 0, False, False, 0.0, 0.15, 0.0, 0, 85),
    2: Difficulty((3, 4), 0.2, (76, 98), 25, 20, 4, True, True, 0.0, 0.3, 0.06, 0, 80),
    3: Difficulty((2, 3), 0.4, (66, 98), 60, 60, 8, True, True, 0.25, 0.5, 0.12, 5, 80),
    4: Difficulty((2, 3, 4), 0.7, (60, 98), 180, 120, 10, True, True, 0.4, 0.75, 0.2, 9, 75),
    5: Difficulty((2, 3, 4), 0.9, (52, 98), 180, 180, 14, True, True, 0.7, 1.0, 0.34, 16, 65),
}

_PAIRED_SPAN = 62
"""Pixels: the longer side of an object that shares its tile with another."""


class Grid:
    """Family `grid`: picture of 376 x 376 with nine tiles of 120, reply by the set of tiles."""

    name = "grid"
    replies_with = "tiles"

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5); KeyError for another level."""
        pack = self._pack or standard_pack()
        difficulty = LEVELS[level]
        scene = scene_of(stream, pack, level)
        style = None if difficulty.mixed else pack.styles[int(stream.integers(len(pack.styles)))]
        picture = np.full((SIDE, SIDE, 3), 255, dtype=np.uint8)
        for tile, classes in zip(TILES, scene.contents, strict=True):
            view = picture[tile.y : tile.y + TILE, tile.x : tile.x + TILE]
            view[:] = drawing.background(stream, TILE, TILE, difficulty.amplitude)
            _fill(stream, pack, difficulty, view, classes, style)
        drawing.scribble(stream, picture, difficulty.strokes, 0.4)
        drawing.roughen(stream, picture, difficulty.grain)
        return Challenge(
            family=self.name,
            level=level,
            prompt=each_image_containing(scene.wanted),
            picture=drawing.jpeg(picture, difficulty.quality),
            width=SIDE,
            height=SIDE,
            answer=Answer(tiles=scene.chosen),
            tiles=TILES,
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when the reply names exactly the wanted tiles, in any order, each once, and nothing else."""
        if reply.given != {"tiles"}:
            return False
        return len(reply.tiles) == len(answer.tiles) and set(reply.tiles) == set(answer.tiles)

    def floor(self, level: int) -> float:
        """All sets of one to eight tiles are equally likely: the best constant reply meets one of 510."""
        return 1 / sum(math.comb(9, count) for count in range(1, 9))


@dataclass(frozen=True, slots=True)
class Scene:
    """What a grid asks for, the tiles that are right, and the classes shown in each of the nine."""

    wanted: ObjectClass
    chosen: tuple[int, ...]
    contents: tuple[tuple[ObjectClass, ...], ...]


def scene_of(stream: np.random.Generator, pack: Pack, level: int) -> Scene:
    """The content of a challenge. `draw` starts with it: an equal stream gives the scene of the picture."""
    difficulty = LEVELS[level]
    wanted = _one(stream, pack.classes)
    chosen = chosen_tiles(stream)
    # Few other classes, so that the commonest object need not be the wanted one.
    others = companions(stream, pack, wanted, int(stream.choice(difficulty.others)), difficulty.near)
    contents = []
    for number in range(9):
        classes = [wanted if number in chosen else _one(stream, others)]
        if stream.random() < difficulty.crowded:
            classes.insert(int(stream.integers(2)), _one(stream, others))
        contents.append(tuple(classes))
    return Scene(wanted, chosen, tuple(contents))


def chosen_tiles(stream: np.random.Generator) -> tuple[int, ...]:
    """A set of tiles, uniform over all sets but the empty and the full one, in rising order."""
    bits = int(stream.integers(1, 2**9 - 1))
    return tuple(number for number in range(9) if bits >> number & 1)


def _one(stream: np.random.Generator, classes: Sequence[ObjectClass]) -> ObjectClass:
    return classes[int(stream.integers(len(classes)))]


def _fill(
    stream: np.random.Generator,
    pack: Pack,
    difficulty: Difficulty,
    view: Picture,
    classes: Sequence[ObjectClass],
    style: str | None,
) -> None:
    """Draw one or two objects into a tile; two stand on a diagonal."""
    rooms = _rooms(stream, len(classes))
    for each, room in zip(classes, rooms, strict=True):
        own = style or pack.styles[int(stream.integers(len(pack.styles)))]
        pose = _pose(stream, difficulty, each, len(classes) > 1)
        item = drawing.posed(pack.sprite(each.key, own), pose, (room.width, room.height))
        shift = stream.uniform(0.15, 0.85, 2) * (room.width - item.width, room.height - item.height)
        x, y = room.x + float(shift[0]) - item.left, room.y + float(shift[1]) - item.top
        drawing.stamp(view, item, x, y)


def _rooms(stream: np.random.Generator, count: int) -> list[Rectangle]:
    """Where in a tile its objects may stand."""
    edge = 6
    if count == 1:
        return [Rectangle(edge, edge, TILE - 2 * edge, TILE - 2 * edge)]
    near, half = 3, TILE // 2 + 4
    far = TILE - near - half
    top = (near, far) if stream.random() < 0.5 else (far, near)
    return [Rectangle(near, top[0], half, half), Rectangle(far, top[1], half, half)]


def _pose(stream: np.random.Generator, difficulty: Difficulty, each: ObjectClass, paired: bool) -> Pose:
    hue = difficulty.hue if each.hue_safe else difficulty.hue_of_others
    span = float(stream.uniform(*difficulty.spans))
    return Pose(
        span=_PAIRED_SPAN if paired else span,
        angle=float(stream.uniform(-1, 1)) * difficulty.angle,
        hue=float(stream.uniform(-1, 1)) * hue,
        mirrored=difficulty.mirrored and bool(stream.random() < 0.5),
    )
