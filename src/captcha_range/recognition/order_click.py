"""Which objects of the scene the strip shows, from left to right."""

from itertools import product
from typing import Final

import numpy as np

from captcha_range.recognition.inventory import Chances, Inventory
from captcha_range.recognition.margin import likeliest, log_odds
from captcha_range.recognition.question import Question
from captcha_range.recognition.reading import Reading

MOST_CLICKS: Final = 5
"""Every way of clicking so many objects is weighed; no question asks for more."""


def read(scene: Inventory, strip: Inventory, asked: Question) -> Reading | None:
    """The objects of the scene in the order of the strip's, if the strip shows as many as are to be clicked."""
    if not scene.is_scene or len(strip.points) != asked.clicks or not 0 < asked.clicks <= MOST_CLICKS:
        return None
    order = np.argsort([x for x, _ in strip.points], kind="stable")
    rows, margin = matched(strip.posteriors[order], scene.posteriors)
    return Reading(margin, points=tuple(scene.points[row] for row in rows))


def matched(shown: Chances, there: Chances) -> tuple[tuple[int, ...], float]:
    """(objects, classes) probabilities of strip and scene to the scene's row for each of the strip's, and the margin.

    Every object of the scene is of a class of its own: a match means that all other pairings are none. There are
    at least as many objects in the scene as in the strip.
    """
    odds = log_odds(shown @ there.T)
    # In the best match each takes one of its own best: the others can take but so many away.
    best = np.argsort(-odds, axis=1, kind="stable")[:, : len(shown)]
    ways = np.array([way for way in product(*best.tolist()) if len(set(way)) == len(way)])
    number, margin = likeliest(odds[np.arange(len(shown)), ways].sum(axis=1))
    return tuple(int(row) for row in ways[number]), margin
