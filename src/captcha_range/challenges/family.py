"""What a challenge family is: draws a challenge from a stream and a level, and judges a reply to it."""

from dataclasses import dataclass
from typing import Protocol

import msgspec
import numpy as np

LEVELS = (1, 2, 3, 4, 5)


class Rectangle(msgspec.Struct, frozen=True):
    """A box in a picture: pixels, origin at the top left, `x`, `y` its top left corner."""

    x: int
    y: int
    width: int
    height: int

    def contains(self, x: float, y: float) -> bool:
        """Whether the point lies in the box, its right and bottom edges excluded."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


class Prompt(msgspec.Struct, frozen=True):
    """The question that the page shows beside the picture, never inside it."""

    en: str
    zh: str


class Answer(msgspec.Struct, frozen=True):
    """What is right: any one of `targets` to be pointed at, or exactly the set of `tiles`.

    Stays on the server. One of the two is empty, by the family's form of reply.
    """

    targets: tuple[Rectangle, ...] = ()
    tiles: tuple[int, ...] = ()


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done: the points clicked, or the tiles chosen.

    Points are (x, y) in pixels, origin at the top left; tiles are numbered from 0, row by row.
    """

    points: tuple[tuple[float, float], ...] = ()
    tiles: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Challenge:
    """One drawn challenge. `picture` is a JPEG of `width` x `height` pixels without metadata."""

    family: str
    level: int
    prompt: Prompt
    picture: bytes
    width: int
    height: int
    answer: Answer
    tiles: tuple[Rectangle, ...] = ()
    """Where the tiles lie, in the order of their numbers; public; empty for replies by point."""


class Family(Protocol):
    """One family. Pure: the same stream state and level give the same bytes in one build."""

    name: str
    replies_with: str
    """`points` or `tiles`: which field of a `Reply` counts."""

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5)."""
        ...

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Whether the reply is right."""
        ...

    def floor(self, level: int) -> float:
        """The probability that somebody who does not look is right in one try."""
        ...
