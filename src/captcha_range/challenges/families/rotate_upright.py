"""One object on a disc that is turned; turn it back until the object stands upright."""

from typing import Final

import cv2
import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.arrangement import LOOKS, Look
from captcha_range.challenges.drawing import Picture, Pose
from captcha_range.challenges.family import Answer, Challenge, Rectangle, Reply
from captcha_range.challenges.prompts import UPRIGHT
from captcha_range.challenges.sprites import ObjectClass, Pack, standard_pack

SIDE = 340
RADIUS = 150
TOLERANCE = 15.0
"""Degrees to either side of upright that still count."""
LEAST, MOST = 45.0, 315.0
"""Degrees: how far the disc is to be turned clockwise; what is nearly upright asks nothing."""
DISC: Final = Rectangle(SIDE // 2 - RADIUS, SIDE // 2 - RADIUS, 2 * RADIUS, 2 * RADIUS)
SPANS: Final[dict[int, tuple[float, float]]] = {
    1: (180, 200),
    2: (165, 200),
    3: (150, 200),
    4: (130, 190),
    5: (100, 170),
}
"""By level: pixels of the object's longer side."""


class RotateUpright:
    """Family `rotate_upright`: picture of 340 x 340 with a disc of 300, reply by an angle."""

    name = "rotate_upright"
    replies_with = "angle"

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        """A fresh challenge at `level` (1 … 5); KeyError for another level."""
        pack, look = self._pack or standard_pack(), LOOKS[level]
        upright = [each for each in pack.classes if each.upright]
        shown = upright[int(stream.integers(len(upright)))]
        angle = round(float(stream.uniform(LEAST, MOST)), 1)
        picture = drawing.background(stream, SIDE, SIDE, look.amplitude)
        _lay(picture, _disc(stream, pack, look, shown, SPANS[level], angle))
        drawing.roughen(stream, picture, look.grain)
        return Challenge(
            family=self.name,
            level=level,
            prompt=UPRIGHT,
            picture=drawing.jpeg(picture, look.quality),
            width=SIDE,
            height=SIDE,
            answer=Answer(angle=angle),
            piece=DISC,
        )

    def judge(self, answer: Answer, reply: Reply) -> bool:
        """Right when the disc was turned to within `TOLERANCE` of upright, by whatever number of whole turns."""
        if reply.angle is None or answer.angle is None or reply.given != {"angle"}:
            return False
        return abs((reply.angle - answer.angle + 180) % 360 - 180) <= TOLERANCE

    def floor(self, level: int) -> float:
        """Any angle that is far enough from doing nothing."""
        return 2 * TOLERANCE / (MOST - LEAST)


def _disc(
    stream: np.random.Generator, pack: Pack, look: Look, shown: ObjectClass, spans: tuple[float, float], angle: float
) -> Picture:
    """The object on a background of its own, turned so that `angle` degrees clockwise set it upright."""
    style = pack.styles[int(stream.integers(len(pack.styles)))]
    hue = look.hue if shown.hue_safe else look.hue_of_others
    pose = Pose(
        span=float(stream.uniform(*spans)),
        angle=-angle,
        hue=float(stream.uniform(-1, 1)) * hue,
        mirrored=look.mirrored and bool(stream.random() < 0.5),
    )
    item = drawing.posed(pack.sprite(shown.key, style), pose, (RADIUS * 1.5, RADIUS * 1.5))
    disc = drawing.background(stream, 2 * RADIUS, 2 * RADIUS, look.amplitude)
    drawing.stamp(disc, item, RADIUS - item.left - item.width / 2, RADIUS - item.top - item.height / 2)
    drawing.scribble(stream, disc, look.strokes, 0.45)
    return disc


def _lay(picture: Picture, disc: Picture) -> None:
    """The disc onto the middle of the picture, with a light rim."""
    mask = np.zeros(picture.shape[:2], dtype=np.uint8)
    cv2.circle(mask, (SIDE // 2, SIDE // 2), RADIUS, 255, -1, cv2.LINE_AA)
    whole = picture.copy()
    whole[DISC.y : DISC.y + DISC.height, DISC.x : DISC.x + DISC.width] = disc
    cv2.copyTo(whole, mask, picture)
    cv2.circle(picture, (SIDE // 2, SIDE // 2), RADIUS, (250, 250, 250), 3, cv2.LINE_AA)
