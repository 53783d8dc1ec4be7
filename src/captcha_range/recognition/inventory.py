"""What was found in a picture, whoever looked: where each object is, and what it may be."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FEWEST: Final = 3
MOST: Final = 24
"""Objects in one scene: fewer leave no question, more are noise."""

Chances = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Inventory:
    """The objects of a picture of `size` (width, height), in its own pixels and in one order.

    `points` are where to click, `boxes` are (left, top, right, bottom). `posteriors` is (objects, classes):
    the probability of each class, all equally likely before; `keys` names the classes.
    """

    size: tuple[float, float]
    points: tuple[tuple[float, float], ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    posteriors: Chances
    keys: tuple[str, ...]

    @property
    def is_scene(self) -> bool:
        """Whether there are as many objects as a scene of a family has."""
        return FEWEST <= len(self.points) <= MOST

    def chances(self, key: str | None) -> Chances | None:
        """(objects,): the probability of one class; None if it is not known."""
        return self.posteriors[:, self.keys.index(key)] if key in self.keys else None
