"""The families that name no objects of a picture, a piece to move, a disc to turn, words: the reasoning of each."""

from typing import Final

import numpy as np

from captcha_range.core.pixels import Picture
from captcha_range.recognition import drag_to_fit, text, turned
from captcha_range.recognition.question import Question
from captcha_range.recognition.reading import Reader, Reading
from captcha_range.recognition.wordings import DRAG_TO_FIT, ROTATE_UPRIGHT, TEXT


def _placed(picture: Picture, _: Question) -> Reading | None:
    fit = drag_to_fit.fitted(picture)
    return None if fit is None else Reading(fit.margin, points=(fit.point,))


def _turned(picture: Picture, _: Question) -> Reading | None:
    turn = turned.turn_of(picture)
    return None if turn is None else Reading(turn.margin, angle=round(turn.angle, 1))


def _chosen(_: Picture, asked: Question) -> Reading | None:
    # The picture beside the words is decoration.
    pick = text.picked(asked.kind or "", asked.negated, asked.choices)
    if pick is None:
        return None
    return Reading(float(np.log(pick.confidence / (1 - pick.confidence))), choice=pick.number)


WITHOUT_OBJECTS: Final[dict[str, Reader]] = {DRAG_TO_FIT: _placed, ROTATE_UPRIGHT: _turned, TEXT: _chosen}
