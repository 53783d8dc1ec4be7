"""Which hole a piece was cut from: the one whose surroundings go on where the piece ends."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition.background import Floats
from captcha_range.recognition.holes import Hole, holes_in

_WIDTH: Final = 500
"""Pixels: the width at which edges are compared."""
_PAPER: Final = 236
"""A tray is lighter than this in every channel."""
_MARGIN: Final = 0.2
"""Of the picture's width: what of a tray lies free on either side of the piece."""
_TALLEST: Final = 0.4
"""Of the picture's height: how high a tray may be."""
_RIM: Final = 2.0
"""Pixels by which a hole and its piece are longer than what of the hole is grey."""
_BEYOND: Final = 5
"""Pixels from the piece's edge to the nearest surroundings that no rim shines into."""
_DEEP: Final = 1
"""Pixels from the edge to what stands for it: nearer ones hold some of the paper."""
_CAP: Final = 45.0
"""Colour units: what differs by more is another thing."""
_SLIDE: Final = 3
"""Pixels by which a line that crosses the gap aslant may lie off along a side."""
_FEWEST: Final = 2
_MOST: Final = 12
"""Holes: one leaves no question, more are noise."""
_UNSHARP: Final = 1.0
"""Pixels: grain is smoothed by so much."""

Edges = list[Floats]
"""By side (top, bottom, left, right): (side, 3) colours along it."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Where the middle of the piece belongs, and the margin to the second best hole."""

    point: tuple[float, float]
    margin: float


def fitted(picture: Picture) -> Fit | None:
    """The hole that the piece fits into, in pixels of the picture; None when it shows no holes or no piece."""
    height, own = picture.shape[:2]
    if min(height, own) < _WIDTH // 8 or max(height, own) > 4 * min(height, own):
        return None
    scale = own / _WIDTH
    usual = picture
    if own != _WIDTH:
        way = cv2.INTER_AREA if own > _WIDTH else cv2.INTER_LINEAR
        usual = np.asarray(cv2.resize(picture, (_WIDTH, round(height / scale)), interpolation=way), dtype=np.uint8)
    top = _tray(usual)
    holes = [] if top is None else [each for each in holes_in(usual) if each.y < top]
    if top is None or not _FEWEST <= len(holes) <= _MOST:
        return None
    side = round(float(np.median([each.side for each in holes])) + _RIM)
    middle = Hole(usual.shape[1] / 2, (top + usual.shape[0]) / 2, side)
    if not _shows(usual, middle):
        return None
    calm = np.asarray(cv2.GaussianBlur(usual, (0, 0), _UNSHARP), dtype=np.uint8)
    inner = _edges(calm, middle, side, -_DEEP)
    costs = np.array([_cost(inner, _edges(calm, each, side, _BEYOND)) for each in holes])
    best, second = (int(number) for number in np.argsort(costs, kind="stable")[:2])
    margin = float(np.log((costs[second] + 1) / (costs[best] + 1)))
    return Fit((holes[best].x * scale, holes[best].y * scale), margin)


def _tray(picture: Picture) -> int | None:
    """The first row of the light strip at the bottom; None when there is none."""
    height, width = picture.shape[:2]
    margin = int(width * _MARGIN)
    beside = np.concatenate([picture[:, :margin], picture[:, -margin:]], axis=1)
    light = np.quantile(beside.min(axis=2), 0.05, axis=1) > _PAPER
    dark = np.flatnonzero(~light)
    top = int(dark[-1]) + 1 if len(dark) else 0
    return top if (1 - _TALLEST) * height < top < height - 8 else None


def _shows(picture: Picture, piece: Hole) -> bool:
    """Whether anything lies in the middle of the tray."""
    reach = int(piece.side / 2) - 4
    x, y = int(piece.x), int(piece.y)
    inside = picture[max(0, y - reach) : y + reach, x - reach : x + reach]
    return bool(inside.size) and float(np.mean(inside.min(axis=2) <= _PAPER)) > 0.1


def _edges(calm: Picture, square: Hole, side: int, away: int) -> Edges:
    """The colours along each side of a square: `away` pixels outside it, or inside where that is negative."""
    left, top = round(square.x - side / 2), round(square.y - side / 2)
    right, low = left + side, top + side
    height, width = calm.shape[:2]
    strips = []
    for row in (top - away, low - 1 + away):
        inside = np.clip(np.arange(left, right), 0, width - 1)
        strips.append(calm[min(max(row, 0), height - 1), inside])
    for column in (left - away, right - 1 + away):
        inside = np.clip(np.arange(top, low), 0, height - 1)
        strips.append(calm[inside, min(max(column, 0), width - 1)])
    return [np.asarray(strip, dtype=np.float32) for strip in strips]


def _cost(inner: Edges, outer: Edges) -> float:
    """The mean difference of the edges, each place compared with what lies about opposite it."""
    return float(np.mean([_apart(one, other).mean() for one, other in zip(inner, outer, strict=True)]))


def _apart(one: Floats, other: Floats) -> npt.NDArray[np.float64]:
    padded = np.pad(other, ((_SLIDE, _SLIDE), (0, 0)), mode="edge")
    count = len(one)
    every = [np.abs(one - padded[slide : slide + count]).sum(axis=1) for slide in range(2 * _SLIDE + 1)]
    return np.asarray(np.minimum(np.min(every, axis=0), _CAP), dtype=np.float64)
