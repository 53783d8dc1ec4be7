"""A reply before it is known how sure it is: a question goes to its family's reader, a margin becomes a confidence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from captcha_range.core.pixels import Picture
from captcha_range.recognition.calibration import Calibration
from captcha_range.recognition.question import Question, parsed
from captcha_range.recognition.recogniser import Recognition

_DIGITS: Final = 4
"""Of a confidence: sums of floats differ in the last bits from one place in memory to another."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply as in `Recognition`, with the logarithm of its odds against all other replies together.

    These odds take the recogniser at its word; how often it is right with such a margin, its calibration knows.
    """

    margin: float
    points: tuple[tuple[float, float], ...] = ()
    number: int | None = None
    angle: float | None = None
    box: tuple[float, float, float, float] | None = None
    choice: int | None = None

    def recognition(self, family: str, confidence: float) -> Recognition:
        """The reply of a family, as sure as told."""
        return Recognition(family, self.points, confidence, self.number, self.angle, self.box, self.choice)


Reader = Callable[[Picture, Question], Reading | None]
"""What answers the questions of one family; None for a picture that is none of it, or an unknown label."""


def recognised(
    readers: Mapping[str, Reader], calibration: Callable[[], Calibration], picture: Picture, question: str
) -> Recognition | None:
    """What the reader of the question's family replies; None when nobody understands question or picture."""
    asked = parsed(question)
    if asked is None or asked.family not in readers:
        return None
    read = readers[asked.family](picture, asked)
    if read is None:
        return None
    confidence = round(calibration().curves[asked.family].confidence(read.margin), _DIGITS)
    return read.recognition(asked.family, confidence)
