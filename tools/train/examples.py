"""What the networks learn from: objects unrolled, and shrunk pictures with what stands where. Drawn once, kept."""

import multiprocessing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from captcha_range.challenges.catalogue import families_of
from captcha_range.challenges.sprites import every_drawing
from captcha_range.core.streams import Streams
from captcha_range.recognition import heatmap, polar
from tools.train.scenes import Observed, Stamped, observed

STREAMS: Final = Streams(b"captcha-range cnn, version 1")
PICTURES: Final = {"odd_one_out": 10_500, "grid": 7_500}
"""Of each family."""
SHRUNK: Final = 3_500
"""Of each family: so many are kept whole for the detector."""
LEVELS: Final = (1, 2, 3, 3, 4, 4, 4, 5, 5, 5)
"""Drawn in turn: the hard ones teach more."""
CHUNK: Final = 250
HELD_OUT: Final = 10
"""Every class whose number is divisible by this is kept out of the first course."""
ROOM: Final = 24
"""Objects in a picture, at most."""
_CENTRE_ERROR: Final = 0.035
_SPAN_ERROR: Final = 0.06
"""Standard deviations, as shares of the span: what the detector will get wrong."""
_FAMILIES: Final = families_of(every_drawing())

Rows = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """Some pictures of one family. `places` is (pictures, ROOM, 7): x, y, span, box edges; NaN where there is none."""

    rolls: Rows
    classes: Numbers
    pictures: Rows
    places: Floats


@dataclass(frozen=True)
class Job:
    """The pictures `first` … `last - 1` of a family."""

    family: str
    first: int
    last: int


def drawn(folder: Path, processes: int) -> dict[str, Path]:
    """By family, the archive of all its examples; drawn unless it is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {family: folder / f"{family}.npz" for family in PICTURES}
    for family, path in paths.items():
        if not path.exists():
            _draw(family, path, processes)
    return paths


def _draw(family: str, path: Path, processes: int) -> None:
    count = PICTURES[family]
    jobs = [Job(family, first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
    with multiprocessing.get_context("spawn").Pool(processes, _one_thread) as pool:
        parts = list(pool.imap(part_of, jobs))
    half_done = path.with_suffix(".part")
    with half_done.open("wb") as file:
        np.savez(
            file,
            rolls=np.concatenate([part.rolls for part in parts]),
            classes=np.concatenate([part.classes for part in parts]),
            pictures=np.concatenate([part.pictures for part in parts]),
            places=np.concatenate([part.places for part in parts]),
        )
    half_done.rename(path)


def _one_thread() -> None:
    cv2.setNumThreads(1)


def part_of(job: Job) -> Part:
    """The examples of some pictures."""
    numbers = {each.key: number for number, each in enumerate(every_drawing().classes)}
    rolls, classes, pictures, places = [], [], [], []
    for number in range(job.first, job.last):
        level = LEVELS[number % len(LEVELS)]
        scene = observed(
            _FAMILIES[job.family], every_drawing(), STREAMS.stream("picture", job.family, level, number), level
        )
        chance = STREAMS.stream("errors", job.family, number)
        rolls.append(polar.unrolled(scene.picture, [_mistaken(chance, each) for each in scene.stamped]))
        classes += [numbers[each.key] for each in scene.stamped]
        if number < SHRUNK:
            pictures.append(heatmap.shrunk(scene.picture, heatmap.SHRINK))
            places.append(_places(scene))
    kept = np.stack(pictures) if pictures else np.zeros((0, *_size(job.family)), dtype=np.uint8)
    where = np.stack(places) if places else np.zeros((0, ROOM, 7), dtype=np.float32)
    return Part(np.concatenate(rolls), np.array(classes, dtype=np.int64), kept, where)


def _mistaken(chance: np.random.Generator, each: Stamped) -> polar.Circle:
    off = chance.normal(0, _CENTRE_ERROR, 2) * each.span
    return each.x + float(off[0]), each.y + float(off[1]), each.span * float(np.exp(chance.normal(0, _SPAN_ERROR)))


def _places(scene: Observed) -> Floats:
    places = np.full((ROOM, 7), np.nan, dtype=np.float32)
    for row, each in zip(places, scene.stamped, strict=False):
        box = each.box
        row[:] = (each.x, each.y, each.span, box.x, box.y, box.x + box.width, box.y + box.height)
    return places


def _size(family: str) -> tuple[int, int, int]:
    scene = _FAMILIES[family].draw(STREAMS.stream("size", family), 1)
    empty = np.zeros((scene.height, scene.width, 3), dtype=np.uint8)
    height, width, channels = heatmap.shrunk(empty, heatmap.SHRINK).shape
    return height, width, channels
