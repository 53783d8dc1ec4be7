import cv2
import numpy as np

from captcha_range.core.pixels import Picture
from captcha_range.core.streams import Streams
from captcha_range.recognition import appearance
from captcha_range.recognition.objects import Found


def arrow(turn: float, mirrored: bool) -> tuple[Picture, Found]:
    canvas = np.zeros((160, 160, 3), dtype=np.uint8)
    body = np.array([[40, 70], [95, 70], [95, 45], [130, 82], [95, 118], [95, 95], [40, 100]])
    cv2.fillPoly(canvas, [body.astype(np.int32)], (40, 60, 220), cv2.LINE_AA)
    cv2.circle(canvas, (55, 80), 9, (220, 200, 30), -1, cv2.LINE_AA)
    around = cv2.getRotationMatrix2D((80, 80), turn, 1.0)
    turned = np.asarray(cv2.warpAffine(canvas, around, (160, 160)), dtype=np.uint8)
    if mirrored:
        turned = np.ascontiguousarray(turned[:, ::-1])
    mask = (turned.max(axis=2) > 20).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(mask)
    return turned, Found(x, y, np.ascontiguousarray(mask[y : y + height, x : x + width]))


def rings(turn: float, mirrored: bool = False) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    picture, found = arrow(turn, mirrored)
    row = appearance.described([(picture, [found])])[0]
    upright = appearance.CHANNELS * appearance.THUMB**2 + appearance.SHAPES
    return np.asarray(row[:-upright], dtype=np.float32)


def test_what_the_rings_say_hardly_changes_when_an_object_is_turned_or_mirrored() -> None:
    plain = rings(0)
    other = appearance.described([(np.full((90, 90, 3), 90, np.uint8), [Found(5, 5, np.ones((80, 60), np.uint8))])])
    far = float(np.linalg.norm(plain - other[0][: len(plain)]))
    for turned in (rings(37), rings(160), rings(0, mirrored=True), rings(75, mirrored=True)):
        assert float(np.linalg.norm(plain - turned)) < 0.35 * far


def test_objects_are_described_one_by_one_or_together_alike() -> None:
    pictures = [arrow(turn, False) for turn in (0, 90, 200)]
    together = appearance.described([(picture, [found]) for picture, found in pictures])
    alone = [appearance.described([(picture, [found])])[0] for picture, found in pictures]
    np.testing.assert_allclose(together, np.array(alone), atol=1e-5)
    assert np.isfinite(together).all()


def test_the_numbers_do_not_hang_on_where_in_memory_the_pictures_lie() -> None:
    # Arrays begin at any multiple of 16 bytes; what is kept here moves the next ones.
    picture = np.asarray(Streams(b"appearance").stream("noise").integers(0, 256, (130, 170, 3)), dtype=np.uint8)
    kept: list[object] = []
    told = set()
    for number in range(150):
        kept.append(np.empty(1 + 977 * number % 4_000, dtype=np.uint8))
        told.add(appearance._planes(picture).tobytes())
    assert len(told) == 1
