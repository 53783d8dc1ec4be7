"""Several objects of one class, one of another; click the one that stands on the named side of the other."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.arrangement import HEIGHT, LOOKS, WIDTH, Placed, arranged, picture_of, target_of
from captcha_range.challenges.family import Answer, Challenge, Rectangle, Reply
from captcha_range.challenges.line_up import line_up
from captcha_range.challenges.prompts import SIDES, beside
from captcha_range.challenges.sprites import ObjectClass, Pack, standard_pack

COLUMNS, ROWS = 4, 3
_STEPS: Final = {"left": (-1, 0), "right": (1, 0), "above": (0, -1), "below": (0, 1)}

Cell = tuple[int, int]
"""(column, row)."""


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level means, beside how it looks."""

    objects: tuple[int, ...]
    others: tuple[int, ...]
    """How many objects of the wanted class stand on the wrong side."""
    classes: int
    """How many further classes fill the picture."""


LEVELS: Final[dict[int, Difficulty]] = {
    1: Difficulty((6, 7), (1, 2), 3),
    2: Difficulty((7, 8), (1, 2), 3),
    3: Difficulty((8, 9), (2, 3), 4),
    4: Difficulty((9, 10), (2, 3), 5),
    5: Difficulty((12,), (3,), 6),
}


class Relation:
    """Family `relation`: picture of 500 x 430, reply by one point."""

    name = "relation"
    replies_with = "points"

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5); KeyError for another level."""
        scene = scene_of(stream, self._pack or standard_pack(), level)
        look = LOOKS[level]
        return Challenge(
            family=self.name,
            level=level,
            prompt=beside(scene.wanted.of, scene.side, scene.anchor.of),
            picture=drawing.jpeg(picture_of(stream, look, scene.objects), look.quality),
            width=WIDTH,
            height=HEIGHT,
            answer=Answer(targets=(target_of(scene.wanted.box),)),
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when there is exactly one point, and it lies on the target."""
        if len(reply.points) != 1 or reply.given != {"points"}:
            return False
        return answer.targets[0].contains(*reply.points[0])

    def floor(self, level: int) -> float:
        """A click where the question alone says that the object is likeliest to be.

        What is left or right of something is in one of six cells, what is above or below in one of four, and none
        of them is likelier. A click on any object, found but not recognised, meets the wanted one less often.
        """
        cells = {"left": COLUMNS // 2 * ROWS, "right": COLUMNS // 2 * ROWS, "above": COLUMNS, "below": COLUMNS}
        return sum(1 / count for count in cells.values()) / len(cells)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is asked: the wanted object stands on `side` of the anchor. `objects` are all, those two first."""

    side: str
    objects: list[Placed]

    @property
    def wanted(self) -> Placed:
        return self.objects[0]

    @property
    def anchor(self) -> Placed:
        return self.objects[1]


def scene_of(stream: np.random.Generator, pack: Pack, level: int) -> Scene:
    """The content of a challenge. `draw` starts with it: an equal stream gives the scene of the picture."""
    difficulty = LEVELS[level]
    side = list(SIDES)[int(stream.integers(len(SIDES)))]
    anchor, wanted = _places(stream, side)
    astray = _some(stream, _beyond(anchor, side), int(stream.choice(difficulty.others)))
    free = [cell for cell in _grid() if cell not in {anchor, wanted, *astray}]
    rest = _some(stream, free, int(stream.choice(difficulty.objects)) - 2 - len(astray))
    first, second, *more = line_up(stream, pack, 2 + difficulty.classes, LOOKS[level].near)
    cast: list[ObjectClass] = [first, second, *(first for _ in astray)]
    cast += [more[int(stream.integers(len(more)))] for _ in rest]
    cells = [_box(cell) for cell in (wanted, anchor, *astray, *rest)]
    return Scene(side, arranged(stream, pack, LOOKS[level], cast, cells))


def _places(stream: np.random.Generator, side: str) -> tuple[Cell, Cell]:
    """An inner cell for the anchor, so that there is room on both sides, and the next one on the side asked for."""
    across, along = _STEPS[side]
    column = int(stream.integers(1, COLUMNS - 1)) if across else int(stream.integers(COLUMNS))
    row = int(stream.integers(1, ROWS - 1)) if along else int(stream.integers(ROWS))
    return (column, row), (column + across, row + along)


def _beyond(anchor: Cell, side: str) -> list[Cell]:
    """Every cell that is clearly on the other side of the anchor, in whatever row or column."""
    across, along = _STEPS[side]
    return [cell for cell in _grid() if (cell[0] - anchor[0]) * across + (cell[1] - anchor[1]) * along < 0]


def _grid() -> list[Cell]:
    return [(column, row) for row in range(ROWS) for column in range(COLUMNS)]


def _some(stream: np.random.Generator, cells: list[Cell], count: int) -> list[Cell]:
    return [cells[int(number)] for number in stream.permutation(len(cells))[:count]]


def _box(cell: Cell) -> Rectangle:
    width, height = WIDTH // COLUMNS, HEIGHT // ROWS
    return Rectangle(cell[0] * width, cell[1] * height, width, height)
