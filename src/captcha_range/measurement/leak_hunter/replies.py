"""Replies by kind: the right one of an answer, and one that no answer accepts."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from captcha_range.challenges.family import Answer, Family, Reply

WRONG: Final[dict[str, Any]] = {
    "points": [[-9, -9]],
    "tiles": [],
    "number": 99,
    "position": [-99, -99],
    "angle": 0,
    "box": [-9, -9, 1, 1],
    "choice": 99,
}
"""By kind, as in JSON: always wrong, so that what is answered can tell of the challenge alone."""

Rights = npt.NDArray[np.bool_]


def right_reply(answer: Answer, kind: str) -> Reply:
    """A reply of the kind that the answer accepts: the middle of what is to be met."""
    middles = tuple(box.centre for box in answer.targets)
    if kind == "points":
        return Reply(points=middles)
    if kind == "tiles":
        return Reply(tiles=answer.tiles)
    if kind == "position":
        return Reply(position=middles[0])
    if kind == "box":
        box = answer.targets[0]
        return Reply(box=(box.x, box.y, box.width, box.height))
    return Reply(number=answer.number, angle=answer.angle, choice=answer.choice)


def rights_of(family: Family, answers: list[Answer]) -> Rights:
    """Whether the right reply of challenge i would be right for challenge j, as [i, j]."""
    replies = [right_reply(answer, family.replies_with) for answer in answers]
    return np.array([[family.judge(answer, reply) for answer in answers] for reply in replies], dtype=bool)
