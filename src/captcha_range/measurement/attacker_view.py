"""A picture as a recogniser sees it: what it found, and what it would reply, drawn in."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.pixels import Picture
from captcha_range.recognition.calibration import network_calibration
from captcha_range.recognition.labels import standard_labels
from captcha_range.recognition.layout import tiles_of
from captcha_range.recognition.network import Network
from captcha_range.recognition.recogniser import Recogniser, Recognition
from captcha_range.recognition.scene import whole_scene

_CAPTION: Final = 26
_INK: Final = (40, 40, 40)
_FOUND: Final = (200, 120, 0)
_CHOSEN: Final = (90, 40, 220)
_HALO: Final = (255, 255, 255)
_LETTERS: Final = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Named:
    """An object that was found: its box (left, top, right, bottom) in pixels, and what it most likely is."""

    box: tuple[float, float, float, float]
    name: str = ""
    confidence: float = 0.0


def objects_seen(recogniser: Recogniser, picture: Picture) -> list[Named]:
    """What a recogniser finds in a scene or a grid. Only networks name what they find."""
    if isinstance(recogniser, Network):
        return _named(recogniser, picture)
    scene = whole_scene(picture)
    return [
        Named(tuple(part * scale for part in (each.x, each.y, each.right, each.bottom)))  # type: ignore[arg-type]
        for each, scale in ((each, scene.scale) for each in scene.found)
    ]


def attacker_view(picture: Picture, found: list[Named], recognition: Recognition | None) -> bytes:
    """A PNG: the objects' boxes and names, and the clicks, box or words of the reply above the picture."""
    height, width = picture.shape[:2]
    sheet = np.full((height + _CAPTION, max(width, 340), 3), 255, dtype=np.uint8)
    view = sheet[_CAPTION:, :width]
    view[:] = picture
    for each in found:
        _outline(view, each.box, _FOUND)
        if each.name:
            _write(view, f"{each.name} {each.confidence:.0%}", each.box[0] + 2, each.box[1] + 11, 0.36)
    if recognition is not None:
        _reply(view, recognition)
    cv2.putText(sheet, told(recognition), (4, 17), _LETTERS, 0.42, _INK, 1, cv2.LINE_AA)
    done, data = cv2.imencode(".png", sheet)
    if not done:
        raise RuntimeError("the view could not be encoded")
    return data.tobytes()


def told(recognition: Recognition | None) -> str:
    """The reply in words."""
    if recognition is None:
        return "no reply: question or picture not understood"
    count = len(recognition.points)
    said = [f"{count} point{'s' * (count > 1)}"] if count else []
    for name in ("number", "angle", "box", "choice"):
        value = getattr(recognition, name)
        if value is not None:
            said.append(f"{name} {_rounded(value)}")
    return f"{recognition.family}: {', '.join(said) or 'nothing chosen'}, confidence {recognition.confidence:.2f}"


def _named(network: Network, picture: Picture) -> list[Named]:
    tiles = tiles_of(picture)
    sight = network.scene_sight(picture) if tiles is None else network.grid_sight(picture, tiles)
    if not sight.spots:
        return []
    posteriors, keys = sight.posteriors(network_calibration().temperature), standard_labels().keys
    names = {each.key: each.en.singular for each in standard_pack().classes}
    likeliest = posteriors.argmax(axis=1)
    return [
        Named(spot.box, names.get(keys[number], keys[number]), float(chances[number]))
        for spot, number, chances in zip(sight.spots, likeliest, posteriors, strict=True)
    ]


def _reply(view: Picture, recognition: Recognition) -> None:
    for number, (x, y) in enumerate(recognition.points, start=1):
        middle = (round(x), round(y))
        cv2.circle(view, middle, 12, _HALO, 6, cv2.LINE_AA)
        cv2.circle(view, middle, 12, _CHOSEN, 3, cv2.LINE_AA)
        if len(recognition.points) > 1:
            _write(view, str(number), x - 4, y + 5, 0.45)
    if recognition.box is not None:
        x, y, width, height = recognition.box
        _outline(view, (x, y, x + width, y + height), _CHOSEN, 3)
    if recognition.angle is not None:
        _arrow(view, recognition.angle)


def _arrow(view: Picture, angle: float) -> None:
    """From the middle to what is to be the top, once the piece is turned by the angle clockwise."""
    height, width = view.shape[:2]
    turn = np.deg2rad(-angle - 90)
    far = 0.4 * min(height, width)
    end = (round(width / 2 + far * float(np.cos(turn))), round(height / 2 + far * float(np.sin(turn))))
    cv2.arrowedLine(view, (width // 2, height // 2), end, _CHOSEN, 3, cv2.LINE_AA, tipLength=0.12)


def _outline(
    view: Picture, box: tuple[float, float, float, float], colour: tuple[int, int, int], thickness: int = 1
) -> None:
    left, top, right, bottom = (round(part) for part in box)
    cv2.rectangle(view, (left, top), (right, bottom), colour, thickness, cv2.LINE_AA)


def _write(view: Picture, text: str, x: float, y: float, size: float) -> None:
    # OpenCV's letters cover ASCII only; class names in English are.
    at = (max(0, round(x)), max(10, round(y)))
    cv2.putText(view, text, at, _LETTERS, size, _HALO, 3, cv2.LINE_AA)
    cv2.putText(view, text, at, _LETTERS, size, _INK, 1, cv2.LINE_AA)


def _rounded(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(f"{part:.0f}" for part in value)
    return f"{value:.1f}" if isinstance(value, float) else str(value)
