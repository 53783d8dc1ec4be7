"""Temperature, threshold and confidence of the recogniser `cnn`, from pictures that no network was shown."""

import multiprocessing
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np

from captcha_range.challenges.catalogue import families_of
from captcha_range.challenges.families import grid as grid_family
from captcha_range.challenges.family import LEVELS, Answer
from captcha_range.challenges.sprites import every_drawing
from captcha_range.core.pixels import Picture
from captcha_range.recognition import network, sight
from captcha_range.recognition.calibration import Calibration, Curve
from captcha_range.recognition.layout import tiles_of
from captcha_range.recognition.sight import Sight
from tools.build_recogniser import Tried, curve_of, families_by_margin, judged_tiles, tried_reading
from tools.train.examples import STREAMS
from tools.train.scenes import Observed, observed

COUNT: Final = {"odd_one_out": 300, "grid": 300}
FURTHER_COUNT: Final = 100
"""Pictures of each family and level; of the families that are not named, the latter."""
CHUNK: Final = 25
TEMPERATURES: Final = (0.7, 0.85, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5)
_NEAR: Final = 0.25
"""Of its span: how far a spot may lie from the object that it means."""
_FAMILIES: Final = families_of(every_drawing())

Job = tuple[str, int, int]
"""Family, level, and the number of the first picture."""


@dataclass(frozen=True)
class Trial:
    """One picture, what was seen in it, and what is right; `classes` has -1 for a spot where nothing stands."""

    family: str
    seen: Sight
    classes: tuple[int, ...]
    answer: Answer
    picture: Picture
    wanted: int


def calibrated(processes: int) -> Calibration:
    """Chosen over all levels alike."""
    with multiprocessing.get_context("spawn").Pool(processes, _one_thread) as pool:
        trials = [trial for part in pool.imap(tried, _jobs(list(SIGHTS))) for trial in part]
    temperature = min(TEMPERATURES, key=lambda each: surprise(trials, each))
    curves = fitted_curves(families_by_margin(network.Network()), temperature, processes)
    threshold, curve = judged_tiles([_tiles(trial, temperature) for trial in trials if _has_tiles(trial)])
    return Calibration(curves={**curves, "grid": curve}, grid_threshold=threshold, temperature=temperature)


def fitted_curves(families: list[str], temperature: float, processes: int) -> dict[str, Curve]:
    """The confidence of families whose readings have a margin."""
    jobs, readings = _jobs(families), defaultdict[str, list[Tried]](list)
    with multiprocessing.get_context("spawn").Pool(processes, _one_thread) as pool:
        for job, part in zip(jobs, pool.imap(partial(read, temperature), jobs), strict=True):
            readings[job[0]] += part
    return {family: curve_of(family, each) for family, each in readings.items()}


def _jobs(families: list[str]) -> list[Job]:
    return [
        (family, level, first) for family in families for level in LEVELS for first in range(0, _count(family), CHUNK)
    ]


def _count(family: str) -> int:
    return COUNT.get(family, FURTHER_COUNT)


def _one_thread() -> None:
    cv2.setNumThreads(1)


def surprise(trials: list[Trial], temperature: float) -> float:
    """The mean negative logarithm of the probability of what each spot really is."""
    costs = []
    for trial in trials:
        rows = [row for row, number in enumerate(trial.classes) if number >= 0]
        if rows:
            chances = trial.seen.posteriors(temperature)[rows, [trial.classes[row] for row in rows]]
            costs += np.log(np.clip(chances, 1e-12, 1)).tolist()
    return -float(np.mean(costs))


def tried(job: Job) -> list[Trial]:
    """The trials of some pictures."""
    family, level, first = job
    return [_trial(family, level, number) for number in range(first, min(first + CHUNK, _count(family)))]


def _trial(family: str, level: int, number: int) -> Trial:
    name = ("calibration", family, level, number)
    scene = observed(_FAMILIES[family], every_drawing(), STREAMS.stream(*name), level)
    keys = [each.key for each in every_drawing().classes]
    wanted = -1
    if family == "grid":
        wanted = keys.index(grid_family.scene_of(STREAMS.stream(*name), every_drawing(), level).wanted.key)
    seen = SIGHTS[family](scene.picture)
    classes = tuple(_class(scene, keys, each.x, each.y) for each in seen.spots)
    return Trial(family, seen, classes, scene.challenge.answer, scene.picture, wanted)


def _class(scene: Observed, keys: list[str], x: float, y: float) -> int:
    far = [float(np.hypot(each.x - x, each.y - y)) / each.span for each in scene.stamped]
    nearest = int(np.argmin(far))
    return keys.index(scene.stamped[nearest].key) if far[nearest] < _NEAR else -1


def _grid_sight(picture: Picture) -> Sight:
    tiles = tiles_of(picture)
    return sight.nothing() if tiles is None else network.Network().grid_sight(picture, tiles)


SIGHTS: Final = {"odd_one_out": network.Network().scene_sight, "grid": _grid_sight}


def read(temperature: float, job: Job) -> list[Tried]:
    """What the recogniser says of some pictures at this temperature, where it understands them."""
    family, level, first = job
    eye = network.Network(calibration=lambda: Calibration({}, 0.0, temperature))
    numbers = range(first, min(first + CHUNK, _count(family)))
    drawn = (_FAMILIES[family].draw(STREAMS.stream("calibration", family, level, number), level) for number in numbers)
    readings = (tried_reading(eye.readers[family], each) for each in drawn)
    return [each for each in readings if each is not None]


def _has_tiles(trial: Trial) -> bool:
    return trial.family == "grid" and bool(trial.classes)


def _tiles(trial: Trial, temperature: float) -> Tried:
    tiles = tiles_of(trial.picture) or []
    odds = network.tile_odds(trial.seen, tiles, trial.wanted, temperature)
    return Tried(0.0, False, tuple(odds.tolist()), trial.answer.tiles)
