"""Laying a picture over another one: where the issued picture lies in what was sent, or that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from captcha_range.core.late import late
from captcha_range.core.pixels import Picture

if TYPE_CHECKING:
    import cv2
    import numpy as np
    import numpy.typing as npt

    Grey = npt.NDArray[np.uint8]
    Points = npt.NDArray[np.float32]
else:
    cv2, np = late("cv2"), late("numpy")

_FEATURES: Final = 900
_FEWEST: Final = 12
"""Features that must agree: chance makes four or five of two unrelated pictures agree."""
_STRAY: Final = 3.0
"""Pixels of the issued picture by which an agreeing feature may miss its place."""
_STRETCH: Final = 0.05
"""How much more one side may be scaled than the other: rounding, never a turn or a distortion."""
_VISIBLE: Final = 0.7
"""Of the issued picture that must be there."""
_ALIKE: Final = 0.8
"""Correlation of the whole; two grids of different objects reach 0.6 by their lines alone."""
_CELLS: Final = 5
_CELL_ALIKE: Final = 0.5
_CELLS_ALIKE: Final = 0.8
"""Share of the cells that must be alike too: a picture that was half replaced is not the one that was issued."""
_BLUR: Final = 2.0
"""Pixels: a copy's own noise must not count."""
_CALM: Final = 3.0
"""Grey levels: a cell that varies less shows nothing to compare."""


class Placement(NamedTuple):
    """Where the issued picture lies in another: a point is scaled, then moved. Pixels, origin at the top left."""

    scale_x: float
    scale_y: float
    left: float
    top: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the issued picture, in pixels of the other."""
        return x * self.scale_x + self.left, y * self.scale_y + self.top


UNCHANGED: Final = Placement(1.0, 1.0, 0.0, 0.0)


def place(issued: Picture, seen: Picture) -> Placement | None:
    """Where `issued` lies in `seen`, of which it is the main part; None when it is not there."""
    # Brought to about the same scale first: descriptors then agree far better.
    factor = issued.shape[1] / seen.shape[1]
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    size = (issued.shape[1], max(1, round(seen.shape[0] * factor)))
    if not issued.shape[0] // 2 <= size[1] <= issued.shape[0] * 2:
        return None
    known, other = _grey(issued), _grey(cv2.resize(seen, size, interpolation=way))
    fitted = _fitted(*_pairs(known, other))
    if fitted is None or not _is_alike(known, other, fitted):
        return None
    across, down = seen.shape[1] / size[0], seen.shape[0] / size[1]
    return Placement(fitted.scale_x * across, fitted.scale_y * down, fitted.left * across, fitted.top * down)


def _grey(picture: npt.NDArray[np.generic]) -> Grey:
    return np.asarray(cv2.cvtColor(np.asarray(picture, np.uint8), cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _pairs(one: Grey, other: Grey) -> tuple[Points, Points]:
    """Features of one picture and the places of their likes in the other."""
    finder = cv2.ORB.create(nfeatures=_FEATURES, scaleFactor=1.2, nlevels=5, edgeThreshold=16, fastThreshold=7)
    places, marks = finder.detectAndCompute(one, None)
    other_places, other_marks = finder.detectAndCompute(other, None)
    if marks is None or other_marks is None:
        return np.empty((0, 2), np.float32), np.empty((0, 2), np.float32)
    matches = cv2.BFMatcher.create(cv2.NORM_HAMMING, crossCheck=True).match(marks, other_marks)
    source = [places[match.queryIdx].pt for match in matches]
    target = [other_places[match.trainIdx].pt for match in matches]
    return np.array(source, np.float32).reshape(-1, 2), np.array(target, np.float32).reshape(-1, 2)


def _fitted(source: Points, target: Points) -> Placement | None:
    """Scale and offset on which the most features agree, without a turn."""
    if len(source) < _FEWEST:
        return None
    matrix, agreeing = cv2.estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=_STRAY, maxIters=2_000, confidence=0.999
    )
    if matrix is None or abs(matrix[0, 1]) > _STRETCH * abs(matrix[0, 0]):
        return None
    kept = agreeing.ravel().astype(bool)
    if np.count_nonzero(kept) < _FEWEST:
        return None
    lines = [_line(source[kept, axis], target[kept, axis]) for axis in (0, 1)]
    if any(line is None for line in lines):
        return None
    (scale_x, left), (scale_y, top) = (line for line in lines if line is not None)
    if abs(scale_x - scale_y) > _STRETCH * max(scale_x, scale_y):
        return None
    return Placement(scale_x, scale_y, left, top)


def _line(source: Points, target: Points) -> tuple[float, float] | None:
    """Scale and offset along one side, by least squares."""
    middle, spread = source.mean(), source.var()
    if spread < 1:
        return None
    scale = float(((source - middle) * (target - target.mean())).mean() / spread)
    return (scale, float(target.mean() - scale * middle)) if scale > 0 else None


def _is_alike(issued: Grey, other: Grey, placed: Placement) -> bool:
    """Whether the other picture, laid over the issued one, shows the same as a whole and cell by cell."""
    matrix = np.array([[placed.scale_x, 0, placed.left], [0, placed.scale_y, placed.top]], np.float32)
    size = (issued.shape[1], issued.shape[0])
    laid = cv2.warpAffine(other, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inside = cv2.warpAffine(np.full_like(other, 255), matrix, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP) > 0
    if np.count_nonzero(inside) < _VISIBLE * inside.size:
        return False
    calm, laid_calm = (cv2.GaussianBlur(each, (0, 0), _BLUR).astype(np.float32) for each in (issued, laid))
    inside = _far_from_the_end(inside)
    if _correlation(calm[inside], laid_calm[inside]) < _ALIKE:
        return False
    cells = [alike for alike in _cells(calm, laid_calm, inside) if alike is not None]
    return sum(alike >= _CELL_ALIKE for alike in cells) >= _CELLS_ALIKE * len(cells)


def _far_from_the_end(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Without the pixels into which the blur carries what lies beyond the end of the other picture."""
    reach = round(3 * _BLUR)
    side = 2 * reach + 1
    return cv2.erode(inside.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def _cells(
    one: npt.NDArray[np.float32], other: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_]
) -> list[float | None]:
    """The correlation of each cell; None where the issued picture shows nothing or the other ends."""
    found: list[float | None] = []
    for rows in np.array_split(np.arange(one.shape[0]), _CELLS):
        for columns in np.array_split(np.arange(one.shape[1]), _CELLS):
            cell = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            kept = inside[cell]
            shown = kept.mean() > _VISIBLE and one[cell][kept].std() > _CALM
            found.append(_correlation(one[cell][kept], other[cell][kept]) if shown else None)
    return found


def _correlation(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    """Of -1 … 1; 0 when one of the two is flat."""
    if one.std() < 1 or other.std() < 1:
        return 0.0
    return float(((one - one.mean()) * (other - other.mean())).mean() / (one.std() * other.std()))
