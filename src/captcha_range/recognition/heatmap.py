"""Objects from the maps of the detector: where a peak is, there is the middle of an object.

The detector sees a picture at half of its usual size and says of each cell of four by four pixels whether
an object has its middle there, where in the cell, how long the object is, and how far its edges are.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from captcha_range.core.pixels import Picture
from captcha_range.recognition.background import Floats

CELL: Final = 4
"""Pixels of the shrunk picture on each side of a cell."""
BLOCK: Final = 8
"""The shrunk picture's sides are multiples of this."""
SHRINK: Final = 0.5
"""From the usual size, at which the families draw, to what the detector sees."""
SPAN_UNIT: Final = 40.0
"""Shrunk pixels: the maps tell lengths as logarithms of parts of this."""
MAPS: Final = 8
"""Heat, two of place in the cell, span, and the distances of the four edges: left, top, right, bottom."""
THRESHOLD: Final = 0.25
APART: Final = 0.5
"""Of the longer span: two peaks nearer than this are of one object."""
_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """One object in pixels of the picture that was searched: its middle, its length, its box, how sure."""

    x: float
    y: float
    span: float
    box: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    heat: float

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the box."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


def shrunk(picture: Picture, scale: float) -> Picture:
    """The picture times `scale`, its last pixels repeated until both sides are multiples of BLOCK."""
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture, (width, height), interpolation=way)
    below, beside = -height % BLOCK, -width % BLOCK
    return np.asarray(cv2.copyMakeBorder(small, 0, below, 0, beside, cv2.BORDER_REPLICATE), dtype=np.uint8)


def spots(maps: Floats, scale: float) -> list[Spot]:
    """(MAPS, rows, columns) to the objects, surest first, in pixels of the picture before it was shrunk."""
    heat = 1 / (1 + np.exp(-maps[0]))
    highest = cv2.dilate(heat, np.ones((3, 3), dtype=np.uint8))
    rows, columns = np.nonzero((heat >= highest) & (heat > THRESHOLD))
    order = np.argsort(-heat[rows, columns], kind="stable")[:_MOST]
    found = zip(rows[order].tolist(), columns[order].tolist(), strict=True)
    out: list[Spot] = []
    for row, column in found:
        spot = _spot(maps[:, row, column], row, column, float(heat[row, column]), scale)
        if all(np.hypot(each.x - spot.x, each.y - spot.y) > APART * max(each.span, spot.span) for each in out):
            out.append(spot)
    return out


def _spot(at: Floats, row: int, column: int, heat: float, scale: float) -> Spot:
    x, y = (column + float(at[1])) * CELL / scale, (row + float(at[2])) * CELL / scale
    span, left, top, right, bottom = (float(each) for each in np.exp(np.clip(at[3:], -4, 2)) * SPAN_UNIT / scale)
    return Spot(x, y, span, (x - left, y - top, x + right, y + bottom), heat)
