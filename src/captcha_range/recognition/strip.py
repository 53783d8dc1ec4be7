"""The strip of examples below a scene: where it starts, and what stays of it without its arrows."""

from typing import Final

import cv2
import numpy as np

from captcha_range.core.pixels import Picture

ABOVE_STRIP: Final = 350 / 430
"""The share of the picture's height that is the scene, where a strip lies below it."""
_INK: Final = 40
"""Levels by which ink differs from paper: shadows do by less."""
_LENGTH: Final = (0.04, 0.075)
_HEIGHT: Final = 0.05
_OFF: Final = 0.01
"""Of an arrow, in parts of the picture's width: its length, its height at most, how far it lies off the middle."""
_ROOM: Final = 0.006
"""Round an arrow, in the same parts: what compression has blurred."""


def above_and_strip(picture: Picture) -> tuple[Picture, Picture]:
    """The scene, and the strip below it without arrows."""
    row = round(picture.shape[0] * ABOVE_STRIP)
    return picture[:row], without_arrows(picture[row:])


def without_arrows(strip: Picture) -> Picture:
    """The strip with paper where arrows were: between the objects, halfway up, small and thin."""
    if not len(strip):
        return strip
    width, paper = strip.shape[1], np.median(strip, axis=(0, 1))
    ink = (np.abs(strip.astype(np.int16) - paper.astype(np.int16)).max(axis=2) > _INK).astype(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    out, room = strip.copy(), round(_ROOM * width)
    for x, y, long, high, _ in np.asarray(boxes)[1:].tolist():
        off = abs(y + high / 2 - len(strip) / 2)
        if _LENGTH[0] * width < long < _LENGTH[1] * width and high < _HEIGHT * width and off < _OFF * width:
            out[max(0, y - room) : y + high + room, max(0, x - room) : x + long + room] = paper
    return out
