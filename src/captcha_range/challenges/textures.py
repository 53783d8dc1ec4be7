"""Textures made at their first use and cropped afterwards: patterns for backgrounds, and grain.

They are constants of the build, not chance: their streams have a fixed key, and a challenge's own
stream only chooses which one and where to cut.
"""

from functools import partial
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.core.once import once
from captcha_range.core.streams import Streams

SIDE = 1024
"""Pixels on each side of a texture; a picture must be smaller."""

Texture = npt.NDArray[np.uint8]

_STREAMS = Streams(b"captcha-range textures, version 1")


@once
def grain() -> Texture:
    """Coloured grain round 128: (SIDE, SIDE, 3) uint8, standard deviation about 40."""
    stream = _STREAMS.stream("grain")
    fine = stream.normal(0, 36, (SIDE, SIDE, 3))
    coarse = np.asarray(cv2.resize(stream.normal(0, 24, (SIDE // 2, SIDE // 2, 3)), (SIDE, SIDE)))
    out: Texture = np.clip(128 + fine + coarse, 0, 255).astype(np.uint8)
    return out


def _full_range(field: npt.NDArray[np.float64]) -> Texture:
    low, high = np.percentile(field, (1, 99))
    scaled: Texture = np.clip((field - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    return scaled


def _clouds(number: int, octave: int) -> Texture:
    """Smooth noise of several sizes; a higher octave has smaller patches."""
    stream = _STREAMS.stream("clouds", number)
    field = np.zeros((SIDE, SIDE))
    for step in range(3):
        cells = 2 ** (octave + step)
        coarse = stream.normal(0, 1, (cells, cells))
        field += np.asarray(cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)) / 2**step
    return _full_range(field)


def _waves(number: int) -> Texture:
    """Bands bent by smooth noise; the first two are soft, the others have edges."""
    stream = _STREAMS.stream("waves", number)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    angle = stream.uniform(0, np.pi)
    bend = np.asarray(cv2.resize(stream.normal(0, 1, (6, 6)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC))
    along = columns * np.cos(angle) + rows * np.sin(angle)
    field = np.sin(along / stream.uniform(14, 34) + 2.5 * bend)
    return _full_range(field if number < 2 else np.tanh(6 * field))


def _cells(number: int, count: int) -> Texture:
    """Flat polygons: each pixel takes the grey of the nearest of `count` points."""
    stream = _STREAMS.stream("cells", number)
    seeds = np.full((SIDE, SIDE), 255, dtype=np.uint8)
    rows, columns = stream.integers(0, SIDE, (2, count))
    seeds[rows, columns] = 0
    _, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    greys = stream.uniform(0, 1, count + 1)
    # Softened by a pixel: bare edges look like stairs.
    return _full_range(np.asarray(cv2.GaussianBlur(greys[np.asarray(labels)], (0, 0), 1.0)))


def _dots(number: int) -> Texture:
    """Soft round spots of several sizes."""
    stream = _STREAMS.stream("dots", number)
    field = np.full((SIDE, SIDE), 90, dtype=np.uint8)
    for column, row, size, grey in stream.uniform(0, 1, (220, 4)):
        centre = (int(column * SIDE), int(row * SIDE))
        cv2.circle(field, centre, int(8 + 52 * size * size), int(255 * grey), -1, cv2.LINE_AA)
    return _full_range(np.asarray(cv2.GaussianBlur(field, (0, 0), 2)).astype(np.float64))


PATTERNS: Final = tuple(
    once(make)
    for make in (
        *(partial(_clouds, number, octave) for number, octave in enumerate((3, 4, 5, 6))),
        *(partial(_waves, number) for number in range(4)),
        partial(_cells, 0, 60),
        partial(_cells, 1, 160),
        partial(_dots, 0),
        partial(_dots, 1),
    )
)
"""Each gives a grey pattern, (SIDE, SIDE) uint8 over the full range: clouds, waves, stripes, cells, dots."""
