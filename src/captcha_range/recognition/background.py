"""What the background looks like: a curve through colour space, and how far each pixel lies from it.

A background that runs from one colour to another, however it is patterned, leaves a short curve among
all colours. An object lies off that curve, or its shadow does.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.uint8]

_SAMPLES: Final = 1000
_KEPT: Final = 0.85
"""The share of samples that a round of fitting trusts: the border may cut an object."""


@dataclass(frozen=True, slots=True)
class ColourCurve:
    """A parabola in colour space: `bend` is (3, 3), rows for 1, t and t², columns for the channels."""

    centre: Floats
    axis: Floats
    bend: Floats
    low: float
    high: float
    spread: float
    """How far, in colour units, an ordinary background pixel lies from the curve."""

    def distance(self, picture: Floats) -> Floats:
        """(height, width, 3) colours to (height, width) distances from the curve."""
        along = cv2.transform(picture, self.axis.reshape(1, 3)) - float(self.centre @ self.axis)
        along = np.clip(along, self.low, self.high)
        matrix = np.column_stack([self.bend[1], self.bend[2], self.bend[0] + self.centre])
        nearest = cv2.transform(cv2.merge([along, along * along]), matrix)
        off = cv2.subtract(picture, nearest)
        squares = cv2.transform(cv2.multiply(off, off), np.ones((1, 3), dtype=np.float32))
        return np.asarray(cv2.sqrt(squares), dtype=np.float32)


def fitted(samples: Floats, doubts: int = 1) -> ColourCurve:
    """The curve through most of (n, 3) background colours, n at least 1.

    As often as there are `doubts`, the samples furthest from the curve are left out and it is drawn again.
    """
    chosen = np.ascontiguousarray(samples[:: max(1, len(samples) // _SAMPLES)])
    curve = _through(chosen)
    for _ in range(doubts):
        order = np.argsort(curve.distance(chosen[None])[0], kind="stable")
        chosen = chosen[order[: max(1, int(len(order) * _KEPT))]]
        curve = _through(chosen)
    return curve


def _through(samples: Floats) -> ColourCurve:
    centre = samples.mean(axis=0)
    moved = samples - centre
    _, vectors = np.linalg.eigh(moved.T @ moved + np.eye(3, dtype=np.float32) * 1e-3)
    axis = vectors[:, -1].astype(np.float32)
    along = moved @ axis
    powers = np.stack([np.ones_like(along), along, along * along], axis=1)
    # A little weight on every coefficient keeps a plain background from bending.
    weight = np.diag(np.array([1e-3, 1e-3, 1e3], dtype=np.float32))
    bend = np.linalg.solve(powers.T @ powers + weight, powers.T @ moved).astype(np.float32)
    ranked = np.sort(along)
    low, high = float(ranked[len(ranked) // 100]), float(ranked[-1 - len(ranked) // 100])
    off = moved - powers @ bend
    spread = float(np.sqrt(np.vdot(off, off) / len(off)))
    margin = 0.08 * (high - low) + 2.0
    return ColourCurve(centre, axis, bend, low - margin, high + margin, spread)


def smoothed(picture: Picture) -> Picture:
    """The picture without grain and thin strokes."""
    calm = cv2.medianBlur(picture, 5)
    return np.asarray(cv2.GaussianBlur(calm, (0, 0), 1.0), dtype=np.uint8)


def border(picture: Picture, depth: int) -> Floats:
    """The colours of the outermost `depth` pixels on each side: (n, 3)."""
    parts = (
        picture[:depth],
        picture[-depth:],
        picture[depth:-depth, :depth],
        picture[depth:-depth, -depth:],
    )
    return np.concatenate([part.reshape(-1, 3) for part in parts]).astype(np.float32)
