"""A question in words alone, for people who cannot see the picture. A script with a word list solves it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.categories import CATEGORIES, Category
from captcha_range.challenges.family import Answer, Challenge, Prompt, Reply
from captcha_range.challenges.prompts import which_is
from captcha_range.challenges.sprites import ObjectClass, Pack, standard_pack

WIDTH, HEIGHT = 500, 80
"""The picture is decoration: by it the challenge is known, as all others are."""


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What a level means: how many words, and how often the one that does not belong is asked for."""

    words: int
    negated: float


LEVELS: Final[dict[int, Difficulty]] = {
    1: Difficulty(5, 0.0),
    2: Difficulty(6, 0.0),
    3: Difficulty(6, 0.3),
    4: Difficulty(7, 0.5),
    5: Difficulty(8, 0.5),
}


class Text:
    """Family `text`: words to choose from, reply by the number of the choice."""

    name = "text"
    replies_with = "choice"

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5); KeyError for another level."""
        riddle = riddle_of(stream, self._pack or standard_pack(), level)
        picture = drawing.background(stream, WIDTH, HEIGHT, 1.0)
        drawing.scribble(stream, picture, 24, 0.8)
        return Challenge(
            family=self.name,
            level=level,
            prompt=which_is(riddle.category, riddle.negated, riddle.words),
            picture=drawing.jpeg(picture, 80),
            width=WIDTH,
            height=HEIGHT,
            answer=Answer(choice=riddle.right),
            choices=tuple(Prompt(each.en.singular, each.zh.label) for each in riddle.words),
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when the choice is, and nothing else is said."""
        return reply.given == {"choice"} and reply.choice == answer.choice

    def floor(self, level: int) -> float:
        """Any of the words."""
        return 1 / LEVELS[level].words


@dataclass(frozen=True, slots=True)
class Riddle:
    """The category, whether the one outside it is asked for, the words, and the number of the right one."""

    category: Category
    negated: bool
    words: tuple[ObjectClass, ...]
    right: int


def riddle_of(stream: np.random.Generator, pack: Pack, level: int) -> Riddle:
    """The content of a challenge. `draw` starts with it."""
    difficulty = LEVELS[level]
    category = CATEGORIES[int(stream.integers(len(CATEGORIES)))]
    members, strangers = category.split(pack)
    negated = bool(stream.random() < difficulty.negated) and len(members) >= difficulty.words
    right, wrong = (strangers, members) if negated else (members, strangers)
    words = [wrong[int(number)] for number in stream.permutation(len(wrong))[: difficulty.words - 1]]
    place = int(stream.integers(difficulty.words))
    words.insert(place, right[int(stream.integers(len(right)))])
    return Riddle(category, negated, tuple(words), place)
