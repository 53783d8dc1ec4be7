"""Where a scene has square holes: flat grey, which nothing else in it is."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from captcha_range.core.pixels import Picture

_GREY: Final = 128
_NEAR: Final = 8
"""How far a channel may be from grey."""
_LEAST: Final = 0.08
_MOST: Final = 0.2
"""Of the picture's width: how long the sides of a hole may be."""
_FULL: Final = 0.85
"""Of its box: what a hole covers at least."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Its middle, and the length of its sides without the rim, in pixels of the picture."""

    x: float
    y: float
    side: float


def holes_in(picture: Picture) -> list[Hole]:
    """Every hole, from top to bottom."""
    flat = cv2.inRange(cv2.medianBlur(picture, 5), (_GREY - _NEAR,) * 3, (_GREY + _NEAR,) * 3)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    shortest, longest = _LEAST * picture.shape[1], _MOST * picture.shape[1]
    return [
        Hole(float(x + width / 2), float(y + height / 2), float(width + height) / 2)
        for x, y, width, height, area in np.asarray(boxes)[1:]
        if shortest <= min(width, height) and max(width, height) <= longest and area >= _FULL * width * height
    ]
