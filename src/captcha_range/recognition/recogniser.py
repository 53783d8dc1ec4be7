"""What a recogniser is: looks at a picture and a question, and says what to reply."""

from dataclasses import dataclass
from typing import Protocol

from captcha_range.core.pixels import Picture


@dataclass(frozen=True, slots=True)
class Recognition:
    """What to reply.

    `points` are pixels of the picture, origin at the top left, most certain first: where to click, one per
    object, or per chosen tile (its centre) for `grid`; for `order_click` in that order; for `drag_to_fit`
    where the centre of the piece belongs. Other forms of reply have a field of their own: `number`, `angle`
    (degrees clockwise), `box` (x, y, width, height in pixels), `choice` (from 0). Points then say what such a
    reply rests on, if anything: the objects counted, the middle of the box. `confidence` is 0 … 1.
    """

    family: str
    points: tuple[tuple[float, float], ...]
    confidence: float
    number: int | None = None
    angle: float | None = None
    box: tuple[float, float, float, float] | None = None
    choice: int | None = None


class Recogniser(Protocol):
    """One attacker's eye."""

    name: str

    @property
    def families(self) -> frozenset[str]:
        """The challenge families whose questions it understands."""
        ...

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        """What to reply, or None when the question or the picture is not understood."""
        ...
