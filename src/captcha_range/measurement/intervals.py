"""Intervals round a share that was counted."""

import math
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
