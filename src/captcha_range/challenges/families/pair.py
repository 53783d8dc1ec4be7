"""Several objects, all different but two; click those two."""

from itertools import permutations
from typing import Final

import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.arrangement import (
    HEIGHT,
    LOOKS,
    WIDTH,
    Placed,
    arranged,
    cells_of,
    picture_of,
    shuffled,
    target_of,
)
from captcha_range.challenges.family import Answer, Challenge, Reply
from captcha_range.challenges.line_up import line_up
from captcha_range.challenges.prompts import PAIR
from captcha_range.challenges.sprites import Pack, standard_pack

OBJECTS: Final[dict[int, tuple[int, ...]]] = {1: (6, 7), 2: (7, 8), 3: (8, 9), 4: (9, 10), 5: (11,)}
"""By level: how many objects there may be, the two alike counted."""


class Pair:
    """Family `pair`: picture of 500 x 430, reply by two points in any order."""

    name = "pair"
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
            prompt=PAIR,
            picture=drawing.jpeg(picture_of(stream, look, scene), look.quality),
            width=WIDTH,
            height=HEIGHT,
            answer=Answer(targets=tuple(target_of(each.box) for each in alike_in(scene))),
            points=2,
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when there are exactly two points, one on each of the two targets."""
        if len(reply.points) != 2 or reply.given != {"points"}:
            return False
        orders = permutations(reply.points)
        return any(all(map(lambda box, point: box.contains(*point), answer.targets, each)) for each in orders)

    def floor(self, level: int) -> float:
        """Two objects at random, found but not recognised."""
        objects = OBJECTS[level]
        return sum(2 / (count * (count - 1)) for count in objects) / len(objects)


def scene_of(stream: np.random.Generator, pack: Pack, level: int) -> list[Placed]:
    """The objects of a challenge. `draw` starts with it: an equal stream gives the scene of the picture."""
    look = LOOKS[level]
    count = int(stream.choice(OBJECTS[level]))
    twice, *others = line_up(stream, pack, count - 1, look.near)
    cast = shuffled(stream, [twice, twice, *others])
    return arranged(stream, pack, look, cast, cells_of(stream, count))


def alike_in(scene: list[Placed]) -> list[Placed]:
    """The two objects of one class."""
    keys = [each.of.key for each in scene]
    return [each for each in scene if keys.count(each.of.key) == 2]
