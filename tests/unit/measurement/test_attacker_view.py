"""The attacker's view: boxes, names and the reply are drawn where they belong."""

import cv2
import numpy as np
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.core.pixels import Picture, decode_picture
from captcha_range.core.streams import Streams
from captcha_range.measurement.attacker_view import Named, attacker_view, objects_seen, told
from captcha_range.recognition.catalogue import load_recogniser
from captcha_range.recognition.recogniser import Recognition

GREY: Picture = np.full((200, 400, 3), 128, dtype=np.uint8)
ABOVE = 26
"""Pixels of the caption."""


def changed(found: list[Named], recognition: Recognition | None) -> np.ndarray:
    """(height, width): where the view differs from the picture."""
    view = cv2.imdecode(np.frombuffer(attacker_view(GREY, found, recognition), np.uint8), cv2.IMREAD_COLOR)
    assert view is not None
    return np.asarray((np.asarray(view)[ABOVE:, :400] != GREY).any(axis=2))


def test_nothing_found_and_no_reply_leave_the_picture_as_it_is() -> None:
    assert not changed([], None).any()


@pytest.mark.parametrize(
    ("found", "recognition", "inside"),
    [
        ([Named((50, 60, 90, 100))], None, (48, 58, 93, 103)),
        ([], Recognition("odd_one_out", ((200.0, 100.0),), 0.5), (180, 80, 220, 120)),
        ([], Recognition("bounding_box", (), 0.5, box=(10.0, 20.0, 50.0, 60.0)), (7, 17, 64, 84)),
        ([], Recognition("rotate_upright", (), 0.5, angle=0.0), (185, 10, 215, 110)),
        ([], Recognition("rotate_upright", (), 0.5, angle=90.0), (110, 85, 210, 115)),
    ],
)
def test_what_is_drawn_stands_where_it_belongs(
    found: list[Named], recognition: Recognition | None, inside: tuple[int, int, int, int]
) -> None:
    left, top, right, bottom = inside
    marks = changed(found, recognition)
    assert marks.any()
    marks[top:bottom, left:right] = False
    assert not marks.any()


def test_the_reply_is_told_in_words() -> None:
    assert told(Recognition("count", (), 0.25, number=3)) == "count: number 3, confidence 0.25"
    assert told(Recognition("grid", (), 0.5)) == "grid: nothing chosen, confidence 0.50"
    assert told(None).startswith("no reply")


def test_the_network_names_what_it_finds() -> None:
    drawn = FAMILIES["bounding_box"].draw(Streams(b"view").stream(0), 1)
    picture = decode_picture(drawn.picture)
    (target,) = drawn.answer.targets
    named = [each for each in objects_seen(load_recogniser("cnn"), picture) if each.name in drawn.prompt.en]
    assert any(target.contains((each.box[0] + each.box[2]) / 2, (each.box[1] + each.box[3]) / 2) for each in named)
    assert all(each.name == "" for each in objects_seen(load_recogniser("classical"), picture))
