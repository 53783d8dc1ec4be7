"""The recogniser `classical`: segmentation, turn-proof descriptors, nearest prototypes. No network."""

from typing import Final

import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition import grid, odd_one_out, pieces
from captcha_range.recognition.appearance import described
from captcha_range.recognition.calibration import Calibration, standard_calibration
from captcha_range.recognition.prototypes import Prototypes, standard_prototypes
from captcha_range.recognition.question import GRID, ODD_ONE_OUT, parsed
from captcha_range.recognition.recogniser import Recognition
from captcha_range.recognition.scene import Scene, tile_scenes, whole_scene

_FEWEST: Final = 3
_MOST: Final = 24
"""Objects in one scene: fewer leave no question, more are noise."""
_MOST_IN_TILE: Final = 5
_DIGITS: Final = 4
"""Of a confidence: sums of floats differ in the last bits from one place in memory to another."""


class Classical:
    """Finds objects against the background, names them by prototypes, and reasons about the names.

    The data is loaded at the first picture. Keeps nothing between pictures, so that threads may share it.
    """

    name = "classical"
    families = frozenset({ODD_ONE_OUT, GRID, *pieces.ANSWERS})

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        """Where to click; None when the question is not understood or the picture shows nothing of the kind."""
        asked = parsed(question)
        if asked is None:
            return None
        if asked.family == ODD_ONE_OUT:
            return self._alone(picture)
        if asked.family in pieces.ANSWERS:
            return pieces.ANSWERS[asked.family](picture, asked)
        prototypes = standard_prototypes()
        if asked.family != GRID or asked.label_key not in prototypes.keys:
            return None
        return self._chosen(picture, prototypes.keys.index(asked.label_key))

    def _alone(self, picture: Picture) -> Recognition | None:
        scene = whole_scene(picture)
        if not _FEWEST <= len(scene.found) <= _MOST:
            return None
        number, margin = odd_one_out.alone(named([scene], standard_prototypes()))
        confidence = round(standard_calibration().odd_one_out.confidence(margin), _DIGITS)
        return Recognition(ODD_ONE_OUT, (scene.point(scene.found[number]),), confidence)

    def _chosen(self, picture: Picture, wanted: int) -> Recognition | None:
        tiles = tile_scenes(picture)
        if tiles is None or not any(scene.found for _, scene in tiles):
            return None
        calibration: Calibration = standard_calibration()
        odds = tile_odds([scene for _, scene in tiles], standard_prototypes(), wanted)
        numbers, margin = grid.chosen(odds, calibration.grid_threshold)
        points = tuple(tiles[number][0].centre for number in numbers)
        return Recognition(GRID, points, round(calibration.grid.confidence(margin), _DIGITS))


def named(scenes: list[Scene], prototypes: Prototypes) -> npt.NDArray[np.float64]:
    """(objects, classes): the probability of each class, scene by scene, row by row as the scene's objects."""
    return prototypes.posteriors(described([(scene.calm, scene.found) for scene in scenes]))


def tile_odds(scenes: list[Scene], prototypes: Prototypes, wanted: int) -> npt.NDArray[np.float64]:
    """(tiles,): the log odds that each shows class number `wanted`. At least one scene has an object."""
    # The largest are the objects; what else was found in a noisy tile is not worth the time.
    kept = [
        Scene(scene.calm, sorted(scene.found, key=lambda each: -each.area)[:_MOST_IN_TILE], scene.scale)
        for scene in scenes
    ]
    posteriors = named([scene for scene in kept if scene.found], prototypes)
    ends = np.cumsum([len(scene.found) for scene in kept])
    return np.array([grid.log_odds(rows, wanted) for rows in np.split(posteriors, ends[:-1])])
