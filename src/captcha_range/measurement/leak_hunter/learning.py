"""Learning to reply from features: what was right for the challenges most like this one?

A reply is named by the challenge whose right one it is, so that one table, `rights[reply, challenge]`, holds all
that the learners need to know of a family.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from captcha_range.measurement.leak_hunter.features import Feature, Features
from captcha_range.measurement.leak_hunter.replies import Rights

NEIGHBOURS: Final = 7
"""Challenges with the nearest numbers, whose best common reply is given."""

Guess = Callable[[Feature], int]


@dataclass(frozen=True, slots=True)
class Trial:
    """The feature that did best in training, and which held-out challenges it answered rightly."""

    feature: str
    hits: int
    trials: int


def tried(features: Sequence[Features], rights: Rights, training: int) -> Trial:
    """Learn from the first `training` challenges which feature tells most, and try it on the others, once each."""
    half = training // 2
    names = [name for name in features[0] if all(name in each for each in features)]
    hits = [_hits(name, features, rights, range(half), range(half, training)) for name in names]
    chosen = names[int(np.argmax(hits))]
    held_out = range(training, len(features))
    return Trial(chosen, _hits(chosen, features, rights, range(training), held_out), len(held_out))


def _hits(name: str, features: Sequence[Features], rights: Rights, known: range, asked: range) -> int:
    guess = _learnt([features[number][name] for number in known], rights)
    return sum(bool(rights[guess(features[number][name]), number]) for number in asked)


def _learnt(values: list[Feature], rights: Rights) -> Guess:
    """A guess from the values of the first challenges."""
    if isinstance(values[0], str):
        return _by_likes(values, rights)
    numbers = np.array(values, dtype=np.float64)
    return lambda value: _best(np.argsort(np.abs(numbers - float(value)), kind="stable")[:NEIGHBOURS], rights)


def _by_likes(values: list[Feature], rights: Rights) -> Guess:
    """What was best for the challenges of the same value, or for all if there were none."""
    alike: dict[Feature, list[int]] = defaultdict(list)
    for number, value in enumerate(values):
        alike[value].append(number)
    best = {value: _best(np.array(numbers), rights) for value, numbers in alike.items()}
    otherwise = _best(np.arange(len(values)), rights)
    return lambda value: best.get(value, otherwise)


def _best(numbers: npt.NDArray[np.intp], rights: Rights) -> int:
    """The reply that is right for most of these challenges, among their own."""
    return int(numbers[rights[np.ix_(numbers, numbers)].sum(axis=1).argmax()])
