"""Square holes are cut into a scene; one of the cut-out squares lies below. Move it to the hole it came from."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.arrangement import HEIGHT, LOOKS, WIDTH, Placed, arranged, picture_of
from captcha_range.challenges.drawing import Picture
from captcha_range.challenges.family import Answer, Challenge, Rectangle, Reply
from captcha_range.challenges.line_up import line_up
from captcha_range.challenges.prompts import PIECE
from captcha_range.challenges.sprites import Pack, standard_pack

SCENE_HEIGHT = 330
"""Pixels: the piece lies below, in a tray."""
PIECE_SIDE = 66
TOLERANCE = 12.0
"""Pixels between the centre of the piece and that of its hole."""
TRAY: Final = Rectangle(
    (WIDTH - PIECE_SIDE) // 2, SCENE_HEIGHT + (HEIGHT - SCENE_HEIGHT - PIECE_SIDE) // 2, PIECE_SIDE, PIECE_SIDE
)
"""Where the piece lies at first."""
_EDGE: Final = 4
_PAPER: Final = (246, 246, 246)
_SPANS: Final = (100.0, 118.0)
"""Pixels: larger objects than elsewhere, so that enough of them remains beside the holes."""
_VOID: Final = (128, 128, 128)
_RIM: Final = (250, 250, 250)


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level means, beside how it looks: how many objects, and how many have a hole."""

    objects: tuple[int, ...]
    holes: int
    offset: float
    """From the object's middle to the hole's, as a share of its longer side: the less, the less remains."""


LEVELS: Final[dict[int, Difficulty]] = {
    1: Difficulty((6,), 4, 0.34),
    2: Difficulty((6, 7), 4, 0.32),
    3: Difficulty((7,), 5, 0.3),
    4: Difficulty((7, 8), 6, 0.3),
    5: Difficulty((8,), 7, 0.26),
}


class DragToFit:
    """Family `drag_to_fit`: picture of 500 x 430 with the piece in a tray at the bottom, reply by a position."""

    name = "drag_to_fit"
    replies_with = "position"

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5); KeyError for another level."""
        look = LOOKS[level]
        scene = scene_of(stream, self._pack or standard_pack(), level)
        picture = picture_of(stream, look, scene.objects)
        _cut_out(picture, scene.holes)
        return Challenge(
            family=self.name,
            level=level,
            prompt=PIECE,
            picture=drawing.jpeg(picture, look.quality),
            width=WIDTH,
            height=HEIGHT,
            answer=Answer(targets=(scene.holes[0],)),
            piece=TRAY,
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when the centre of the piece is within `TOLERANCE` of the centre of its hole."""
        if reply.position is None or reply.given != {"position"}:
            return False
        apart = np.subtract(reply.position, answer.targets[0].centre)
        return bool(np.hypot(*apart) <= TOLERANCE)

    def floor(self, level: int) -> float:
        """Any of the holes."""
        return 1 / LEVELS[level].holes


@dataclass(frozen=True, slots=True)
class Scene:
    """The objects, and where the holes are; the piece comes from the first."""

    objects: list[Placed]
    holes: list[Rectangle]


def scene_of(stream: np.random.Generator, pack: Pack, level: int) -> Scene:
    """The content of a challenge. `draw` starts with it: an equal stream gives the scene of the picture."""
    difficulty, look = LEVELS[level], replace(LOOKS[level], spans=_SPANS)
    count = int(stream.choice(difficulty.objects))
    cells = _cells(stream, count)
    objects = arranged(stream, pack, look, line_up(stream, pack, count, look.near), cells)
    chosen = [int(number) for number in stream.permutation(count)[: difficulty.holes]]
    holes = [_hole(stream, objects[number], cells[number], difficulty.offset) for number in chosen]
    return Scene(objects, holes)


def _cells(stream: np.random.Generator, count: int) -> list[Rectangle]:
    """Two rows of cells, each large enough for an object and its hole."""
    upper = (count + int(stream.integers(2))) // 2
    high = SCENE_HEIGHT // 2
    return [
        Rectangle(column * (WIDTH // columns), row * high, WIDTH // columns, high)
        for row, columns in enumerate((upper, count - upper))
        for column in range(columns)
    ]


def _hole(stream: np.random.Generator, each: Placed, cell: Rectangle, offset: float) -> Rectangle:
    """A square over one end of the object, inside its cell."""
    box = each.box
    far = float(stream.choice((-1, 1))) * offset * max(box.width, box.height)
    near = float(stream.uniform(-8, 8))
    shift = (far, near) if box.width > box.height else (near, far)
    x, y = box.centre[0] + shift[0] - PIECE_SIDE / 2, box.centre[1] + shift[1] - PIECE_SIDE / 2
    left = np.clip(x, cell.x + _EDGE, cell.x + cell.width - _EDGE - PIECE_SIDE)
    top = np.clip(y, cell.y + _EDGE, cell.y + cell.height - _EDGE - PIECE_SIDE)
    return Rectangle(int(left), int(top), PIECE_SIDE, PIECE_SIDE)


def _cut_out(picture: Picture, holes: list[Rectangle]) -> None:
    """Move the first hole's square into the tray, and blank all holes."""
    piece = _square(picture, holes[0]).copy()
    picture[SCENE_HEIGHT:] = _PAPER
    _square(picture, TRAY)[:] = piece
    for hole in holes:
        _square(picture, hole)[:] = _VOID
        corner = (hole.x + hole.width - 1, hole.y + hole.height - 1)
        cv2.rectangle(picture, (hole.x, hole.y), corner, _RIM, 2)


def _square(picture: Picture, where: Rectangle) -> Picture:
    return picture[where.y : where.y + where.height, where.x : where.x + where.width]
