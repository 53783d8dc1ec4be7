"""Images that the range did not issue: other ranges' challenges, noise, gradients, sheets."""

from typing import Final

import cv2
import numpy as np

from benchmarks.altered import screenshot
from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import LEVELS
from captcha_range.core.pixels import Picture, decode_picture
from captcha_range.core.streams import Streams

KINDS: Final = ("challenge", "challenge in a screenshot", "sheet", "mirrored", "noise", "gradient", "blots")


def foreign_image(streams: Streams, number: int) -> tuple[str, Picture]:
    """Image `number` of a stream of foreign images, and its kind; every second one is another range's challenge."""
    stream = streams.stream("foreign", number)
    kind = KINDS[0] if number % 2 else KINDS[number // 2 % len(KINDS)]
    if kind == "noise":
        return kind, stream.integers(0, 256, (430, 500, 3), dtype=np.uint8)
    if kind == "gradient":
        return kind, _gradient(stream)
    if kind == "blots":
        return kind, _blots(stream)
    if kind == "sheet":
        rows = [cv2.hconcat([_small(stream) for _ in range(3)]) for _ in range(3)]
        return kind, np.asarray(cv2.vconcat(rows), dtype=np.uint8)
    challenge = _challenge(stream)
    if kind == "mirrored":
        return kind, np.ascontiguousarray(challenge[:, ::-1])
    return kind, screenshot(challenge, stream).picture if kind != KINDS[0] else challenge


def _challenge(stream: np.random.Generator) -> Picture:
    family = list(FAMILIES.values())[int(stream.integers(len(FAMILIES)))]
    return decode_picture(family.draw(stream, int(stream.choice(LEVELS))).picture)


def _small(stream: np.random.Generator) -> Picture:
    return np.asarray(cv2.resize(_challenge(stream), (160, 160), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _gradient(stream: np.random.Generator) -> Picture:
    corners = stream.uniform(0, 255, (2, 2, 3)).astype(np.float32)
    return np.asarray(cv2.resize(corners, (500, 430), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _blots(stream: np.random.Generator) -> Picture:
    picture = _gradient(stream)
    for _ in range(12):
        middle = (int(stream.integers(500)), int(stream.integers(430)))
        colour = tuple(int(level) for level in stream.integers(0, 256, 3))
        cv2.circle(picture, middle, int(stream.integers(15, 70)), colour, -1, cv2.LINE_AA)
    return picture
