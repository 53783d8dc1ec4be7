"""Several objects; say how many of them are of the class asked for."""

from dataclasses import dataclass
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
from captcha_range.challenges.family import Answer, Challenge, Prompt, Reply
from captcha_range.challenges.line_up import companions
from captcha_range.challenges.prompts import how_many
from captcha_range.challenges.sprites import ObjectClass, Pack, standard_pack

MOST = 9
"""The largest number that is ever right; the smallest is 1."""
CHOICES: Final = tuple(Prompt(str(number), str(number)) for number in range(1, MOST + 1))


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level means, beside how it looks."""

    objects: int
    others: int
    """How many classes the objects that do not count draw from."""


LEVELS: Final[dict[int, Difficulty]] = {
    1: Difficulty(11, 2),
    2: Difficulty(11, 3),
    3: Difficulty(12, 3),
    4: Difficulty(12, 4),
    5: Difficulty(13, 5),
}


class Count:
    """Family `count`: picture of 500 x 430, reply by a number from 1 to 9."""

    name = "count"
    replies_with = "number"

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5); KeyError for another level."""
        scene = scene_of(stream, self._pack or standard_pack(), level)
        look = LOOKS[level]
        counted = [each for each in scene.objects if each.of == scene.wanted]
        return Challenge(
            family=self.name,
            level=level,
            prompt=how_many(scene.wanted),
            picture=drawing.jpeg(picture_of(stream, look, scene.objects), look.quality),
            width=WIDTH,
            height=HEIGHT,
            answer=Answer(targets=tuple(target_of(each.box) for each in counted), number=len(counted)),
            choices=CHOICES,
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when the number is, and nothing else is said."""
        return reply.given == {"number"} and reply.number == answer.number

    def floor(self, level: int) -> float:
        """Every number is equally likely."""
        return 1 / MOST


@dataclass(frozen=True, slots=True)
class Scene:
    """What is counted, and everything that stands in the picture."""

    wanted: ObjectClass
    objects: list[Placed]


def scene_of(stream: np.random.Generator, pack: Pack, level: int) -> Scene:
    """The content of a challenge. `draw` starts with it: an equal stream gives the scene of the picture."""
    difficulty, look = LEVELS[level], LOOKS[level]
    countable = [each for each in pack.classes if each.countable]
    wanted = countable[int(stream.integers(len(countable)))]
    number = int(stream.integers(1, MOST + 1))
    others = companions(stream, pack, wanted, difficulty.others, look.near)
    rest = [others[int(each)] for each in stream.integers(len(others), size=difficulty.objects - number)]
    cast = shuffled(stream, [wanted] * number + rest)
    return Scene(wanted, arranged(stream, pack, look, cast, cells_of(stream, len(cast))))
