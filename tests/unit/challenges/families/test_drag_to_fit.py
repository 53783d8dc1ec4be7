"""Drag to fit: the piece is what was cut out of one of the holes."""

import cv2
import numpy as np
import pytest

from captcha_range.challenges.families.drag_to_fit import LEVELS as DIFFICULTIES
from captcha_range.challenges.families.drag_to_fit import PIECE_SIDE, SCENE_HEIGHT, TOLERANCE, TRAY, DragToFit, scene_of
from captcha_range.challenges.family import LEVELS, Answer, Rectangle, Reply
from captcha_range.challenges.sprites import standard_pack
from captcha_range.core.streams import Streams

STREAMS = Streams(b"drag to fit")
HOLE = Answer(targets=(Rectangle(100, 100, 66, 66),))
CENTRE = (133.0, 133.0)


@pytest.mark.parametrize("level", LEVELS)
def test_holes_lie_in_the_scene_apart_from_each_other(level: int) -> None:
    for number in range(40):
        holes = scene_of(STREAMS.stream(level, number), standard_pack(), level).holes
        covered = np.zeros((SCENE_HEIGHT, 500), dtype=int)
        for hole in holes:
            covered[hole.y : hole.y + hole.height, hole.x : hole.x + hole.width] += 1
        assert covered.max() == 1
        assert covered.sum() == DIFFICULTIES[level].holes * PIECE_SIDE**2


@pytest.mark.parametrize("level", [1, 4])
def test_each_hole_takes_a_part_of_its_object_and_leaves_a_part(level: int) -> None:
    for number in range(40):
        scene = scene_of(STREAMS.stream(level, number), standard_pack(), level)
        for hole in scene.holes:
            shares = [shared(each.box, hole) for each in scene.objects]
            assert max(shares) > 0.2
            assert min(1 - share for share in shares if share == max(shares)) > 0.2


def shared(box: Rectangle, hole: Rectangle) -> float:
    """How much of the box lies in the hole."""
    across = min(box.x + box.width, hole.x + hole.width) - max(box.x, hole.x)
    along = min(box.y + box.height, hole.y + hole.height) - max(box.y, hole.y)
    return max(0, across) * max(0, along) / (box.width * box.height)


def test_the_piece_continues_the_scene_round_its_hole() -> None:
    """Across the rim of the right hole, colours change less than across that of any other, on average."""
    own, others = [], []
    for number in range(30):
        challenge = DragToFit().draw(STREAMS.stream("seam", number), 1)
        scene = scene_of(STREAMS.stream("seam", number), standard_pack(), 1)
        picture = cv2.imdecode(np.frombuffer(challenge.picture, dtype=np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        piece = picture[TRAY.y : TRAY.y + TRAY.height, TRAY.x : TRAY.x + TRAY.width].astype(int)
        seams = [seam(picture.astype(int), piece, hole) for hole in scene.holes]
        own.append(seams[0])
        others.append(float(np.mean(seams[1:])))
    assert np.mean(own) < 0.6 * np.mean(others)


def seam(picture: np.ndarray, piece: np.ndarray, hole: Rectangle) -> float:
    """How unlike the piece's edges are to what lies just outside the hole."""
    gap, inner = 3, 1
    rows, columns = slice(hole.y, hole.y + hole.height), slice(hole.x, hole.x + hole.width)
    return float(
        np.abs(picture[hole.y - gap, columns] - piece[inner]).mean()
        + np.abs(picture[hole.y + hole.height + gap - 1, columns] - piece[-1 - inner]).mean()
        + np.abs(picture[rows, hole.x - gap] - piece[:, inner]).mean()
        + np.abs(picture[rows, hole.x + hole.width + gap - 1] - piece[:, -1 - inner]).mean()
    )


@pytest.mark.parametrize(("apart", "right"), [(0.0, True), (TOLERANCE, True), (TOLERANCE + 0.1, False)])
def test_the_piece_must_lie_within_the_tolerance(apart: float, right: bool) -> None:
    assert DragToFit().judge(HOLE, Reply(position=(CENTRE[0] + apart, CENTRE[1]))) is right
    assert DragToFit().judge(HOLE, Reply(position=(CENTRE[0], CENTRE[1] - apart))) is right


def test_leaving_the_piece_in_the_tray_is_never_right() -> None:
    for number in range(20):
        challenge = DragToFit().draw(STREAMS.stream("tray", number), 1)
        assert not DragToFit().judge(challenge.answer, Reply(position=TRAY.centre))
