"""The recogniser `cnn`: a trained detector and a trained namer, and the same reasoning as `classical` on top."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition import grid, order_click, sight
from captcha_range.recognition.calibration import Calibration, network_calibration
from captcha_range.recognition.extra import refuse_without_extra
from captcha_range.recognition.heatmap import Spot
from captcha_range.recognition.inventory import Inventory
from captcha_range.recognition.labels import standard_labels
from captcha_range.recognition.layout import Tile, tiles_of
from captcha_range.recognition.models import Model, standard_detector, standard_namer
from captcha_range.recognition.pieces import WITHOUT_OBJECTS
from captcha_range.recognition.question import GRID, Question
from captcha_range.recognition.reading import Reader, Reading, recognised
from captcha_range.recognition.reasoning import OF_ONE_SCENE, Reasoning
from captcha_range.recognition.recogniser import Recognition
from captcha_range.recognition.scene import SCENE_WIDTH, STRIP_TOO_LONG, STRIP_WIDTH, TILE_WIDTH, TOO_LONG
from captcha_range.recognition.sight import Sight
from captcha_range.recognition.strip import above_and_strip
from captcha_range.recognition.wordings import ORDER_CLICK


class Network:
    """Finds objects by a heatmap, names them by their unrolled views, and reasons about the names.

    Where there are no objects to name it does as `classical` does.

    The weights are loaded at the first picture. Keeps nothing between pictures, so that threads may share it.
    """

    name = "cnn"

    def __init__(
        self,
        detector: Callable[[], Model] = standard_detector,
        namer: Callable[[], Model] = standard_namer,
        calibration: Callable[[], Calibration] = network_calibration,
    ) -> None:
        """NetworkMissing without the extra `cnn`."""
        refuse_without_extra()
        self._detector = detector
        self._namer = namer
        self._calibration = calibration
        self.readers: Mapping[str, Reader] = {
            **{family: partial(self._of_scene, reason) for family, reason in OF_ONE_SCENE.items()},
            **WITHOUT_OBJECTS,
            ORDER_CLICK: self._in_order,
            GRID: self._chosen,
        }
        self.families = frozenset(self.readers)

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        """What to reply; None when the question is not understood or the picture shows nothing of the kind."""
        return recognised(self.readers, self._calibration, picture, question)

    def scene_sight(self, picture: Picture) -> Sight:
        """The objects of a picture that is one scene."""
        return self._sight(picture, SCENE_WIDTH, TOO_LONG)

    def strip_sight(self, picture: Picture) -> Sight:
        """The objects of a strip as wide as a scene."""
        return self._sight(picture, STRIP_WIDTH, STRIP_TOO_LONG)

    def _sight(self, picture: Picture, usual: int, too_long: float) -> Sight:
        height, width = picture.shape[:2]
        if max(height, width) > too_long * min(height, width):
            return sight.nothing()
        return sight.seen(picture, usual / width, self._detector(), self._namer())

    def grid_sight(self, picture: Picture, tiles: list[Tile]) -> Sight:
        """The objects of a picture that is a grid."""
        side = float(np.mean([tile.width for tile in tiles]))
        return sight.seen(picture, TILE_WIDTH / side, self._detector(), self._namer())

    def _of_scene(self, reason: Reasoning, picture: Picture, asked: Question) -> Reading | None:
        return reason(self._inventory(picture, self.scene_sight(picture)), asked)

    def _in_order(self, picture: Picture, asked: Question) -> Reading | None:
        above, below = above_and_strip(picture)
        scene, strip = self._inventory(above, self.scene_sight(above)), self._inventory(below, self.strip_sight(below))
        return order_click.read(scene, strip, asked)

    def _inventory(self, picture: Picture, found: Sight) -> Inventory:
        height, width = picture.shape[:2]
        points = tuple(_inside(picture, *each.middle) for each in found.spots)
        boxes = tuple(_box(picture, each) for each in found.spots)
        temperature = self._calibration().temperature
        posteriors, alike = found.posteriors(temperature), found.alike(temperature)
        return Inventory((width, height), points, boxes, posteriors, standard_labels().keys, alike)

    def _chosen(self, picture: Picture, asked: Question) -> Reading | None:
        keys = standard_labels().keys
        tiles = tiles_of(picture) if asked.label_key in keys else None
        found = sight.nothing() if tiles is None else self.grid_sight(picture, tiles)
        if tiles is None or not found.spots:
            return None
        calibration = self._calibration()
        odds = tile_odds(found, tiles, keys.index(str(asked.label_key)), calibration.temperature)
        numbers, margin = grid.chosen(odds, calibration.grid_threshold)
        return Reading(margin, points=tuple(tiles[number].centre for number in numbers))


def tile_odds(found: Sight, tiles: list[Tile], wanted: int, temperature: float) -> npt.NDArray[np.float64]:
    """(tiles,): the log odds that each shows class number `wanted`."""
    posteriors = found.posteriors(temperature)
    here = [[tile.holds(each.x, each.y) for each in found.spots] for tile in tiles]
    return np.array([grid.log_odds(posteriors[rows], wanted) for rows in np.array(here)])


def _inside(picture: Picture, x: float, y: float) -> tuple[float, float]:
    height, width = picture.shape[:2]
    return min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)


def _box(picture: Picture, spot: Spot) -> tuple[float, float, float, float]:
    """The spot's box, as far as it lies in the picture."""
    height, width = picture.shape[:2]
    left, top, right, bottom = spot.box
    return max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height))
