"""From a margin to a confidence: how often replies of that margin were right on generated pictures."""

from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np

from captcha_range.recognition import bundled


class Curve(msgspec.Struct, frozen=True):
    """`rates[i]` of the replies with a margin near `margins[i]` were right; both rise, neither is empty."""

    margins: tuple[float, ...]
    rates: tuple[float, ...]

    def confidence(self, margin: float) -> float:
        """0 … 1; between two margins, in between."""
        return float(np.interp(margin, self.margins, self.rates))


class Calibration(msgspec.Struct, frozen=True):
    """What was chosen on generated pictures that no prototype was made from."""

    odd_one_out: Curve
    grid: Curve
    grid_threshold: float
    temperature: float = 1.0
    """Divides the logits of a network."""
    drag_to_fit: Curve | None = None
    rotate_upright: Curve | None = None
    """None where the recogniser does not answer the family."""


def fitted(margins: Sequence[float], right: Sequence[bool], bins: int) -> Curve:
    """The curve through bins of equally many replies, made to rise where neighbours disagree.

    Each bin counts one right and one wrong reply more than it has: no bin is sure.
    """
    order = np.argsort(np.array(margins), kind="stable")
    groups = [each for each in np.array_split(order, bins) if len(each)]
    hits = np.array(right, dtype=np.float64)
    pooled: list[tuple[float, float, float]] = []
    for group in groups:
        pooled.append((float(np.mean(np.array(margins)[group])), float(hits[group].sum()), float(len(group))))
        while len(pooled) > 1 and _rate(pooled[-2]) >= _rate(pooled[-1]):
            pooled[-2:] = [_together(pooled[-2], pooled[-1])]
    return Curve(tuple(round(each[0], 4) for each in pooled), tuple(round(_rate(each), 4) for each in pooled))


def _rate(bin_: tuple[float, float, float]) -> float:
    return (bin_[1] + 1) / (bin_[2] + 2)


def _together(one: tuple[float, float, float], other: tuple[float, float, float]) -> tuple[float, float, float]:
    size = one[2] + other[2]
    return (one[0] * one[2] + other[0] * other[2]) / size, one[1] + other[1], size


@cache
def standard_calibration() -> Calibration:
    """The calibration of `classical` that ships with the project."""
    return msgspec.json.decode(bundled.read("calibration.json"), type=Calibration)


@cache
def network_calibration() -> Calibration:
    """The calibration of `cnn` that ships with the project."""
    return msgspec.json.decode(bundled.read("network.json"), type=Calibration)
