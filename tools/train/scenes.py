"""Drawn pictures together with every object in them: what stands where, at what size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np

from captcha_range.challenges import drawing
from captcha_range.challenges.drawing import Posed
from captcha_range.challenges.family import Challenge, Family, Rectangle
from captcha_range.challenges.sprites import Pack
from captcha_range.core.pixels import Picture, decode_picture


@dataclass(frozen=True, slots=True)
class Stamped:
    """One object of a picture: its class, the middle of its sprite, and its longer side unturned, in pixels."""

    key: str
    x: float
    y: float
    span: float
    box: Rectangle


@dataclass(frozen=True, slots=True)
class Observed:
    """A challenge as it is issued, decoded, and its objects in the order in which they were drawn."""

    challenge: Challenge
    picture: Picture
    stamped: list[Stamped]


def observed(family: Family, pack: Pack, stream: np.random.Generator, level: int) -> Observed:
    """A challenge of a family that draws from `pack`, whatever the family: it is watched while it draws."""
    with _watched(pack) as stamped:
        challenge = family.draw(stream, level)
    return Observed(challenge, decode_picture(challenge.picture), stamped)


@contextmanager
def _watched(pack: Pack) -> Iterator[list[Stamped]]:
    """What is stamped meanwhile, in pixels of the whole picture even where a family draws into a part of it."""
    stamped: list[Stamped] = []
    stamp, keys = drawing.stamp, _keys(pack)

    def watching(picture: Picture, item: Posed, x: float, y: float) -> None:
        left, top = _corner(picture)
        box = item.box_at(left + x, top + y)
        size = float(np.sqrt(abs(np.linalg.det(item.matrix)))) * item.sprite.span
        stamped.append(Stamped(keys[id(item.sprite)], left + x, top + y, size, box))
        stamp(picture, item, x, y)

    drawing.stamp = watching
    try:
        yield stamped
    finally:
        drawing.stamp = stamp


def _corner(view: Picture) -> tuple[int, int]:
    """Where a view starts in the picture that it is cut from: (x, y)."""
    whole = view.base
    if not isinstance(whole, np.ndarray):
        return 0, 0
    gap = view.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return gap % whole.strides[0] // whole.strides[1], gap // whole.strides[0]


@cache
def _keys(pack: Pack) -> dict[int, str]:
    """By identity of the sprite: the pack keeps each for good."""
    return {id(pack.sprite(each.key, style)): each.key for style in pack.styles for each in pack.classes}
