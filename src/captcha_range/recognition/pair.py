"""Which two objects are of one class, where all others differ."""

import numpy as np

from captcha_range.recognition.inventory import Chances, Inventory
from captcha_range.recognition.margin import likeliest, log_odds
from captcha_range.recognition.question import Question
from captcha_range.recognition.reading import Reading


def read(seen: Inventory, asked: Question) -> Reading | None:
    """Both objects."""
    if not seen.is_scene:
        return None
    (one, other), margin = twins(seen.posteriors)
    return Reading(margin, points=(seen.points[one], seen.points[other]))


def twins(posteriors: Chances) -> tuple[tuple[int, int], float]:
    """(objects, classes) probabilities, at least two objects, to the rows of the two alike, and the margin.

    That two are alike means that no other two are: each pair weighs as much as its odds of being one class.
    """
    ones, others = np.triu_indices(len(posteriors), 1)
    number, margin = likeliest(log_odds((posteriors @ posteriors.T)[ones, others]))
    return (int(ones[number]), int(others[number])), margin
