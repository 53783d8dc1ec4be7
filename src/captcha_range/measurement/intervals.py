"""Intervals round a share that was counted."""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

Z_95: Final = 1.959963984540054
"""Standard normal quantile of 0.975."""


class Interval(msgspec.Struct, frozen=True):
    """From `low` to `high`, both shares 0 … 1, both included."""

    low: float
    high: float

    def contains(self, share: float) -> bool:
        """Whether the share lies in the interval."""
        return self.low <= share <= self.high


def wilson(hits: int, trials: int, z: float = Z_95) -> Interval:
    """The score interval of E. B. Wilson (1927) for `hits` of `trials`; 0 … 1 when there were no trials.

    ValueError unless 0 <= hits <= trials.
    """
    if not 0 <= hits <= trials:
        raise ValueError("hits must lie between 0 and the number of trials")
    if trials == 0:
        return Interval(0.0, 1.0)
    share = hits / trials
    weight = z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    # At the ends the exact bound is the end itself; rounding must not push it past.
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == trials else min(1.0, middle + half)
    return Interval(low, high)


def chance_of_at_least(hits: int, trials: int, share: float) -> float:
    """The probability of `hits` or more among `trials` when each hits with probability `share`: the binomial tail.

    ValueError unless 0 <= hits <= trials and 0 <= share <= 1.
    """
    if not (0 <= hits <= trials and 0 <= share <= 1):
        raise ValueError("hits must lie between 0 and the number of trials, and the share between 0 and 1")
    if hits == 0 or share == 1:
        return 1.0
    if share == 0:
        return 0.0
    ways = [math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) for k in range(hits, trials + 1)]
    logs = [
        way + k * math.log(share) + (trials - k) * math.log1p(-share)
        for k, way in zip(range(hits, trials + 1), ways, strict=True)
    ]
    return min(1.0, math.fsum(math.exp(each) for each in logs))


def at_most(hits: int, trials: int, confidence: float = 0.95) -> float:
    """The upper bound of C. J. Clopper and E. S. Pearson (1934), one-sided: the true share is not above it.

    A claim for `hits` of `trials`, with at least this confidence; 1 when there were no trials. ValueError as above.
    """
    if trials == 0 or hits == trials:
        return 1.0
    # The share at which so few hits are just as unlikely as the confidence allows.
    return _share_at(hits + 1, trials, confidence)


def at_least(hits: int, trials: int, confidence: float = 0.95) -> float:
    """The lower bound of the same, one-sided: the true share is not below it; 0 when there were no hits."""
    return 0.0 if hits == 0 else _share_at(hits, trials, 1 - confidence)


def _share_at(hits: int, trials: int, chance: float) -> float:
    """The share at which `hits` or more have this chance: the tail grows with the share, so halving finds it."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if chance_of_at_least(hits, trials, middle) < chance else (low, middle)
    return (low + high) / 2


def holm(chances: Sequence[float]) -> list[float]:
    """Probabilities of several tests, corrected for their number by S. Holm (1979), in the order given."""
    order = sorted(range(len(chances)), key=chances.__getitem__)
    corrected, largest = [0.0] * len(chances), 0.0
    for rank, number in enumerate(order):
        largest = max(largest, min(1.0, (len(chances) - rank) * chances[number]))
        corrected[number] = largest
    return corrected
