"""Composed challenges: several small ones in a row, judged as a whole, so that guessing does not pay."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from captcha_range.challenges.family import Answer, Family, Reply

if TYPE_CHECKING:
    import numpy as np

MOST_ROUNDS: Final = 3
"""A person needs about ten seconds for each."""

TRIES: Final = 12
"""Challenges that one visit may use up: both of the solver's workers give up after as many."""

BOUND: Final = 0.01
"""What floor times tries should not exceed (spec/measurement §7)."""


def families_in_turn(stream: "np.random.Generator", families: Sequence[str], rounds: int) -> tuple[str, ...]:
    """Which family each round is of: none comes again before all the others came."""
    chosen: list[str] = []
    left: list[str] = []
    for _ in range(rounds):
        left = left or list(families)
        chosen.append(left.pop(int(stream.integers(len(left)))))
    return tuple(chosen)


def name_of(families: Iterable[str]) -> str:
    """What a challenge of these families is called, whatever their order: `grid + odd_one_out`."""
    return " + ".join(sorted(families))


def judged(families: Iterable[Family], answers: Iterable[Answer], replies: Iterable[Reply]) -> tuple[bool, ...]:
    """Which rounds were replied to rightly. Every round is judged, so that the time does not tell of the first."""
    return tuple(family.judge(answer, reply) for family, answer, reply in zip(families, answers, replies, strict=True))


def floor(families: Sequence[Family], level: int, rounds: int) -> float:
    """The chance of somebody who does not look, in one try at so many rounds of these families.

    The rounds are independent, so that their floors multiply. Of the compositions that may come it is the one
    that is easiest to guess: who does not like a challenge may ask for another.
    """
    worst = sorted((family.floor(level) for family in families), reverse=True)
    return math.prod(worst[number % len(worst)] for number in range(rounds))


def rounds_needed(families: Sequence[Family], level: int, tries: int = TRIES) -> int | None:
    """The fewest rounds for which floor times tries is within `BOUND`; None if `MOST_ROUNDS` are too few."""
    enough = (count for count in range(1, MOST_ROUNDS + 1) if floor(families, level, count) * tries <= BOUND)
    return next(enough, None)
