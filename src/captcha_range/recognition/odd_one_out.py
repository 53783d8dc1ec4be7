"""Which object is alone, given what each of them may be."""

import numpy as np
import numpy.typing as npt

from captcha_range.recognition.inventory import Inventory
from captcha_range.recognition.question import Question
from captcha_range.recognition.reading import Reading

_LEAST = 1e-9


def read(seen: Inventory, asked: Question) -> Reading | None:
    """The object that is alone."""
    if not seen.is_scene:
        return None
    number, margin = alone(seen.posteriors)
    return Reading(margin, points=(seen.points[number],))


def alone(posteriors: npt.NDArray[np.float64]) -> tuple[int, float]:
    """(objects, classes) probabilities, at least two objects, to (row of the one that is alone, margin).

    A row is alone when no other is of its class, while every other row has a partner apart from it. The
    margin is the logarithm of the odds of that reading against all other rows together.
    """
    same = np.clip(posteriors @ posteriors.T, _LEAST, 1 - 1e-6)
    np.fill_diagonal(same, 0.0)
    unlike = np.log1p(-same)
    lonely = unlike.sum(axis=1)
    # without[j, a]: how probably j has no partner if a is left out of account.
    without = np.exp(lonely[:, None] - unlike)
    paired = np.log(np.clip(1 - without, _LEAST, 1))
    np.fill_diagonal(paired, 0.0)
    scores = lonely + paired.sum(axis=0)
    best = int(np.argmax(scores))
    others = np.delete(scores, best)
    highest = others.max()
    margin = scores[best] - highest - np.log(np.exp(others - highest).sum())
    return best, float(margin)
