"""Which object of the wanted class stands on the named side of the object of the other class."""

from typing import Final

import numpy as np

from captcha_range.recognition.inventory import Chances, Inventory
from captcha_range.recognition.margin import likeliest, log_ratio
from captcha_range.recognition.question import Question
from captcha_range.recognition.reading import Reading

COLUMNS: Final = 4
ROWS: Final = 3
"""How many objects stand beside and above each other in a full picture."""
_SIDES: Final = {"left": (-1, 0), "right": (1, 0), "above": (0, -1), "below": (0, 1)}
_STRAY: Final = 0.25
"""Of the distance from one object to the next: how far they stand from where they would in rank and file."""
_FARTHEST: Final = -12.0
"""The logarithm of how likely it is that the object meant stands nowhere near."""
_ASTRAY: Final = 0.4
"""How often an object that stands on the other side is of the wanted class."""


def read(seen: Inventory, asked: Question) -> Reading | None:
    """The object that is meant."""
    if not seen.is_scene or asked.side not in _SIDES:
        return None
    wanted, other = seen.chances(asked.label_key), seen.chances(asked.other_key)
    if wanted is None or other is None:
        return None
    classes = len(seen.keys)
    steps = steps_between(np.array(seen.boxes), seen.size, asked.side)
    number, margin = beside(log_ratio(wanted, classes), log_ratio(other, classes), steps)
    return Reading(margin, points=(seen.points[number],))


def steps_between(boxes: Chances, size: tuple[float, float], side: str) -> Chances:
    """[i, j] is (along, across): how many places object j is further to the side than object i, and off the line."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 / np.array(size) * (COLUMNS, ROWS)
    apart = middles[None] - middles[:, None]
    across, along = _SIDES[side]
    if across:
        return np.stack([apart[:, :, 0] * across, apart[:, :, 1]], axis=2)
    return np.stack([apart[:, :, 1] * along, apart[:, :, 0]], axis=2)


def beside(wanted: Chances, other: Chances, steps: Chances) -> tuple[int, float]:
    """(objects,) ratios for both classes, and the steps between objects, to the row of the one meant, and the margin.

    It is the next one on that side. Any object on the opposite side may be of the wanted class too; none
    elsewhere is.
    """
    along, across = steps[:, :, 0], steps[:, :, 1]
    near = np.maximum(((along - 1) ** 2 + across**2) / (-2 * _STRAY**2), _FARTHEST)
    either = np.logaddexp(np.log(_ASTRAY) + wanted, np.log(1 - _ASTRAY))
    behind = np.where(along < -0.5, either[None], 0.0).sum(axis=1)
    # weights[a, t]: t is meant, and a is what it stands beside.
    weights = near + other[:, None] + wanted[None] + behind[:, None]
    np.fill_diagonal(weights, -np.inf)
    return likeliest(np.logaddexp.reduce(weights, axis=0))
