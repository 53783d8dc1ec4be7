"""How `classical` answers the families that need no names of objects: a piece to fit in, and a choice of words."""

from collections.abc import Callable
from typing import Final

from captcha_range.core.pixels import Picture
from captcha_range.recognition import drag_to_fit, text
from captcha_range.recognition.calibration import standard_calibration
from captcha_range.recognition.question import Question
from captcha_range.recognition.recogniser import Recognition
from captcha_range.recognition.wordings import DRAG_TO_FIT, TEXT

_DIGITS: Final = 4


def _placed(picture: Picture, asked: Question) -> Recognition | None:
    fit = drag_to_fit.fitted(picture)
    curve = standard_calibration().drag_to_fit
    if fit is None or curve is None:
        return None
    return Recognition(asked.family, (fit.point,), round(curve.confidence(fit.margin), _DIGITS))


def _chosen(picture: Picture, asked: Question) -> Recognition | None:
    # The picture beside the words is decoration.
    pick = text.picked(asked.kind or "", asked.negated, asked.choices)
    return None if pick is None else Recognition(asked.family, (), pick.confidence, choice=pick.number)


ANSWERS: Final[dict[str, Callable[[Picture, Question], Recognition | None]]] = {
    DRAG_TO_FIT: _placed,
    TEXT: _chosen,
}
"""By family."""
