"""The recogniser `cnn`: a trained detector and a trained namer, and the same reasoning as `classical` on top."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition import grid, odd_one_out, sight
from captcha_range.recognition.calibration import network_calibration
from captcha_range.recognition.labels import standard_labels
from captcha_range.recognition.layout import Tile, tiles_of
from captcha_range.recognition.models import Model, refuse_without_extra, standard_detector, standard_namer
from captcha_range.recognition.question import GRID, ODD_ONE_OUT, parsed
from captcha_range.recognition.recogniser import Recognition
from captcha_range.recognition.scene import SCENE_WIDTH, TILE_WIDTH
from captcha_range.recognition.sight import Sight

_FEWEST: Final = 3
_MOST: Final = 24
"""Objects in one scene: fewer leave no question, more are noise."""
_DIGITS: Final = 4
_TOO_LONG: Final = 4.0


class Network:
    """Finds objects by a heatmap, names them by their unrolled views, and reasons about the names.

    The weights are loaded at the first picture. Keeps nothing between pictures, so that threads may share it.
    """

    name = "cnn"
    families = frozenset({ODD_ONE_OUT, GRID})

    def __init__(
        self, detector: Callable[[], Model] = standard_detector, namer: Callable[[], Model] = standard_namer
    ) -> None:
        """NetworkMissing without the extra `cnn`."""
        refuse_without_extra()
        self._detector = detector
        self._namer = namer

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        """Where to click; None when the question is not understood or the picture shows nothing of the kind."""
        asked = parsed(question)
        if asked is None:
            return None
        if asked.family == ODD_ONE_OUT:
            return self._alone(picture)
        keys = standard_labels().keys
        if asked.family != GRID or asked.label_key not in keys:
            return None
        return self._chosen(picture, keys.index(asked.label_key))

    def scene_sight(self, picture: Picture) -> Sight:
        """The objects of a picture that is one scene."""
        height, width = picture.shape[:2]
        if max(height, width) > _TOO_LONG * min(height, width):
            return sight.nothing()
        return sight.seen(picture, SCENE_WIDTH / width, self._detector(), self._namer())

    def grid_sight(self, picture: Picture, tiles: list[Tile]) -> Sight:
        """The objects of a picture that is a grid."""
        side = float(np.mean([tile.width for tile in tiles]))
        return sight.seen(picture, TILE_WIDTH / side, self._detector(), self._namer())

    def _alone(self, picture: Picture) -> Recognition | None:
        found = self.scene_sight(picture)
        if not _FEWEST <= len(found.spots) <= _MOST:
            return None
        calibration = network_calibration()
        number, margin = odd_one_out.alone(found.posteriors(calibration.temperature))
        confidence = round(calibration.odd_one_out.confidence(margin), _DIGITS)
        return Recognition(ODD_ONE_OUT, (_inside(picture, *found.spots[number].middle),), confidence)

    def _chosen(self, picture: Picture, wanted: int) -> Recognition | None:
        tiles = tiles_of(picture)
        found = sight.nothing() if tiles is None else self.grid_sight(picture, tiles)
        if tiles is None or not found.spots:
            return None
        calibration = network_calibration()
        odds = tile_odds(found, tiles, wanted, calibration.temperature)
        numbers, margin = grid.chosen(odds, calibration.grid_threshold)
        points = tuple(tiles[number].centre for number in numbers)
        return Recognition(GRID, points, round(calibration.grid.confidence(margin), _DIGITS))


def tile_odds(found: Sight, tiles: list[Tile], wanted: int, temperature: float) -> npt.NDArray[np.float64]:
    """(tiles,): the log odds that each shows class number `wanted`."""
    posteriors = found.posteriors(temperature)
    here = [[tile.holds(each.x, each.y) for each in found.spots] for tile in tiles]
    return np.array([grid.log_odds(posteriors[rows], wanted) for rows in np.array(here)])


def _inside(picture: Picture, x: float, y: float) -> tuple[float, float]:
    height, width = picture.shape[:2]
    return min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)
