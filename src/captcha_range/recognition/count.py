"""How many objects are of the class that is asked for."""

from math import comb
from typing import Final

import numpy as np

from captcha_range.recognition.inventory import Chances, Inventory
from captcha_range.recognition.margin import likeliest, log_ratio
from captcha_range.recognition.question import Question
from captcha_range.recognition.reading import Reading

MOST: Final = 9
"""The largest number that is offered; the smallest is 1."""


def read(seen: Inventory, asked: Question) -> Reading | None:
    """The number, and for points the objects that are counted, the most certain first."""
    chances = seen.chances(asked.label_key) if seen.is_scene else None
    if chances is None:
        return None
    ratios = log_ratio(chances, len(seen.keys))
    number, margin = counted(ratios)
    surest = np.argsort(-ratios, kind="stable")[:number]
    return Reading(margin, points=tuple(seen.points[int(row)] for row in surest), number=number)


def counted(ratios: Chances) -> tuple[int, float]:
    """(objects,) logarithms of how much better the class explains each than another does, to number and margin.

    Before looking, every number that is offered is equally likely, and so is every choice of so many objects.
    """
    # sums[k]: over all choices of k objects, the sum of the products of their ratios.
    sums = np.full(MOST + 1, -np.inf)
    sums[0] = 0.0
    for ratio in ratios:
        sums[1:] = np.logaddexp(sums[1:], sums[:-1] + ratio)
    numbers = range(1, min(MOST, len(ratios)) + 1)
    choices = np.log([comb(len(ratios), number) for number in numbers])
    place, margin = likeliest(sums[1 : len(choices) + 1] - choices)
    return place + 1, margin
