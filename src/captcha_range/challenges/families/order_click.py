"""A strip shows a few objects in a row; click the same objects of the scene, in that order."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.arrangement import (
    HEIGHT,
    LOOKS,
    WIDTH,
    Look,
    Placed,
    arranged,
    cells_of,
    picture_of,
    target_of,
)
from captcha_range.challenges.drawing import Picture, Pose
from captcha_range.challenges.family import Answer, Challenge, Reply
from captcha_range.challenges.line_up import line_up
from captcha_range.challenges.prompts import in_order
from captcha_range.challenges.sprites import Pack, standard_pack

SCENE_HEIGHT = 350
"""Pixels: the strip lies below."""
_ICON: Final = 58
_STEP: Final = 100
"""Pixels from one object of the strip to the next."""
_PAPER: Final = (246, 246, 246)
_INK: Final = (110, 110, 110)


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level means, beside how it looks."""

    objects: tuple[int, ...]
    wanted: int
    """How many are to be clicked."""
    tilt: float
    """Degrees by which the strip's objects may be turned."""


LEVELS: Final[dict[int, Difficulty]] = {
    1: Difficulty((6,), 3, 0),
    2: Difficulty((6, 7), 3, 0),
    3: Difficulty((7, 8), 3, 10),
    4: Difficulty((8, 9), 3, 20),
    5: Difficulty((9,), 4, 40),
}


class OrderClick:
    """Family `order_click`: picture of 500 x 430 with a strip at the bottom, reply by points in order."""

    name = "order_click"
    replies_with = "points"

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5); KeyError for another level."""
        pack, look = self._pack or standard_pack(), LOOKS[level]
        scene = scene_of(stream, pack, level)
        wanted = scene[: LEVELS[level].wanted]
        # Painted in another order than asked for: which object covers which must tell nothing.
        picture = picture_of(stream, look, sorted(scene, key=lambda each: (each.y, each.x)))
        _show(stream, pack, picture, wanted, look, LEVELS[level].tilt)
        return Challenge(
            family=self.name,
            level=level,
            prompt=in_order(len(wanted)),
            picture=drawing.jpeg(picture, look.quality),
            width=WIDTH,
            height=HEIGHT,
            answer=Answer(targets=tuple(target_of(each.box) for each in wanted)),
            points=len(wanted),
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when there are as many points as targets, and each lies on its own."""
        if len(reply.points) != len(answer.targets) or reply.given != {"points"}:
            return False
        return all(box.contains(*point) for box, point in zip(answer.targets, reply.points, strict=True))

    def floor(self, level: int) -> float:
        """Different objects in any order, found but not recognised."""
        difficulty = LEVELS[level]
        chances = [1 / np.prod(range(count - difficulty.wanted + 1, count + 1)) for count in difficulty.objects]
        return float(sum(chances) / len(chances))


def scene_of(stream: np.random.Generator, pack: Pack, level: int) -> list[Placed]:
    """The objects of a challenge, those to be clicked first and in their order.

    `draw` starts with it: an equal stream gives the scene of the picture.
    """
    look = LOOKS[level]
    count = int(stream.choice(LEVELS[level].objects))
    cast = line_up(stream, pack, count, look.near)
    cells = cells_of(stream, count, SCENE_HEIGHT)
    return arranged(stream, pack, look, cast, [cells[int(number)] for number in stream.permutation(count)])


def _show(
    stream: np.random.Generator, pack: Pack, picture: Picture, wanted: list[Placed], look: Look, tilt: float
) -> None:
    """The strip: the wanted objects from left to right, with arrows between them."""
    strip = picture[SCENE_HEIGHT:]
    strip[:] = _PAPER
    left, middle = WIDTH / 2 - _STEP * (len(wanted) - 1) / 2, strip.shape[0] / 2
    style = pack.styles[int(stream.integers(len(pack.styles)))]
    for number, each in enumerate(wanted):
        own = each.item.sprite if look.styles == "one" else pack.sprite(each.of.key, style)
        pose = Pose(_ICON, angle=float(stream.uniform(-1, 1)) * tilt)
        item = drawing.posed(own, pose, (_ICON + 8, _ICON + 8))
        x = left + number * _STEP
        drawing.stamp(strip, item, x - item.left - item.width / 2, middle - item.top - item.height / 2)
        if number:
            start, end = (round(x) - 64, round(middle)), (round(x) - 36, round(middle))
            cv2.arrowedLine(strip, start, end, _INK, 2, cv2.LINE_AA, tipLength=0.4)
