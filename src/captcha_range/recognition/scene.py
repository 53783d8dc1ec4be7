"""A picture at the size at which the recognisers look, and the way back to its own pixels."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from captcha_range.core.pixels import Picture
from captcha_range.recognition import background
from captcha_range.recognition.layout import Tile, tiles_of
from captcha_range.recognition.objects import Found, find_objects

SCENE_WIDTH: Final = 500
"""Pixels: the width at which objects of a whole picture are searched."""
TILE_WIDTH: Final = 120
_SCENE_LARGEST: Final = 124
_TILE_LARGEST: Final = 106
TOO_LONG: Final = 4.0
"""How many times as long as wide: no scene has such a form."""
STRIP_WIDTH: Final = 750
"""Pixels: the width at which a strip of smaller objects is searched."""
STRIP_TOO_LONG: Final = 10.0
"""Nor has a strip this one."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A smoothed picture with the objects found in it. `scale` takes its pixels back to the original's."""

    calm: Picture
    found: list[Found]
    scale: float

    def box(self, each: Found) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of an object, in pixels of the original picture."""
        return each.x * self.scale, each.y * self.scale, each.right * self.scale, each.bottom * self.scale

    def point(self, each: Found) -> tuple[float, float]:
        """Where to click on an object, in pixels of the original picture: on its mask, near its middle."""
        x, y = _on_mask(each)
        return x * self.scale, y * self.scale


def whole_scene(picture: Picture) -> Scene:
    """The objects of a picture that is one scene."""
    return _looked_at(picture, SCENE_WIDTH, _SCENE_LARGEST)


def strip_scene(picture: Picture) -> Scene:
    """The objects of a strip as wide as a scene."""
    return _looked_at(picture, STRIP_WIDTH, _SCENE_LARGEST, STRIP_TOO_LONG)


def tile_scenes(picture: Picture) -> list[tuple[Tile, Scene]] | None:
    """Each of nine tiles with its objects; None when there is no grid."""
    tiles = tiles_of(picture)
    if tiles is None:
        return None
    return [(tile, _looked_at(tile.cut(picture), TILE_WIDTH, _TILE_LARGEST)) for tile in tiles]


def _looked_at(picture: Picture, width: int, largest: int, too_long: float = TOO_LONG) -> Scene:
    height, own = picture.shape[:2]
    if max(height, own) > too_long * min(height, own):
        return Scene(picture, [], 1.0)
    scale = own / width
    if own != width:
        way = cv2.INTER_AREA if own > width else cv2.INTER_LINEAR
        picture = np.asarray(cv2.resize(picture, (width, max(1, round(height / scale))), interpolation=way))
    calm = background.smoothed(np.ascontiguousarray(picture))
    return Scene(calm, find_objects(calm, largest), scale)


def _on_mask(each: Found) -> tuple[float, float]:
    """The centre of the box, unless it lies beside the object: then the pixel deepest inside."""
    height, width = each.mask.shape
    if each.mask[height // 2, width // 2]:
        return each.centre
    deep = cv2.distanceTransform(cv2.copyMakeBorder(each.mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT), cv2.DIST_L2, 3)
    row, column = np.unravel_index(int(np.argmax(deep)), deep.shape)
    return each.x + float(column) - 0.5, each.y + float(row) - 0.5
