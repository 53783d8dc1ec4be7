"""What a recogniser is: looks at a picture and a question, and says where to click."""

from dataclasses import dataclass
from typing import Protocol

from captcha_range.core.pixels import Picture


@dataclass(frozen=True, slots=True)
class Recognition:
    """Where to click.

    `points` are pixels of the picture, origin at the top left, most certain first; one point for
    `odd_one_out`, one per chosen tile (its centre) for `grid`. `confidence` is 0 … 1.
    """

    family: str
    points: tuple[tuple[float, float], ...]
    confidence: float


class Recogniser(Protocol):
    """One attacker's eye."""

    name: str

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        """Where to click, or None when the question or the picture is not understood."""
        ...
