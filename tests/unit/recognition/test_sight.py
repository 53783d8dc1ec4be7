"""Which objects the networks take for one class."""

import numpy as np
import numpy.typing as npt

from captcha_range.recognition.heatmap import Spot
from captcha_range.recognition.sight import Sight, nothing

SPOT = Spot(0.0, 0.0, 1.0, (0.0, 0.0, 1.0, 1.0), 1.0)
SURE, UNSURE = 20.0, 0.01


def sight(logits: list[list[float]], places: list[list[float]]) -> Sight:
    rows = [np.array(each, dtype=np.float32) for each in (places, logits)]
    return Sight([SPOT] * len(logits), *rows)


def alike(logits: list[list[float]], places: list[list[float]]) -> npt.NDArray[np.bool_]:
    return np.asarray(sight(logits, places).alike(1.0) > 0.5)


def test_objects_with_known_names_are_alike_by_name_however_they_look() -> None:
    names = [[SURE, 0.0, 0.0], [SURE, 0.0, 0.0], [0.0, SURE, 0.0]]
    places = [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    assert alike(names, places).tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_objects_without_a_known_name_are_alike_by_their_looks() -> None:
    names = [[UNSURE, 0.0, 0.0]] * 3
    places = [[1.0, 0.1], [5.0, 0.4], [-0.1, 1.0]]
    assert alike(names, places).tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_a_known_and_an_unknown_object_are_compared_by_their_looks() -> None:
    names, places = [[SURE, 0.0, 0.0], [UNSURE, 0.0, 0.0]], [[1.0, 0.0], [1.0, 0.0]]
    assert alike(names, places).all()


def test_probabilities_are_symmetric_and_between_0_and_1() -> None:
    chance = np.random.Generator(np.random.PCG64(7))
    found = sight(chance.normal(size=(6, 9)).tolist(), chance.normal(size=(6, 4)).tolist()).alike(0.85)
    assert np.allclose(found, found.T)
    assert ((found >= 0) & (found <= 1)).all()


def test_of_no_objects_there_is_nothing_to_tell() -> None:
    assert nothing().alike(1.0).shape == (0, 0)
