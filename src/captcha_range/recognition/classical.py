"""The recogniser `classical`: segmentation, turn-proof descriptors, nearest prototypes. No network."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition import grid, order_click
from captcha_range.recognition.appearance import described
from captcha_range.recognition.calibration import Calibration, standard_calibration
from captcha_range.recognition.inventory import MOST, Inventory, of_one_name
from captcha_range.recognition.pieces import WITHOUT_OBJECTS
from captcha_range.recognition.prototypes import Prototypes, standard_prototypes
from captcha_range.recognition.question import GRID, Question
from captcha_range.recognition.reading import Reader, Reading, recognised
from captcha_range.recognition.reasoning import OF_ONE_SCENE, Reasoning
from captcha_range.recognition.recogniser import Recognition
from captcha_range.recognition.scene import Scene, strip_scene, tile_scenes, whole_scene
from captcha_range.recognition.strip import above_and_strip
from captcha_range.recognition.wordings import ORDER_CLICK

_MOST_IN_TILE: Final = 5


class Classical:
    """Finds objects against the background, names them by prototypes, and reasons about the names.

    The data is loaded at the first picture. Keeps nothing between pictures, so that threads may share it.
    """

    name = "classical"

    def __init__(
        self,
        prototypes: Callable[[], Prototypes] = standard_prototypes,
        calibration: Callable[[], Calibration] = standard_calibration,
    ) -> None:
        self._prototypes = prototypes
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

    def _of_scene(self, reason: Reasoning, picture: Picture, asked: Question) -> Reading | None:
        return reason(self._inventory(picture, whole_scene(picture)), asked)

    def _in_order(self, picture: Picture, asked: Question) -> Reading | None:
        above, below = above_and_strip(picture)
        scene, strip = self._inventory(above, whole_scene(above)), self._inventory(below, strip_scene(below))
        return order_click.read(scene, strip, asked)

    def _inventory(self, picture: Picture, scene: Scene) -> Inventory:
        prototypes = self._prototypes()
        # What cannot be a scene is not worth the time to name it.
        found = scene.found if len(scene.found) <= MOST else []
        posteriors = np.zeros((0, len(prototypes.keys)))
        if found:
            posteriors = named([scene], prototypes)
        points, boxes = tuple(map(scene.point, found)), tuple(map(scene.box, found))
        return Inventory(
            (picture.shape[1], picture.shape[0]), points, boxes, posteriors, prototypes.keys, of_one_name(posteriors)
        )

    def _chosen(self, picture: Picture, asked: Question) -> Reading | None:
        prototypes = self._prototypes()
        tiles = tile_scenes(picture) if asked.label_key in prototypes.keys else None
        if tiles is None or not any(scene.found for _, scene in tiles):
            return None
        odds = tile_odds([scene for _, scene in tiles], prototypes, prototypes.keys.index(str(asked.label_key)))
        numbers, margin = grid.chosen(odds, self._calibration().grid_threshold)
        return Reading(margin, points=tuple(tiles[number][0].centre for number in numbers))


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
