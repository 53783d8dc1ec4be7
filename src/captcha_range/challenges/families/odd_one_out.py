"""Several objects; every class but one appears at least twice; click the one that is alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.arrangement import (
    HEIGHT,
    LOOKS,
    WIDTH,
    Placed,
    cells_of,
    picture_of,
    placed,
    shuffled,
    styles_of,
    target_of,
)
from captcha_range.challenges.family import Answer, Challenge, Reply
from captcha_range.challenges.line_up import line_up
from captcha_range.challenges.prompts import ODD_ONE_OUT
from captcha_range.challenges.sprites import ObjectClass, Pack, standard_pack


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level means, beside how it looks."""

    objects: tuple[int, ...]
    others: int
    """How many classes appear more than once."""


LEVELS: Final[dict[int, Difficulty]] = {
    1: Difficulty((8, 9), 2),
    2: Difficulty((8, 9), 3),
    3: Difficulty((9, 10), 3),
    4: Difficulty((10, 11), 4),
    5: Difficulty((11,), 5),
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
        look = LOOKS[level]
        return Challenge(
            family=self.name,
            level=level,
            prompt=ODD_ONE_OUT,
            picture=drawing.jpeg(picture_of(stream, look, scene), look.quality),
            width=WIDTH,
            height=HEIGHT,
            answer=Answer(targets=(target_of(_alone(scene).box),)),
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when there is exactly one point, and it lies on the target."""
        if len(reply.points) != 1 or reply.given != {"points"}:
            return False
        x, y = reply.points[0]
        return any(target.contains(x, y) for target in answer.targets)

    def floor(self, level: int) -> float:
        """A click on any object, found but not recognised: one in the number of objects.

        The best constant point does worse: it must also meet an object whose place varies.
        """
        objects = LEVELS[level].objects
        return sum(1 / count for count in objects) / len(objects)


def scene_of(stream: np.random.Generator, pack: Pack, level: int) -> list[Placed]:
    """The objects of a challenge. `draw` starts with it: an equal stream gives the scene of the picture."""
    look = LOOKS[level]
    cast = cast_of(stream, pack, level)
    styles = styles_of(stream, pack, look, cast)
    return placed(stream, pack, look, cast, styles, cells_of(stream, len(cast)))


def cast_of(stream: np.random.Generator, pack: Pack, level: int) -> list[ObjectClass]:
    """The class of each object in reading order: one alone, every other at least twice."""
    difficulty = LEVELS[level]
    count = int(stream.choice(difficulty.objects))
    alone, *others = line_up(stream, pack, 1 + difficulty.others, LOOKS[level].near)
    spare = [others[int(number)] for number in stream.integers(len(others), size=count - 1 - 2 * len(others))]
    return shuffled(stream, [alone, *others, *others, *spare])


def _alone(scene: list[Placed]) -> Placed:
    keys = [each.of.key for each in scene]
    return next(each for each in scene if keys.count(each.of.key) == 1)
