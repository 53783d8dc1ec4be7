"""What a challenge family is: draws a challenge from a stream and a level, and judges a reply to it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

if TYPE_CHECKING:
    import numpy as np

LEVELS = (1, 2, 3, 4, 5)


class Rectangle(msgspec.Struct, frozen=True):
    """A box in a picture: pixels, origin at the top left, `x`, `y` its top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box."""
        return self.x + self.width / 2, self.y + self.height / 2

    def contains(self, x: float, y: float) -> bool:
        """Whether the point lies in the box, its right and bottom edges excluded."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


class Prompt(msgspec.Struct, frozen=True):
    """The question that the page shows beside the picture, never inside it."""

    en: str
    zh: str


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is right, in the form of the family's reply. Stays on the server.

    `targets` are boxes: of what is to be pointed at, counted, boxed in, or where the piece belongs.
    `angle` is in degrees clockwise; `choice` numbers the challenge's choices from 0.
    """

    targets: tuple[Rectangle, ...] = ()
    tiles: tuple[int, ...] = ()
    number: int | None = None
    angle: float | None = None
    choice: int | None = None


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was done: one field, by the family's `replies_with`.

    `points` are (x, y) in pixels, origin at the top left, in the order of the clicks; `tiles` are numbered
    from 0, row by row; `position` is where the centre of the piece was put, as a point; `angle` is by how
    many degrees clockwise the piece was turned; `box` is (x, y, width, height) in pixels, x and y its top
    left corner; `choice` numbers the challenge's choices from 0.
    """

    points: tuple[tuple[float, float], ...] = ()
    tiles: tuple[int, ...] = ()
    number: int | None = None
    position: tuple[float, float] | None = None
    angle: float | None = None
    box: tuple[float, float, float, float] | None = None
    choice: int | None = None

    @property
    def given(self) -> frozenset[str]:
        """The names of the fields that hold something."""
        return frozenset(name for name in self.__struct_fields__ if getattr(self, name) not in (None, ()))


KINDS: Final[dict[str, str]] = {
    "points": "[[x, y], …] in pixels of the picture",
    "tiles": "[number, …], from 0, row by row",
    "number": "a whole number",
    "position": "[x, y], the centre of the piece in pixels of the picture",
    "angle": "degrees clockwise",
    "box": "[x, y, width, height] in pixels of the picture",
    "choice": "the number of the choice, from 0",
}
"""Every kind of reply, by the field of `Reply`, and what that field holds."""


def is_fitting(reply: Reply, kind: str) -> bool:
    """Whether the reply is of this kind alone. No points and no tiles are replies too, if never right ones."""
    return reply.given == {kind} or (not reply.given and kind in {"points", "tiles"})


@dataclass(frozen=True, slots=True)
class Challenge:
    """One drawn challenge. `picture` is a JPEG of `width` x `height` pixels without metadata.

    All but the answer is public.
    """

    family: str
    level: int
    prompt: Prompt
    picture: bytes
    width: int
    height: int
    answer: Answer
    tiles: tuple[Rectangle, ...] = ()
    """Where the tiles lie, in the order of their numbers; only for replies by tiles."""
    points: int = 1
    """How many points a reply by points has."""
    piece: Rectangle | None = None
    """What part of the picture is to be moved, or to be turned about its centre."""
    choices: tuple[Prompt, ...] = ()
    """What there is to choose from: words, or the numbers that a number may be."""


class Family(Protocol):
    """One family. Pure: the same stream state and level give the same bytes in one build."""

    name: str
    replies_with: str
    """One of `KINDS`: which field of a `Reply` counts."""

    def draw(self, stream: "np.random.Generator", level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5)."""
        ...

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Whether the reply is right."""
        ...

    def floor(self, level: int) -> float:
        """The probability that somebody who does not look is right in one try."""
        ...
