"""How `classical` answers the families that name no objects of a picture: a piece, a disc to turn, words."""

from collections.abc import Callable
from typing import Final

from captcha_range.core.pixels import Picture
from captcha_range.recognition import drag_to_fit, text, turned
from captcha_range.recognition.calibration import standard_calibration
from captcha_range.recognition.question import Question
from captcha_range.recognition.recogniser import Recognition
from captcha_range.recognition.wordings import DRAG_TO_FIT, ROTATE_UPRIGHT, TEXT

_DIGITS: Final = 4


def _placed(picture: Picture, asked: Question) -> Recognition | None:
    fit = drag_to_fit.fitted(picture)
    curve = standard_calibration().drag_to_fit
    if fit is None or curve is None:
        return None
    return Recognition(asked.family, (fit.point,), round(curve.confidence(fit.margin), _DIGITS))


def _turned(picture: Picture, asked: Question) -> Recognition | None:
    turn = turned.turn_of(picture)
    curve = standard_calibration().rotate_upright
    if turn is None or curve is None:
        return None
    confidence = round(curve.confidence(turn.margin), _DIGITS)
    return Recognition(asked.family, (), confidence, angle=round(turn.angle, 1))


def _chosen(picture: Picture, asked: Question) -> Recognition | None:
    # The picture beside the words is decoration.
    pick = text.picked(asked.kind or "", asked.negated, asked.choices)
    return None if pick is None else Recognition(asked.family, (), pick.confidence, choice=pick.number)


ANSWERS: Final[dict[str, Callable[[Picture, Question], Recognition | None]]] = {
    DRAG_TO_FIT: _placed,
    ROTATE_UPRIGHT: _turned,
    TEXT: _chosen,
}
"""By family."""
