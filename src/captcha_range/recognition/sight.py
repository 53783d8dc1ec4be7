"""What the networks see in a picture: where its objects are, and how probably each is of which class."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.core.pixels import Picture
from captcha_range.recognition import heatmap, polar
from captcha_range.recognition.background import Floats
from captcha_range.recognition.heatmap import Spot
from captcha_range.recognition.inventory import of_one_name
from captcha_range.recognition.models import Model

_LONGEST: Final = 1600
"""Pixels of a side at the usual size: a longer picture is none of a family."""
_SMALLEST: Final = 32
_STEEP: Final = 15.0
_HALFWAY: Final = 0.65
"""The cosine between two places at which objects are as likely of one class as not."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture's objects in pixels of the picture itself, with a row of `places` and of `logits` for each."""

    spots: list[Spot]
    places: Floats
    logits: Floats

    def posteriors(self, temperature: float) -> npt.NDArray[np.float64]:
        """(objects, classes): the probability of each class. A higher temperature doubts more."""
        scaled = self.logits.astype(np.float64) / temperature
        likelihood = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(likelihood / likelihood.sum(axis=1, keepdims=True))

    def alike(self, temperature: float) -> npt.NDArray[np.float64]:
        """(objects, objects): the probability that two are of one class.

        By their names as far as both are known, and by how near their places are as far as one is not: things
        that were never named look like their own kind all the same.
        """
        posteriors = self.posteriors(temperature)
        known = posteriors.max(axis=1, initial=0.0) ** 2
        named = np.outer(known, known)
        return np.asarray(named * of_one_name(posteriors) + (1 - named) * self._near())

    def _near(self) -> npt.NDArray[np.float64]:
        places = self.places.astype(np.float64)
        unit = places / np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-9)
        return np.asarray(1 / (1 + np.exp(-_STEEP * (unit @ unit.T - _HALFWAY))))


def seen(picture: Picture, scale: float, detector: Model, namer: Model) -> Sight:
    """The objects of a picture that `scale` takes to its usual size, surest first."""
    height, width = (round(side * scale) for side in picture.shape[:2])
    if min(height, width) < _SMALLEST or max(height, width) > _LONGEST:
        return nothing()
    usual = picture
    if (height, width) != picture.shape[:2]:
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        usual = np.asarray(cv2.resize(picture, (width, height), interpolation=way), dtype=np.uint8)
    maps = detector.run(pictures=heatmap.shrunk(usual, heatmap.SHRINK)[None])["maps"][0]
    spots = heatmap.spots(maps, heatmap.SHRINK)
    if not spots:
        return nothing()
    named = namer.run(rolls=polar.unrolled(usual, [(each.x, each.y, each.span) for each in spots]))
    return Sight([_back(each, scale) for each in spots], named["places"], named["logits"])


def nothing() -> Sight:
    """No object."""
    return Sight([], np.zeros((0, 0), dtype=np.float32), np.zeros((0, 0), dtype=np.float32))


def _back(spot: Spot, scale: float) -> Spot:
    left, top, right, bottom = (each / scale for each in spot.box)
    return Spot(spot.x / scale, spot.y / scale, spot.span / scale, (left, top, right, bottom), spot.heat)
