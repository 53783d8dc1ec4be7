"""The asset pack: object classes, and their sprites in several styles. Read lazily, decoded once, kept."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from captcha_range.core.once import once

PACK_FOLDER = Path(__file__).parent / "pack"
HALO = 10
"""Pixels of room round a sprite for its soft shadow."""
HALO_OPACITY = 0.4


class EnglishNames(msgspec.Struct, frozen=True):
    """`phrase` is the singular with its article, as it stands in a sentence."""

    singular: str
    plural: str
    phrase: str
    aliases: tuple[str, ...]


class ChineseNames(msgspec.Struct, frozen=True):
    """Simplified Chinese; the aliases hold the traditional spelling too."""

    label: str
    aliases: tuple[str, ...]


class ObjectClass(msgspec.Struct, frozen=True):
    """One kind of thing that can be drawn. `key` is its code point, the same in every style."""

    key: str
    group: str
    subgroup: str
    en: EnglishNames
    zh: ChineseNames
    upright: bool
    countable: bool
    hue_safe: bool
    confusable_with: frozenset[str]
    sprites: dict[str, tuple[int, int]]
    """By style: where its WebP file starts in the style's archive, and its length, in bytes."""
    stand_ins: dict[str, str] = {}
    """By style whose drawing a person could take for something else: the style that is shown instead."""


class Manifest(msgspec.Struct, frozen=True):
    """What `manifest.json` says, as far as drawing needs it."""

    styles: tuple[str, ...]
    files: dict[str, str]
    classes: tuple[ObjectClass, ...]


@dataclass(frozen=True, slots=True)
class Sprite:
    """A picture of one object.

    `pixels` is (height, width, 4) uint8, blue-green-red premultiplied by alpha, with a soft dark halo
    baked in, HALO pixels wide. `hull` is (n, 2) float64: the corners (x, y) of the convex hull of the
    object itself, measured from the centre of `pixels`. `span` is the longer side of the object in pixels.
    """

    pixels: npt.NDArray[np.uint8]
    hull: npt.NDArray[np.float64]
    span: float


class Pack:
    """The classes of the pack, and their sprites on demand. Safe to share between threads.

    With `every_drawing` the styles have no stand-ins: each class is shown as each style draws it.
    """

    def __init__(self, folder: Path, *, every_drawing: bool = False) -> None:
        self._folder = folder
        self._every_drawing = every_drawing
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
        self.styles = manifest.styles
        self.classes = manifest.classes
        self.files = manifest.files
        """SHA-256 in hexadecimal by path."""
        self.by_key = {each.key: each for each in self.classes}
        self._archives: dict[str, bytes] = {}
        self._sprites: dict[tuple[str, str], Sprite] = {}

    def sprite(self, key: str, style: str) -> Sprite:
        """The sprite of class `key` in `style` or its stand-in; KeyError for a class or style that the pack lacks."""
        if not self._every_drawing:
            style = self.by_key[key].stand_ins.get(style, style)
        # Two threads may both decode a sprite for the first time; they get equal ones.
        sprite = self._sprites.get((key, style))
        if sprite is None:
            sprite = self._sprites[key, style] = self._decoded(key, style)
        return sprite

    def _decoded(self, key: str, style: str) -> Sprite:
        start, length = self.by_key[key].sprites[style]
        if style not in self._archives:
            self._archives[style] = (self._folder / f"{style}.sprites").read_bytes()
        webp = np.frombuffer(self._archives[style], dtype=np.uint8, count=length, offset=start)
        pixels = np.asarray(cv2.imdecode(webp, cv2.IMREAD_UNCHANGED), dtype=np.uint8)
        padded = cv2.copyMakeBorder(pixels, HALO, HALO, HALO, HALO, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
        return Sprite(_with_halo(np.asarray(padded)), _hull(np.asarray(padded)), float(max(pixels.shape[:2])))


@once
def standard_pack() -> Pack:
    """The pack that ships with the project."""
    return Pack(PACK_FOLDER)


@once
def every_drawing() -> Pack:
    """The pack that ships with the project, without stand-ins: what recognisers learn from."""
    return Pack(PACK_FOLDER, every_drawing=True)


def _with_halo(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Premultiplied, over a blurred shadow without direction, so that turning the object keeps it right."""
    opaque = cv2.extractChannel(pixels, 3)
    alpha = np.asarray(opaque) / 255
    shadow = np.asarray(cv2.GaussianBlur(alpha, (0, 0), HALO / 3)) * HALO_OPACITY
    # Exact: a product of two bytes over 255 is never halfway between two numbers.
    out = np.asarray(cv2.multiply(pixels, cv2.cvtColor(opaque, cv2.COLOR_GRAY2BGRA), scale=1 / 255), dtype=np.uint8)
    out[:, :, 3] = np.rint(255 * (alpha + shadow * (1 - alpha)))
    return out


def _hull(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The convex hull of what is clearly visible, from the centre."""
    _, visible = cv2.threshold(cv2.extractChannel(pixels, 3), 64, 255, cv2.THRESH_BINARY)
    # The rim alone, which has all the corners: the hull of every visible pixel takes ten times as long.
    rim = cv2.findNonZero(cv2.subtract(visible, cv2.erode(visible, np.ones((3, 3), dtype=np.uint8))))
    corners: npt.NDArray[np.float64] = np.asarray(cv2.convexHull(rim), dtype=np.float64).reshape(-1, 2)
    height, width = pixels.shape[:2]
    corners -= ((width - 1) / 2, (height - 1) / 2)
    return corners
