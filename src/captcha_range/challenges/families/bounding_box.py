"""Several objects; draw a box round the one that is named."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.arrangement import HEIGHT, LOOKS, WIDTH, Placed, arranged, cells_of, picture_of
from captcha_range.challenges.family import Answer, Challenge, Rectangle, Reply
from captcha_range.challenges.line_up import companions
from captcha_range.challenges.prompts import box_around
from captcha_range.challenges.sprites import Pack, standard_pack

OVERLAP = 0.5
"""Intersection over union: the least with which a box counts as drawn round the object."""
OBJECTS: Final[dict[int, tuple[int, ...]]] = {1: (6, 7), 2: (7, 8), 3: (8, 9), 4: (9, 10), 5: (11,)}


class BoundingBox:
    """Family `bounding_box`: picture of 500 x 430, reply by a box."""

    name = "bounding_box"
    replies_with = "box"

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5); KeyError for another level."""
        scene = scene_of(stream, self._pack or standard_pack(), level)
        look = LOOKS[level]
        return Challenge(
            family=self.name,
            level=level,
            prompt=box_around(scene.wanted.of),
            picture=drawing.jpeg(picture_of(stream, look, scene.objects), look.quality),
            width=WIDTH,
            height=HEIGHT,
            answer=Answer(targets=(scene.wanted.box,)),
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when the box overlaps the object's own by at least `OVERLAP`, as intersection over union."""
        if reply.box is None or reply.given != {"box"}:
            return False
        return overlap(answer.targets[0], reply.box) >= OVERLAP

    def floor(self, level: int) -> float:
        """The box of any object, found but not recognised."""
        objects = OBJECTS[level]
        return sum(1 / count for count in objects) / len(objects)


def overlap(right: Rectangle, drawn: tuple[float, float, float, float]) -> float:
    """Intersection over union of two boxes, 0 … 1; 0 for a box without extent, or not of finite numbers."""
    x, y, width, height = drawn
    if not (np.isfinite(drawn).all() and width > 0 and height > 0):
        return 0.0
    across = min(right.x + right.width, x + width) - max(right.x, x)
    along = min(right.y + right.height, y + height) - max(right.y, y)
    both = max(0.0, across) * max(0.0, along)
    return both / (right.width * right.height + width * height - both)


@dataclass(frozen=True, slots=True)
class Scene:
    """The object that is asked for, and all that stand in the picture."""

    wanted: Placed
    objects: list[Placed]


def scene_of(stream: np.random.Generator, pack: Pack, level: int) -> Scene:
    """The content of a challenge. `draw` starts with it: an equal stream gives the scene of the picture."""
    look = LOOKS[level]
    count = int(stream.choice(OBJECTS[level]))
    # One drawing of one thing: of a pair of gloves a person could box in either.
    single = [each for each in pack.classes if each.countable]
    wanted = single[int(stream.integers(len(single)))]
    cast = companions(stream, pack, wanted, count - 1, look.near)
    place = int(stream.integers(count))
    cast.insert(place, wanted)
    objects = arranged(stream, pack, look, cast, cells_of(stream, count))
    return Scene(objects[place], objects)
