"""An object is set upright by its looks, mirrored and recoloured; without a disc or an object nothing is answered."""

import hashlib

import numpy as np
import pytest

from captcha_range.challenges.families.rotate_upright import DISC, RotateUpright
from captcha_range.challenges.family import Challenge, Reply
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams
from captcha_range.recognition import bundled
from captcha_range.recognition.turned import RINGS, STEPS, mirrored, spectra, turn_of
from tools.build_recogniser import upright_views

STREAMS = Streams(b"tests of turning")


def challenge(number: int, level: int) -> Challenge:
    return RotateUpright().draw(STREAMS.stream(level, number), level)


@pytest.mark.parametrize("level", [1, 3])
def test_most_objects_are_set_upright(level: int) -> None:
    right = 0
    for number in range(6):
        drawn = challenge(number, level)
        turn = turn_of(decode_picture(drawn.picture))
        assert turn is not None
        right += RotateUpright().judge(drawn.answer, Reply(angle=turn.angle))
    assert right >= 5


@pytest.mark.parametrize("number", [0, 2, 4, 6, 16])
def test_strokes_beside_and_across_an_object_do_not_move_its_middle(number: int) -> None:
    # Each of these was answered wrongly while remains of strokes counted as parts of the object.
    drawn = challenge(number, 5)
    turn = turn_of(decode_picture(drawn.picture))
    assert turn is not None
    assert RotateUpright().judge(drawn.answer, Reply(angle=turn.angle))


def test_a_picture_that_is_turned_by_a_quarter_is_answered_by_a_quarter_more() -> None:
    picture = decode_picture(challenge(0, 1).picture)
    turn, quarter = turn_of(picture), turn_of(np.ascontiguousarray(np.rot90(picture)))
    assert turn is not None
    assert quarter is not None
    assert abs((quarter.angle - turn.angle - 90 + 180) % 360 - 180) < 3


@pytest.mark.parametrize("missing", ["disc", "object"])
def test_without_a_disc_or_an_object_there_is_no_answer(missing: str) -> None:
    picture = decode_picture(challenge(0, 1).picture).copy()
    if missing == "disc":
        picture = np.roll(picture, 40, axis=1)
    else:
        middle = DISC.x + DISC.width // 2
        rows, columns = np.indices(picture.shape[:2]) - middle
        picture[np.hypot(rows, columns) < DISC.width / 2 - 6] = (200, 210, 220)
    assert turn_of(picture) is None


def test_the_best_step_is_the_one_by_which_a_view_was_turned() -> None:
    view = STREAMS.stream("views").uniform(0, 1, (1, 4, RINGS, STEPS)).astype(np.float32)
    scores = spectra(view).agreement(spectra(np.roll(view, 11, axis=3)))
    assert int(np.argmax(scores)) == 11
    assert scores.max() > spectra(mirrored(view)).agreement(spectra(np.roll(view, 11, axis=3))).max()


def test_the_views_are_those_that_the_tool_unrolls() -> None:
    assert hashlib.sha256(upright_views()).hexdigest() == bundled.manifest().files["upright.npz"]
