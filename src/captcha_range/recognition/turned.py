"""How far an object is turned: its unrolled view against views of upright things, at every angle, mirrored or not.

Turning an object shifts the columns of its view, so that one Fourier transform compares all angles. Luma and
outline are compared as they are; of chroma only the size of the correlation counts, because recolouring
turns every hue by the same phase.
"""

import io
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition import background, bundled, objects
from captcha_range.recognition.background import Floats, Mask

RINGS: Final = 12
STEPS: Final = 72
PLANES: Final = 4
"""Mask, luma, two of chroma."""
SIDE: Final = 340
"""Pixels: the width at which the disc is searched."""
RADIUS: Final = 144
"""Pixels of the disc that surely lie inside its rim."""
_BORDER: Final = 20
"""Pixels: so much of the disc's edge is background for sure."""
_FLOOR: Final = 11.0
_SPREADS: Final = 3.2
_LEAST_AREA: Final = 1500
_MOST_AREA: Final = 55_000
"""Square pixels of an object."""
_PART: Final = 0.08
"""Of the largest part's area: what is smaller belongs to a stroke."""
_OPENINGS: Final = (7, 15)
"""Pixels: strokes thinner than this are cut off an object, and so are its own thin parts; the better view counts."""
_CHROMA: Final = 0.7
"""How much chroma counts, beside luma and mask with 1 each."""
_APART: Final = 20.0
"""Degrees: nearer angles are the same answer."""
_ALIKE: Final = 0.9

# From blue-green-red to luma and chroma (YIQ), 0 … 1.
_TO_YIQ: Final = (
    np.array([[0.114, 0.587, 0.299], [-0.3213, -0.2744, 0.5957], [0.3111, -0.5226, 0.2115]]) / 255
).astype(np.float32)
_REACHES: Final = ((np.arange(RINGS) + 0.5) / RINGS).astype(np.float32)
_WEIGHT: Final = np.sqrt(_REACHES)[:, None]
"""Outer rings cover more of the picture."""

Waves = npt.NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Turn:
    """By how many degrees clockwise to turn the object, and the margin to the best other angle."""

    angle: float
    margin: float


@dataclass(frozen=True, slots=True)
class Spectra:
    """Views as Fourier coefficients along their rings, each plane of each view of length 1: (views, RINGS, STEPS)."""

    mask: Waves
    luma: Waves
    chroma: Waves

    def agreement(self, one: "Spectra") -> npt.NDArray[np.float64]:
        """(views, STEPS): how much the only view of `one`, turned back by so many steps, looks like each of these."""
        mask, luma, chroma = (
            np.fft.ifft(np.einsum("vrs,rs->vs", np.conj(own), other[0]), axis=1)
            for own, other in zip((self.mask, self.luma, self.chroma), (one.mask, one.luma, one.chroma), strict=True)
        )
        return np.asarray((mask.real + luma.real + _CHROMA * np.abs(chroma)) * STEPS, dtype=np.float64)


def turn_of(picture: Picture, views: Spectra | None = None) -> Turn | None:
    """How to set the object on the disc upright; None when the picture shows no object on a disc."""
    height, width = picture.shape[:2]
    if min(height, width) < SIDE // 8 or abs(height - width) > 0.1 * width:
        return None
    usual = picture
    if (height, width) != (SIDE, SIDE):
        way = cv2.INTER_AREA if width > SIDE else cv2.INTER_LINEAR
        usual = np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=way), dtype=np.uint8)
    calm = background.smoothed(np.ascontiguousarray(usual))
    masks = _objects_on_disc(calm) if _has_rim(usual) else []
    if not masks:
        return None
    known = views or standard_views()
    each = [known.agreement(spectra(unrolled(calm, mask)[None])).max(axis=0) for mask in masks]
    scores = max(each, key=lambda one: float(one.max()))
    best = int(np.argmax(scores))
    off = np.abs((np.arange(STEPS) - best + STEPS // 2) % STEPS - STEPS // 2) * (360 / STEPS)
    margin = float(scores[best] - scores[off > _APART].max())
    return Turn(float(-_peak(scores, best) * 360 / STEPS % 360), margin)


def unrolled(calm: Picture, mask: Mask) -> Floats:
    """(PLANES, RINGS, STEPS): what the mask covers, ring by ring round its middle."""
    x, y, radius = _circle(mask)
    covered = mask.astype(np.float32)
    planes = np.empty((*mask.shape, PLANES), dtype=np.float32)
    planes[:, :, 0] = covered
    planes[:, :, 1:] = cv2.transform(calm.astype(np.float32), _TO_YIQ) * covered[:, :, None]
    # A pixel of the view stands for a patch: without smoothing it would take one pixel of it.
    planes = np.asarray(cv2.GaussianBlur(planes, (0, 0), max(0.8, radius / (2 * RINGS))), dtype=np.float32)
    angles = np.arange(STEPS) * (2 * np.pi / STEPS)
    across = (np.outer(_REACHES, np.cos(angles)) * radius + x).astype(np.float32)
    down = (np.outer(_REACHES, np.sin(angles)) * radius + y).astype(np.float32)
    return np.asarray(cv2.remap(planes, across, down, cv2.INTER_LINEAR), dtype=np.float32).transpose(2, 0, 1)


def spectra(rolls: Floats) -> Spectra:
    """(views, PLANES, RINGS, STEPS) to their Fourier coefficients; luma is told from the object's mean."""
    weight = (_REACHES / (_REACHES.sum() * STEPS))[:, None]
    mask, luma = rolls[:, 0], rolls[:, 1]
    covered = (mask * weight).sum(axis=(1, 2), keepdims=True)
    mean = (luma * weight).sum(axis=(1, 2), keepdims=True) / np.maximum(covered, 1e-6)
    return Spectra(_waves(mask - covered), _waves(luma - mean * mask), _waves(rolls[:, 2] + 1j * rolls[:, 3]))


def mirrored(rolls: Floats) -> Floats:
    """The views of the same objects, left and right exchanged."""
    return rolls[..., (STEPS // 2 - np.arange(STEPS)) % STEPS]


def to_bytes(rolls: Floats) -> bytes:
    """Views of upright objects as an .npz archive of bytes: all planes lie between -1 and 1."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, views=np.clip(np.rint(rolls * 127), -127, 127).astype(np.int8))
    return buffer.getvalue()


@cache
def standard_views() -> Spectra:
    """The views that ship with the project, and their mirror images."""
    return from_bytes(bundled.read("upright.npz"))


def from_bytes(archive: bytes) -> Spectra:
    """What `to_bytes` wrote, and its mirror images."""
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        rolls = arrays["views"].astype(np.float32) / 127
    return spectra(np.concatenate([rolls, mirrored(rolls)]))


def _waves(plane: npt.NDArray[np.float32] | npt.NDArray[np.complex64]) -> Waves:
    weighted = plane * _WEIGHT
    # Coefficients of a plane of length 1; nearly nothing stays nearly nothing.
    length = np.sqrt((np.abs(weighted) ** 2).sum(axis=(1, 2), keepdims=True) * STEPS) + 1e-3
    return np.asarray(np.fft.fft(weighted, axis=2) / length, dtype=np.complex64)


def _peak(scores: npt.NDArray[np.float64], best: int) -> float:
    """Where the parabola through the best step and its neighbours is highest."""
    low, high = scores[best - 1], scores[(best + 1) % STEPS]
    return best + float(0.5 * (low - high) / min(low - 2 * scores[best] + high, -1e-9))


def _circle(mask: Mask) -> tuple[float, float, float]:
    """The middle between centroid and smallest circle, and a radius that covers most of the object."""
    rows, columns = np.nonzero(mask)
    (x, y), _ = cv2.minEnclosingCircle(cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32)))
    x, y = (x + float(columns.mean())) / 2, (y + float(rows.mean())) / 2
    reach = np.sort(np.hypot(columns - x, rows - y))
    return x, y, float(reach[int(len(reach) * 0.985)]) + 1.0


@cache
def _distances() -> Floats:
    """(SIDE, SIDE): how far each pixel lies from the middle."""
    line = (np.arange(SIDE) - (SIDE - 1) / 2).astype(np.float32)
    return np.hypot(line[None], line[:, None]).astype(np.float32)


def _has_rim(usual: Picture) -> bool:
    """Whether a light ring lies where the disc ends."""
    rim = usual[np.abs(_distances() - 150) < 1]
    return float(np.mean(rim.min(axis=1) > 215)) > _ALIKE


def _objects_on_disc(calm: Picture) -> list[Mask]:
    """Masks of what stands out from the disc's background, by opening; none where nothing has an object's size."""
    far = _distances()
    inside = far < RADIUS
    colours = calm.astype(np.float32)
    curve = background.fitted(colours[inside & (far > RADIUS - _BORDER)])
    distance = curve.distance(colours)
    samples = colours[inside & (distance < max(_FLOOR, _SPREADS * curve.spread))]
    if not len(samples):
        return []
    curve = background.fitted(samples, doubts=0)
    out = objects.filled((curve.distance(colours) > max(_FLOOR, _SPREADS * curve.spread)) & inside)
    masks = [_largest_parts(objects.opened(out, opening)) for opening in _OPENINGS]
    return [mask for mask in masks if _LEAST_AREA < cv2.countNonZero(mask) < _MOST_AREA]


def _largest_parts(out: Mask) -> Mask:
    """The largest connected part, and those that are not much smaller."""
    found = objects.components(out, SIDE)
    largest = max((each.area for each in found), default=0)
    mask = np.zeros((SIDE, SIDE), dtype=np.uint8)
    for each in found:
        if each.area >= _PART * largest:
            mask[each.y : each.bottom, each.x : each.right] |= each.mask
    return mask
