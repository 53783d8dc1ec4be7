"""Where the tiles of a grid lie, as anybody sees it: light lines between and round them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture

SIDE: Final = 3
"""Tiles in a row, and rows."""
_SMALLEST: Final = 24
"""Pixels: a tile with a shorter side shows nothing."""
_ALONG: Final = 9
"""Pixels of a line over which grain is averaged."""
_UNEQUAL: Final = 0.12
"""By how much the longest tile may exceed the shortest, as a share."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A box in pixels of the picture."""

    x: int
    y: int
    width: int
    height: int

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box."""
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, x: float, y: float) -> bool:
        """Whether the point lies in the box."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def cut(self, picture: Picture) -> Picture:
        """The tile's own pixels."""
        return picture[self.y : self.y + self.height, self.x : self.x + self.width]


def tiles_of(picture: Picture) -> list[Tile] | None:
    """The nine tiles row by row, or None when the picture shows no grid of three by three."""
    columns, rows = _spans(_lightness(picture)), _spans(_lightness(picture.transpose(1, 0, 2)))
    if columns is None or rows is None:
        return None
    return [Tile(left, top, right - left, low - top) for top, low in rows for left, right in columns]


def _lightness(picture: Picture) -> npt.NDArray[np.float64]:
    """How light each column is in its darkest channel.

    Grain is averaged along the column, which leaves the edges of a line as they are. The darkest quarter is
    left out: strokes cross the lines. A median would take a column of white things for a line.
    """
    even = cv2.blur(np.ascontiguousarray(picture), (1, _ALONG))[::2]
    darkest = np.minimum(np.minimum(even[:, :, 0], even[:, :, 1]), even[:, :, 2])
    return np.asarray(np.sort(darkest, axis=0)[len(darkest) // 4], dtype=np.float64)


def _spans(profile: npt.NDArray[np.float64]) -> list[tuple[int, int]] | None:
    """Where the three tiles start and end along one side."""
    # Lines are few, so that nine tenths of the profile tell how light the tiles are.
    tile = profile < (profile.max() + np.quantile(profile, 0.9)) / 2
    edges = [0, *(np.flatnonzero(np.diff(tile)) + 1).tolist(), len(tile)]
    spans = [(low, high) for low, high in pairwise(edges) if tile[low] and high - low >= _SMALLEST]
    if len(spans) != SIDE:
        return None
    lengths = [high - low for low, high in spans]
    return spans if max(lengths) <= min(lengths) * (1 + _UNEQUAL) else None
