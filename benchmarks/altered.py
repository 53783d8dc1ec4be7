"""Ways in which an issued picture comes back: compressed again, scaled, cropped, padded, in a screenshot."""

from collections.abc import Callable
from typing import Final, NamedTuple

import cv2
import numpy as np

from captcha_range.core.pixels import Picture


class Altered(NamedTuple):
    """A picture that was changed, and how its pixels follow from the issued one's: scaled, then moved."""

    picture: Picture
    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0

    def issued_point(self, x: float, y: float) -> tuple[float, float]:
        """The point of the issued picture behind a point of this one."""
        return (x - self.left) / self.scale, (y - self.top) / self.scale


Alteration = Callable[[Picture, np.random.Generator], Altered]
Colour = tuple[int, int, int]

_BAND: Final = 70
_FOOT: Final = 50


def compressed(picture: Picture, _: np.random.Generator) -> Altered:
    """A JPEG of quality 40."""
    return Altered(_recompressed(picture, 40))


def scaled(picture: Picture, stream: np.random.Generator) -> Altered:
    """At 0.5 … 1.5 of its size."""
    return _at_scale(Altered(picture), float(stream.uniform(0.5, 1.5)))


def halved(picture: Picture, _: np.random.Generator) -> Altered:
    """At half its size."""
    return _at_scale(Altered(picture), 0.5)


def cropped(picture: Picture, stream: np.random.Generator) -> Altered:
    """Without up to 12 pixels on each side."""
    left, top, right, low = (int(cut) for cut in stream.integers(0, 13, 4))
    height, width = picture.shape[:2]
    return Altered(picture[top : height - low, left : width - right], 1.0, -left, -top)


def padded(picture: Picture, stream: np.random.Generator) -> Altered:
    """With up to 25 pixels of one colour on each side."""
    left, top, right, low = (int(more) for more in stream.integers(0, 26, 4))
    rim = cv2.copyMakeBorder(picture, top, low, left, right, cv2.BORDER_CONSTANT, value=_colour(stream))
    return Altered(_bytes(rim), 1.0, left, top)


def everything(picture: Picture, stream: np.random.Generator) -> Altered:
    """Cropped, scaled and compressed."""
    cut = cropped(picture, stream)
    done = _at_scale(cut, float(stream.uniform(0.5, 1.5)))
    return done._replace(picture=_recompressed(done.picture, 40))


def screenshot(picture: Picture, stream: np.random.Generator) -> Altered:
    """The whole widget, header and buttons and margins, at 0.5 … 1.5 of its size, as a JPEG of quality 40 … 90."""
    height, width = picture.shape[:2]
    margin, gap = int(stream.integers(4, 60)), int(stream.integers(0, 16))
    page = ((255, 255, 255), (240, 240, 240), (30, 30, 30), (250, 245, 235))[int(stream.integers(4))]
    top = margin + _BAND + gap
    shot = np.full((top + height + gap + _FOOT + margin, width + 2 * margin, 3), page, dtype=np.uint8)
    if stream.random() < 0.5:
        shot[margin : margin + _BAND, margin : margin + width] = _colour(stream)
    _write(shot, "Please click on the object", (margin + 8, margin + 30), stream)
    shot[top : top + height, margin : margin + width] = picture
    low = top + height + gap
    cv2.rectangle(shot, (margin + width - 90, low + 8), (margin + width - 4, low + 44), _colour(stream), -1)
    _write(shot, "Verify", (margin + width - 78, low + 32), stream)
    done = _at_scale(Altered(_bytes(shot), 1.0, margin, top), float(stream.uniform(0.5, 1.5)))
    return done._replace(picture=_recompressed(done.picture, int(stream.integers(40, 91))))


ALTERATIONS: Final[dict[str, Alteration]] = {
    alteration.__name__: alteration
    for alteration in (compressed, scaled, halved, cropped, padded, everything, screenshot)
}


def _at_scale(altered: Altered, factor: float) -> Altered:
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    height, width = altered.picture.shape[:2]
    picture = _bytes(cv2.resize(altered.picture, (round(width * factor), round(height * factor)), interpolation=way))
    return Altered(picture, altered.scale * factor, altered.left * factor, altered.top * factor)


def _recompressed(picture: Picture, quality: int) -> Picture:
    data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return _bytes(cv2.imdecode(data, cv2.IMREAD_COLOR))


def _write(picture: Picture, text: str, place: tuple[int, int], stream: np.random.Generator) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, _colour(stream), 1, cv2.LINE_AA)


def _colour(stream: np.random.Generator) -> Colour:
    blue, green, red = (int(level) for level in stream.integers(0, 256, 3))
    return blue, green, red


def _bytes(picture: object) -> Picture:
    return np.asarray(picture, dtype=np.uint8)
