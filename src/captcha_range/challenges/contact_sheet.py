"""Many challenges on one picture, for people to look at."""

from collections.abc import Sequence

import cv2
import numpy as np

from captcha_range.challenges.drawing import Picture
from captcha_range.challenges.family import Challenge

_CAPTION = 26
_MARGIN = 8


def contact_sheet(challenges: Sequence[Challenge], columns: int, marked: bool) -> bytes:
    """A PNG of the challenges with their English prompts; the answers outlined when `marked`.

    `columns` must be at least 1. ValueError when there is nothing to show.
    """
    if not challenges:
        raise ValueError("a contact sheet needs a challenge")
    wide = max(each.width for each in challenges) + _MARGIN
    high = max(each.height for each in challenges) + _CAPTION + _MARGIN
    rows = -(-len(challenges) // columns)
    sheet = np.full((rows * high, columns * wide, 3), 255, dtype=np.uint8)
    for number, each in enumerate(challenges):
        row, column = divmod(number, columns)
        cell = sheet[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
        _paste(cell, each, marked)
    done, data = cv2.imencode(".png", sheet)
    if not done:
        raise RuntimeError("the sheet could not be encoded")
    return data.tobytes()


def _paste(cell: Picture, challenge: Challenge, marked: bool) -> None:
    # OpenCV's letters cover ASCII only: the English prompt.
    caption = f"{challenge.level}: {challenge.prompt.en}{_told(challenge) if marked else ''}"
    cv2.putText(cell, caption, (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (40, 40, 40), 1, cv2.LINE_AA)
    picture = cv2.imdecode(np.frombuffer(challenge.picture, dtype=np.uint8), cv2.IMREAD_COLOR)
    view = cell[_CAPTION : _CAPTION + challenge.height, : challenge.width]
    view[:] = np.asarray(picture, dtype=np.uint8)
    if marked:
        answer = challenge.answer
        for box in (*answer.targets, *(challenge.tiles[number] for number in answer.tiles)):
            corner = (box.x + box.width - 1, box.y + box.height - 1)
            cv2.rectangle(view, (box.x, box.y), corner, (0, 160, 0), 3)


def _told(challenge: Challenge) -> str:
    """What is right where no box can show it."""
    answer = challenge.answer
    said = [value for value in (answer.number, answer.angle, answer.choice) if value is not None]
    return "".join(f" [{value}]" for value in said)
