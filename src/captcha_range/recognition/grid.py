"""Which tiles show the class that is asked for, given what each of their objects may be."""

import numpy as np
import numpy.typing as npt

NOTHING = -20.0
"""The log odds of a tile in which nothing was found."""
_LEAST = 1e-9


def log_odds(posteriors: npt.NDArray[np.float64], wanted: int) -> float:
    """(objects, classes) probabilities of one tile to the log odds that one of them is of class `wanted`.

    Before looking, a tile is as likely to be right as not: that weighs the wanted class as much as all
    others together.
    """
    if not len(posteriors):
        return NOTHING
    own = np.clip(posteriors[:, wanted], _LEAST, 1 - _LEAST)
    return float(np.max(np.log(own) - np.log(1 - own))) + float(np.log(posteriors.shape[1] - 1))


def chosen(odds: npt.NDArray[np.float64], threshold: float) -> tuple[tuple[int, ...], float]:
    """The numbers of the tiles above the threshold, most certain first, and the margin of the whole reply.

    At least one tile is right and at least one is not. The margin is the logarithm of the odds that every
    tile is judged rightly.
    """
    above = odds - threshold
    order = np.argsort(-above, kind="stable")
    count = int(np.clip(np.count_nonzero(above > 0), 1, len(odds) - 1))
    signed = above.copy()
    signed[order[count:]] *= -1
    certainty = min(float(-np.logaddexp(0, -signed).sum()), -_LEAST)
    return tuple(int(number) for number in order[:count]), certainty - float(np.log(-np.expm1(certainty)))
