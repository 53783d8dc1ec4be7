"""One judged answer, and the mark by which it can be told from others."""

from typing import NamedTuple

from captcha_range.challenges.family import Reply
from captcha_range.provider.observation import Observation

Mark = tuple[object, ...]


class Answered(NamedTuple):
    """An answer to a challenge of a site: asked for and answered by whom, when, and what was replied in each round."""

    sitekey: str
    family: str
    asked: Observation
    answered: Observation
    replies: tuple[Reply, ...]
    passed: bool

    @property
    def taken(self) -> float:
        """Seconds from the question to the answer."""
        return self.answered.at - self.asked.at

    @property
    def mark(self) -> Mark | None:
        """What no two answers to different challenges have in common, but by chance; None where many do.

        For points, where they are, to a hundredth of a pixel, unless the arrow keys can bring the crosshair
        there: they move it by whole pixels from the middle, so that careful people meet on the same spots.
        Tiles are too few: there, the same choice after the same time, to the millisecond. One round with a mark
        marks them all.
        """
        marks = tuple(self._mark_of(reply) for reply in self.replies)
        return None if all(mark is None for mark in marks) else marks

    def _mark_of(self, reply: Reply) -> Mark | None:
        if reply.tiles:
            return (reply.tiles, round(self.taken, 3))
        points = tuple((round(x, 2), round(y, 2)) for x, y in reply.points)
        return None if all((2 * x).is_integer() and (2 * y).is_integer() for x, y in points) else points
