"""Which class an object is of: the nearest of a few prototypes a class, in a space that parts the classes.

The space is Fisher's: linear discriminant analysis over the numbers of `appearance`. A class has several
prototypes because a thing looks different in each style of drawing, upright and turned.
"""

import io
from functools import cache
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from captcha_range.recognition import bundled
from captcha_range.recognition.background import Floats

TEMPERATURE: Final = 3.0
"""Divides squared distances: objects of one prototype scatter more widely than a unit Gaussian."""
_LEAST: Final = 1e-12


class Prototypes(msgspec.Struct, frozen=True, eq=False):
    """What was learned from generated pictures.

    `centre` and `scale` are (features,), `projection` (features, dimensions), `points`
    (classes x several, dimensions) with the prototypes of one class together; `keys` names the classes.
    """

    keys: tuple[str, ...]
    centre: Floats
    scale: Floats
    projection: Floats
    points: Floats

    def embedded(self, features: Floats) -> Floats:
        """(objects, features) to (objects, dimensions)."""
        return np.asarray(((features - self.centre) / self.scale) @ self.projection, dtype=np.float32)

    def posteriors(self, features: Floats) -> npt.NDArray[np.float64]:
        """(objects, features) to (objects, classes): the probability of each class, all equally likely before."""
        places = self.embedded(features).astype(np.float64)
        squares = (places**2).sum(axis=1)[:, None] + (self.points**2).sum(axis=1)[None]
        closeness = (squares - 2 * places @ self.points.T.astype(np.float64)) / (-2 * TEMPERATURE)
        likelihood = np.exp(closeness - closeness.max(axis=1, keepdims=True, initial=-np.inf))
        by_class = likelihood.reshape(len(features), len(self.keys), -1).sum(axis=2) + _LEAST
        return np.asarray(by_class / by_class.sum(axis=1, keepdims=True))

    def to_bytes(self) -> bytes:
        """An .npz archive in half precision."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            keys=np.array(self.keys),
            centre=self.centre.astype(np.float32),
            scale=self.scale.astype(np.float32),
            projection=self.projection.astype(np.float16),
            points=self.points.astype(np.float16),
        )
        return buffer.getvalue()


def from_bytes(data: bytes) -> Prototypes:
    """What `to_bytes` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        names = ("centre", "scale", "projection", "points")
        numbers = [np.ascontiguousarray(arrays[name], dtype=np.float32) for name in names]
        keys = tuple(str(key) for key in arrays["keys"])
    return Prototypes(keys, *numbers)


@cache
def standard_prototypes() -> Prototypes:
    """The prototypes that ship with the project."""
    return from_bytes(bundled.read("prototypes.npz"))
