"""Which of several possibilities is the likeliest, and by how much."""

from typing import Final

import numpy as np

from captcha_range.recognition.inventory import Chances

LEAST: Final = 1e-9
"""What is impossible still has this probability: nobody is that sure."""
_MOST: Final = 60.0


def likeliest(weights: Chances) -> tuple[int, float]:
    """The place of the highest of logarithmic weights, and the logarithm of its odds against all others together."""
    best = int(np.argmax(weights))
    others = np.delete(weights, best)
    if not len(others):
        return best, _MOST
    return best, min(float(weights[best] - np.logaddexp.reduce(others)), _MOST)


def log_odds(chances: Chances) -> Chances:
    """Probabilities as logarithms of odds, all finite."""
    clipped = np.clip(chances, LEAST, 1 - LEAST)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def log_ratio(chances: Chances, classes: int) -> Chances:
    """Probabilities of one class to the logarithms of how much better it explains each object than another does."""
    return log_odds(chances) + float(np.log(classes - 1))
