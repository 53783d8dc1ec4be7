"""Where in a screenshot a picture may lie: blocks that stand out from the page, and the bands within them."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from captcha_range.core.late import late
from captcha_range.core.pixels import Picture

if TYPE_CHECKING:
    import cv2
    import numpy as np
    import numpy.typing as npt
else:
    cv2, np = late("cv2"), late("numpy")

MOST: Final = 16
"""Regions to try for one image."""
_WORK: Final = 800
"""Pixels of the longer side at which the search runs."""
_OFF_PAGE: Final = 14
"""Levels by which a pixel differs from the page: more than a strong JPEG adds."""
_LEAST_SHARE: Final = 0.08
_SHORTEST: Final = 60
"""Of a region: share of the image, and pixels of its shorter side."""
_EDGE: Final = 10
_STRAIGHT: Final = 0.5
"""An edge of a block: levels of the step, and the share of the row over which it runs."""
_MOST_EDGES: Final = 8
_APART: Final = 5
"""Pixels between two edges that are not the same one, smeared by scaling or compression."""
_SAME: Final = 0.03
"""Share of its size by which a region's sides may differ from another's that is worth no look of its own."""


class Region(NamedTuple):
    """A box in pixels, origin at the top left."""

    x: int
    y: int
    width: int
    height: int

    def cut(self, picture: Picture) -> Picture:
        """The region's own pixels."""
        return picture[self.y : self.y + self.height, self.x : self.x + self.width]


def regions_of(picture: Picture) -> list[Region]:
    """The whole image first, then the likeliest blocks, each once."""
    whole = Region(0, 0, picture.shape[1], picture.shape[0])
    scale = max(1.0, max(picture.shape[:2]) / _WORK)
    small = picture
    if scale > 1:
        size = (max(1, round(whole.width / scale)), max(1, round(whole.height / scale)))
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    blocks = [block for block in _blocks(small) if _is_large(block, small)]
    bands = [
        band for block in blocks or [Region(0, 0, small.shape[1], small.shape[0])] for band in _bands(block, small)
    ]
    found = [whole, *(_enlarged(each, scale, whole) for each in [*blocks, *bands])]
    return _distinct(found)[:MOST]


def _distinct(regions: list[Region]) -> list[Region]:
    """Without those that nearly repeat an earlier one."""
    kept: list[Region] = []
    for region in regions:
        if not any(_nearly_same(region, other) for other in kept):
            kept.append(region)
    return kept


def _nearly_same(one: Region, other: Region) -> bool:
    near_x, near_y = max(2, _SAME * other.width), max(2, _SAME * other.height)
    across = abs(one.x - other.x), abs(one.x + one.width - other.x - other.width)
    down = abs(one.y - other.y), abs(one.y + one.height - other.y - other.height)
    return max(across) <= near_x and max(down) <= near_y


def _is_large(region: Region, picture: Picture) -> bool:
    share = region.width * region.height / (picture.shape[0] * picture.shape[1])
    shorter: int = min(picture.shape[:2])
    return share >= _LEAST_SHARE and min(region.width, region.height) >= min(_SHORTEST, shorter)


def _enlarged(region: Region, scale: float, whole: Region) -> Region:
    x, y = round(region.x * scale), round(region.y * scale)
    right = min(whole.width, round((region.x + region.width) * scale))
    low = min(whole.height, round((region.y + region.height) * scale))
    return Region(x, y, right - x, low - y)


def _blocks(picture: Picture) -> list[Region]:
    """What differs from the colour of the page, largest first; holes belong to what surrounds them."""
    page = _page_colour(picture)
    off = np.abs(picture.astype(np.int16) - page).max(axis=2) > _OFF_PAGE
    # An opening takes the hair lines away that join blocks, a frame round the widget, say.
    mask = cv2.morphologyEx(off.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    found: list[Region] = []
    for outline in (mask, cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))):
        contours, _ = cv2.findContours(outline, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        found += [Region(*map(int, cv2.boundingRect(contour))) for contour in contours]
    return sorted(set(found), key=lambda each: -each.width * each.height)[:4]


def _page_colour(picture: Picture) -> npt.NDArray[np.int16]:
    """The median of the image's rim."""
    rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    return np.asarray(np.median(rim, axis=0), dtype=np.int16)


def _bands(block: Region, picture: Picture) -> list[Region]:
    """The parts of a block between straight edges that run across it, widest apart first."""
    inner = block.cut(picture).astype(np.int16)
    rows, columns = _edges(inner), _edges(inner.transpose(1, 0, 2))
    found = [
        Region(block.x + left, block.y + top, right - left, low - top)
        for top, low in combinations(rows, 2)
        for left, right in combinations(columns, 2)
    ]
    fitting = [each for each in found if _is_large(each, picture) and 0.8 < each.width / each.height < 1.4]
    return sorted(fitting, key=lambda each: -each.width * each.height)


def _edges(picture: npt.NDArray[np.int16]) -> list[int]:
    """The rows at which the colour steps along most of the width; the first and the end always."""
    height = len(picture)
    share = (np.abs(np.diff(picture, axis=0)).max(axis=2) > _EDGE).mean(axis=1)
    kept: list[int] = []
    for row in np.argsort(-share, kind="stable"):
        if share[row] < _STRAIGHT or len(kept) == _MOST_EDGES:
            break
        if all(abs(int(row) + 1 - other) >= _APART for other in kept):
            kept.append(int(row) + 1)
    return sorted({0, height, *kept})
