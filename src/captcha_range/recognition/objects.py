"""Objects of a picture: where something stands out from the background."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition import background
from captcha_range.recognition.background import Mask

_BORDER: Final = 4
_FLOOR: Final = 11.0
"""Colour units: what lies nearer to the background than this is background."""
_SPREADS: Final = 3.2
_ENOUGH: Final = 200
_MERGE: Final = 5
"""Pixels: parts nearer than this belong together."""
_SMALLEST: Final = 160
"""Square pixels: anything smaller is a stroke or a speck."""
_FRAGMENT: Final = 0.3
"""Of the median area: what covers less is a part of a neighbour, or a stroke."""
_REACH: Final = 14
"""Pixels between a fragment and the object that it may belong to."""


@dataclass(frozen=True, slots=True)
class Found:
    """One object: its filled mask inside its box, both in pixels of the picture that was searched."""

    x: int
    y: int
    mask: Mask

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box."""
        height, width = self.mask.shape
        return self.x + width / 2, self.y + height / 2

    @property
    def right(self) -> int:
        """The first column after the box."""
        return self.x + int(self.mask.shape[1])

    @property
    def bottom(self) -> int:
        """The first row after the box."""
        return self.y + int(self.mask.shape[0])

    @property
    def area(self) -> int:
        """Pixels covered."""
        return int(np.count_nonzero(self.mask))


def find_objects(calm: Picture, largest: int) -> list[Found]:
    """The objects of a smoothed picture at its usual size.

    `largest` is the length in pixels beyond which a component is taken for two objects that touch.
    """
    if min(calm.shape[:2]) < 4 * _BORDER:
        return []
    colours = calm.astype(np.float32)
    curve = background.fitted(background.border(calm, _BORDER))
    sparse = np.ascontiguousarray(colours[::3, ::3])
    samples = sparse[curve.distance(sparse) < _limit(curve)]
    if len(samples) > _ENOUGH:
        curve = background.fitted(samples, doubts=0)
    return gathered(components(filled(curve.distance(colours) > _limit(curve)), largest), largest)


def _limit(curve: background.ColourCurve) -> float:
    return max(_FLOOR, _SPREADS * curve.spread)


def filled(standing_out: npt.NDArray[np.bool_]) -> Mask:
    """A mask without strokes and without holes."""
    mask = standing_out.astype(np.uint8)
    # What survives a large opening is an object; its fine parts are those of the mask that lie close by.
    core = opened(mask, 11)
    near = np.asarray(cv2.dilate(core, _disc(15)), dtype=np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask & near, cv2.MORPH_CLOSE, _disc(5)), dtype=np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = np.zeros_like(mask)
    cv2.drawContours(out, contours, -1, (1,), thickness=cv2.FILLED)
    return opened(out, 3)


def opened(mask: Mask, size: int) -> Mask:
    """The mask without what is thinner than `size` pixels."""
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(size)), dtype=np.uint8)


def components(mask: Mask, largest: int) -> list[Found]:
    """The connected parts of a mask; parts that nearly touch are one, long ones are cut at their waist."""
    grown = np.asarray(cv2.dilate(mask, _disc(_MERGE)), dtype=np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    found = []
    for number in range(1, count):
        left, top, width, height = (int(part) for part in stats[number, :4])
        own = (labels[top : top + height, left : left + width] == number).astype(np.uint8)
        own &= mask[top : top + height, left : left + width]
        for part in _parted(own, largest):
            piece = _tight(part, left, top)
            if piece is not None:
                found.append(piece)
    return found


def _parted(mask: Mask, largest: int) -> list[Mask]:
    """The mask, or its two or more halves when it is too long for one object."""
    if max(mask.shape) <= largest:
        return [mask]
    for size in (5, 9, 13, 17, 21, 27, 33):
        core = cv2.erode(mask, _disc(size))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(core), connectivity=8)
        large = [number for number in range(1, count) if stats[number, 4] > _SMALLEST]
        if len(large) > 1:
            return [_regrown(labels == number, mask, size) for number in large]
    return [mask]


def _regrown(core: npt.NDArray[np.bool_], mask: Mask, size: int) -> Mask:
    return np.asarray(cv2.dilate(core.astype(np.uint8), _disc(size + 2)), dtype=np.uint8) & mask


def gathered(found: list[Found], largest: int) -> list[Found]:
    """Fragments joined to the whole object beside them; those that stand alone are left out."""
    if len(found) < 2:
        return found
    least = _FRAGMENT * float(np.median([each.area for each in found]))
    whole = [each for each in found if each.area >= least]
    for fragment in (each for each in found if each.area < least):
        gaps = [_gap(each, fragment) for each in whole]
        nearest = int(np.argmin(gaps))
        joined = _joined(whole[nearest], fragment)
        if gaps[nearest] <= _REACH and max(joined.mask.shape) <= largest:
            whole[nearest] = joined
    return whole


def _gap(one: Found, other: Found) -> float:
    across = max(one.x - other.right, other.x - one.right, 0)
    down = max(one.y - other.bottom, other.y - one.bottom, 0)
    return float(np.hypot(across, down))


def _joined(one: Found, other: Found) -> Found:
    left, top = min(one.x, other.x), min(one.y, other.y)
    mask = np.zeros((max(one.bottom, other.bottom) - top, max(one.right, other.right) - left), dtype=np.uint8)
    for each in (one, other):
        mask[each.y - top : each.bottom - top, each.x - left : each.right - left] |= each.mask
    return Found(left, top, mask)


def _tight(mask: Mask, left: int, top: int) -> Found | None:
    if cv2.countNonZero(mask) < _SMALLEST:
        return None
    x, y, width, height = cv2.boundingRect(mask)
    return Found(left + x, top + y, np.ascontiguousarray(mask[y : y + height, x : x + width]))


def _disc(size: int) -> Mask:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), dtype=np.uint8)
