"""Objects unrolled round their middle: turning one only shifts its columns, which the network does not notice."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition.background import Floats

RINGS: Final = 24
STEPS: Final = 64
REACH: Final = 0.66
"""Of the object's span: how far the rings go."""

Rolls = npt.NDArray[np.uint8]
Circle = tuple[float, float, float]
"""x, y and span of an object, in pixels."""


def unrolled(picture: Picture, circles: Sequence[Circle]) -> Rolls:
    """(objects, RINGS, STEPS, 3): the colours along the rings of each circle, from the middle outwards."""
    across, down = _rays()
    out = np.empty((len(circles), RINGS, STEPS, 3), dtype=np.uint8)
    for roll, (x, y, span) in zip(out, circles, strict=True):
        reach = REACH * span
        cv2.remap(picture, across * reach + x, down * reach + y, cv2.INTER_LINEAR, roll, cv2.BORDER_REPLICATE)
    return out


@cache
def _rays() -> tuple[Floats, Floats]:
    angles = np.arange(STEPS) * (2 * np.pi / STEPS)
    reaches = (np.arange(RINGS) + 0.5) / RINGS
    return (
        np.outer(reaches, np.cos(angles)).astype(np.float32),
        np.outer(reaches, np.sin(angles)).astype(np.float32),
    )
