"""What an object looks like, in numbers that barely change when it is turned, mirrored or recoloured.

An object is unrolled into rings round its middle. Turning it shifts every ring, which the size of a
Fourier coefficient does not notice; mirroring reverses it. Hue is an angle in the chroma plane, so that
recolouring turns complex chroma by a constant phase, which the size does not notice either. Where an
object is upright and true to its colour, plain histograms and an upright silhouette say more; the
classifier weighs both.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition.background import Floats
from captcha_range.recognition.objects import Found

RINGS: Final = 14
STEPS: Final = 64
CHANNELS: Final = 5
"""Mask, luma, two of chroma, edge strength."""
THUMB: Final = 8
"""Cells on each side of the upright view."""

SHAPES: Final = 9
"""Numbers about the outline."""

Complex = npt.NDArray[np.complex64]
Points = npt.NDArray[np.int32]

# From blue-green-red to luma and chroma (YIQ), 0 … 1.
_TO_YIQ: Final = (
    np.array([[0.114, 0.587, 0.299], [-0.3213, -0.2744, 0.5957], [0.3111, -0.5226, 0.2115]]) / 255
).astype(np.float32)


def described(scenes: Sequence[tuple[Picture, Sequence[Found]]]) -> Floats:
    """(objects, features): one row an object, in the order of the smoothed pictures and of their objects."""
    rolls, views, shapes = [], [], []
    for calm, found in scenes:
        planes = _planes(calm)
        for each in found:
            patch = _cut_out(planes, each)
            outline = _outline(each)
            (x, y), radius = _circle(each, outline)
            rolls.append(_unrolled(patch, x, y, radius))
            views.append(_upright(patch, x, y, radius).ravel())
            shapes.append(_shape(each, outline, radius))
    ring = np.array(rolls, dtype=np.float32).reshape(-1, CHANNELS, RINGS, STEPS)
    upright = np.array(views, dtype=np.float32).reshape(len(ring), CHANNELS * THUMB * THUMB)
    silhouette = np.array(shapes, dtype=np.float32).reshape(len(ring), SHAPES)
    parts = (_ring_sizes(ring), _ring_pairs(ring), _histograms(ring), upright, silhouette)
    return np.concatenate(parts, axis=1)


def _planes(calm: Picture) -> Floats:
    """(height, width, CHANNELS - 1): luma, two of chroma, edge strength."""
    planes = np.empty((*calm.shape[:2], CHANNELS - 1), dtype=np.float32)
    planes[:, :, :3] = cv2.transform(calm.astype(np.float32), _TO_YIQ)
    luma = np.ascontiguousarray(planes[:, :, 0])
    across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)
    # Not cv2.magnitude: its last bit hangs on where the arrays lie, and prototypes would come out otherwise each time.
    planes[:, :, 3] = np.sqrt(across * across + down * down)
    return planes


def _cut_out(planes: Floats, each: Found) -> Floats:
    """(height, width, CHANNELS): the object's planes, 0 outside its mask; the mask first."""
    patch = np.empty((*each.mask.shape, CHANNELS), dtype=np.float32)
    patch[:, :, 0] = each.mask
    np.multiply(planes[each.y : each.bottom, each.x : each.right], patch[:, :, :1], out=patch[:, :, 1:])
    return patch


def _circle(each: Found, outline: Points) -> tuple[tuple[float, float], float]:
    """The middle between centroid and smallest circle, and a radius that covers most of the object."""
    (x, y), _ = cv2.minEnclosingCircle(cv2.convexHull(outline))
    rows, columns = np.nonzero(each.mask[::2, ::2])
    x, y = (x + 2 * float(columns.mean())) / 2, (y + 2 * float(rows.mean())) / 2
    reach = np.sort(np.hypot(2 * columns - x, 2 * rows - y))
    return (x, y), float(reach[int(len(reach) * 0.985)]) + 1.0


@cache
def _rays() -> tuple[Floats, Floats]:
    angles = np.arange(STEPS) * (2 * np.pi / STEPS)
    reaches = (np.arange(RINGS) + 0.5) / RINGS
    return (
        np.outer(reaches, np.cos(angles)).astype(np.float32),
        np.outer(reaches, np.sin(angles)).astype(np.float32),
    )


def _unrolled(patch: Floats, x: float, y: float, radius: float) -> Floats:
    """(CHANNELS, RINGS, STEPS)."""
    across, down = _rays()
    rings = cv2.remap(patch, across * radius + x, down * radius + y, cv2.INTER_LINEAR)
    return np.asarray(rings, dtype=np.float32).transpose(2, 0, 1)


def _upright(patch: Floats, x: float, y: float, radius: float) -> Floats:
    """(CHANNELS, THUMB, THUMB): the object as it stands, in coarse cells."""
    scale = THUMB * 2 / (2 * radius)
    affine = np.array([[scale, 0, THUMB - scale * x], [0, scale, THUMB - scale * y]])
    fine = cv2.warpAffine(patch, affine, (THUMB * 2, THUMB * 2), flags=cv2.INTER_AREA)
    view = cv2.resize(fine, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
    return np.asarray(view, dtype=np.float32).transpose(2, 0, 1)


def _outline(each: Found) -> Points:
    contours, _ = cv2.findContours(each.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(np.concatenate(contours), dtype=np.int32)


def _shape(each: Found, outline: Points, radius: float) -> npt.NDArray[np.float64]:
    moments = cv2.moments(each.mask, binaryImage=True)
    hu = np.asarray(cv2.HuMoments(moments), dtype=np.float64).ravel()[:5]
    hull = max(cv2.contourArea(cv2.convexHull(outline)), 1.0)
    (_, (width, height), _) = cv2.minAreaRect(outline)
    area = moments["m00"]
    aspect = min(width, height) / max(width, height, 1.0)
    plain = [area / hull, aspect, area / max(width * height, 1.0), area / (np.pi * radius * radius)]
    return np.concatenate([np.sign(hu) * np.log10(np.abs(hu) + 1e-8), plain])


def _ring_sizes(rolls: Floats) -> Floats:
    """Sizes of the Fourier coefficients of every ring, square-rooted so that the large do not drown the small."""
    mask, luma, chroma, edge = _channels(rolls)
    parts = [np.abs(np.fft.rfft(mask))[:, :, :8], np.abs(np.fft.rfft(luma))[:, :, :10]]
    parts.append(np.abs(np.fft.rfft(edge))[:, :, :7])
    colour = np.abs(np.fft.fft(chroma))
    forth, back = colour[:, :, 1:7], colour[:, :, -1:-7:-1]
    parts += [colour[:, :, :1], forth + back, np.abs(forth - back)]
    joined = np.concatenate([part.reshape(len(rolls), -1) for part in parts], axis=1)
    return np.sqrt(joined / STEPS).astype(np.float32)


def _ring_pairs(rolls: Floats) -> Floats:
    """How neighbouring rings are turned against each other: what the sizes alone lose."""
    mask, luma, _, edge = _channels(rolls)
    parts = []
    for plane, last in ((mask, 6), (luma, 7), (edge, 5)):
        waves = np.fft.rfft(plane)[:, :, 1:last] / STEPS
        for step in (1, 3):
            pair = waves[:, step:] * np.conj(waves[:, :-step])
            root = np.sqrt(np.abs(pair)) + 1e-6
            parts += [pair.real / root, np.abs(pair.imag) / root]
    return np.concatenate([part.reshape(len(rolls), -1) for part in parts], axis=1).astype(np.float32)


def _channels(rolls: Floats) -> tuple[Floats, Floats, Complex, Floats]:
    chroma = (rolls[:, 2] + 1j * rolls[:, 3]).astype(np.complex64)
    return rolls[:, 0], rolls[:, 1], chroma, rolls[:, 4]


def _histograms(rolls: Floats) -> Floats:
    """Colours of inner and outer half: luma by chroma size, hue, and how hues are spread whatever they are."""
    weight = rolls[:, 0] * (np.arange(RINGS, dtype=np.float32)[None, :, None] + 0.5)
    size = np.hypot(rolls[:, 2], rolls[:, 3])
    hue = np.arctan2(rolls[:, 3], rolls[:, 2])
    brightness = np.clip((rolls[:, 1] * 6).astype(np.int64), 0, 5)
    strength = np.clip((size * 10).astype(np.int64), 0, 3)
    turn = ((hue / (2 * np.pi) + 0.5) * 24).astype(np.int64) % 24
    half = (np.arange(RINGS) >= RINGS * 2 // 3)[None, :, None]
    tones = _counted(half * 24 + brightness * 4 + strength, weight, 48)
    hues = _counted(turn, weight * np.minimum(size * 4, 1), 24)
    spread = np.abs(np.fft.rfft(hues))[:, :7]
    parts = np.concatenate([tones, hues, (hues + np.roll(hues, 1, 1) + np.roll(hues, -1, 1))[:, ::3]], axis=1)
    return np.concatenate([np.sqrt(parts), spread], axis=1).astype(np.float32)


def _counted(bins: npt.NDArray[np.int64], weight: Floats, count: int) -> Floats:
    rows = len(bins)
    flat = (bins + np.arange(rows)[:, None, None] * count).ravel()
    sums = np.bincount(flat, weights=weight.ravel(), minlength=rows * count).reshape(rows, count)
    totals = weight.reshape(rows, -1).sum(axis=1, keepdims=True) + 1e-6
    return np.asarray(sums / totals, dtype=np.float32)
