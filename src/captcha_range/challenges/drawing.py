"""Drawing on a picture: backgrounds, objects, strokes, grain, and the JPEG at the end.

A picture is (height, width, 3) uint8, blue-green-red. Lengths are pixels, angles degrees.
"""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.challenges import textures
from captcha_range.challenges.family import Rectangle
from captcha_range.challenges.sprites import Sprite

Picture = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pose:
    """How an object is drawn: its longer side in pixels, turned by `angle`, hue shifted by `hue`."""

    span: float
    angle: float = 0.0
    hue: float = 0.0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Posed:
    """A sprite in a pose: the 2x2 matrix, and the box of the object itself, relative to its centre."""

    sprite: Sprite
    matrix: Matrix
    hue: float
    left: float
    top: float
    width: float
    height: float

    def box_at(self, x: float, y: float) -> Rectangle:
        """The whole pixels that the object covers when its centre point is at (x, y)."""
        left, top = math.floor(x + self.left), math.floor(y + self.top)
        right = math.ceil(x + self.left + self.width)
        bottom = math.ceil(y + self.top + self.height)
        return Rectangle(left, top, right - left + 1, bottom - top + 1)


def posed(sprite: Sprite, pose: Pose, room: tuple[float, float]) -> Posed:
    """The sprite in its pose, made smaller where its box would not fit into `room` (width, height)."""
    turn, scale = np.deg2rad(pose.angle), pose.span / sprite.span
    cosine, sine = float(np.cos(turn)), float(np.sin(turn))
    mirror = -1.0 if pose.mirrored else 1.0
    matrix = np.array([[cosine * mirror * scale, -sine * scale], [sine * mirror * scale, cosine * scale]])
    corners = sprite.hull @ matrix.T
    left, top = corners.min(axis=0).tolist()
    right, bottom = corners.max(axis=0).tolist()
    width, height = right - left, bottom - top
    shrink = min(1.0, room[0] / width, room[1] / height)
    return Posed(sprite, matrix * shrink, pose.hue, left * shrink, top * shrink, width * shrink, height * shrink)


_HALO_ROOM: Final = 8


def stamp(picture: Picture, item: Posed, x: float, y: float) -> None:
    """Draw the object onto the picture with its centre point at (x, y); what lies outside is cut."""
    box = item.box_at(x, y)
    left, top = max(0, box.x - _HALO_ROOM), max(0, box.y - _HALO_ROOM)
    right = min(picture.shape[1], box.x + box.width + _HALO_ROOM)
    bottom = min(picture.shape[0], box.y + box.height + _HALO_ROOM)
    height, width = item.sprite.pixels.shape[:2]
    affine = np.empty((2, 3))
    affine[:, :2] = item.matrix
    affine[:, 2] = (x - left, y - top) - item.matrix @ ((width - 1) / 2, (height - 1) / 2)
    patch = cv2.warpAffine(item.sprite.pixels, affine, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    if item.hue:
        patch = cv2.transform(patch, hue_matrix(item.hue))
    beneath = picture[top:bottom, left:right]
    see_through = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(patch, 3)), cv2.COLOR_GRAY2BGR)
    faded = cv2.multiply(beneath, see_through, scale=1 / 255)
    cv2.add(faded, cv2.cvtColor(patch, cv2.COLOR_BGRA2BGR), dst=beneath)


def hue_matrix(degrees: float) -> Matrix:
    """A 4x4 matrix that turns the hue of premultiplied BGRA and keeps its luma and alpha.

    A rotation of the chroma plane of YIQ: linear, so that it holds for premultiplied colours too.
    """
    turn = np.deg2rad(degrees)
    cosine, sine = np.cos(turn), np.sin(turn)
    out = np.eye(4)
    out[:3, :3] = _FROM_YIQ @ np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]]) @ _TO_YIQ
    return out


# Rows Y, I, Q; columns blue, green, red.
_TO_YIQ: Final = np.array([[0.114, 0.587, 0.299], [-0.3213, -0.2744, 0.5957], [0.3111, -0.5226, 0.2115]])
_FROM_YIQ: Final = np.linalg.inv(_TO_YIQ)


def background(stream: np.random.Generator, width: int, height: int, amplitude: float) -> Picture:
    """A pattern between two colours of one mood. `amplitude` 0 is nearly plain, 1 is loud."""
    pattern = textures.PATTERNS[int(stream.integers(len(textures.PATTERNS)))]()
    colours = _palette(stream, amplitude)
    return np.asarray(cv2.applyColorMap(_cut(stream, pattern, width, height), colours), dtype=np.uint8)


# Hue, saturation and value of the light end: the least, and the room above it.
_MOOD: Final = (np.array([0.0, 30.0, 205.0]), np.array([180.0, 65.0, 40.0]))
_RAMP: Final = np.arange(256.0)[:, None]


def _palette(stream: np.random.Generator, amplitude: float) -> Picture:
    """A colour map, (256, 1, 3): from a light colour to a neighbour, further off as `amplitude` grows."""
    light = _MOOD[0] + _MOOD[1] * stream.random(3)
    hue, saturation, value = light.tolist()
    drift = stream.uniform(-1, 1) * (12 + 40 * amplitude)
    deeper = min(saturation + stream.uniform(0.3, 1) * 90 * amplitude, 150.0)
    darker = value - (10 + stream.uniform(0.5, 1) * 85 * amplitude)
    dark = np.array([hue + drift, deeper, darker])
    ramp = light + _RAMP * ((dark - light) / 255)
    ramp[-1] = dark
    ramp[:, 0] %= 180
    hsv = ramp.astype(np.uint8).reshape(256, 1, 3)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), dtype=np.uint8)


def _cut(stream: np.random.Generator, texture: Picture, width: int, height: int) -> Picture:
    x = int(stream.integers(textures.SIDE - width + 1))
    y = int(stream.integers(textures.SIDE - height + 1))
    return texture[y : y + height, x : x + width]


_STEPS: Final = np.linspace(0, 1, 24)[:, None]
# How much of a stroke's start, bend and end is in each of its points.
_BEZIER: Final = ((1 - _STEPS) ** 2, 2 * _STEPS * (1 - _STEPS), _STEPS**2)


def scribble(stream: np.random.Generator, picture: Picture, strokes: int, opacity: float) -> None:
    """Thin curves of random colours across the picture, half transparent."""
    if not strokes:
        return
    height, width = picture.shape[:2]
    drawn = [
        (stream.uniform(-0.1, 1.1, (3, 2)), stream.integers(20, 236, 3).tolist(), int(stream.integers(1, 3)))
        for _ in range(strokes)
    ]
    corners = np.array([each for each, _, _ in drawn]) * (width, height)
    parts = [share * corners[:, None, number] for number, share in enumerate(_BEZIER)]
    curves = np.rint(parts[0] + parts[1] + parts[2]).astype(np.int32)
    sheet = picture.copy()
    for curve, (_, colour, thickness) in zip(curves, drawn, strict=True):
        cv2.polylines(sheet, [curve], False, colour, thickness, cv2.LINE_AA)
    cv2.addWeighted(sheet, opacity, picture, 1 - opacity, 0, dst=picture)


def roughen(stream: np.random.Generator, picture: Picture, strength: float) -> None:
    """Grain over the whole picture; its standard deviation is about 40 x `strength`."""
    if strength <= 0:
        return
    height, width = picture.shape[:2]
    grain = _cut(stream, textures.grain(), width, height)
    cv2.addWeighted(picture, 1.0, grain, strength, -128 * strength, dst=picture)


def jpeg(picture: Picture, quality: int) -> bytes:
    """The picture as a baseline JPEG: no metadata but the JFIF header."""
    done, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))
    if not done:
        raise RuntimeError("the picture could not be encoded")
    return data.tobytes()
