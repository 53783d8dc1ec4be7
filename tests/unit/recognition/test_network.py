import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams
from captcha_range.recognition import bundled, heatmap, models, network, polar
from captcha_range.recognition.catalogue import installed, load_recogniser
from captcha_range.recognition.extra import NetworkMissing
from captcha_range.recognition.labels import standard_labels

WEIGHTS = ("detector.onnx", "namer.onnx")


def scene(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return decode_picture(FAMILIES["odd_one_out"].draw(Streams(b"network").stream(number), 2).picture)


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_committed_weights_are_those_that_are_pinned(name: str) -> None:
    weights = (bundled.DATA_FOLDER / name).read_bytes()
    assert hashlib.sha256(weights).hexdigest() == bundled.manifest().files[name]


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_with_one_changed_bit_are_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = bytearray(bundled.read(name))
    for path in bundled.DATA_FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(bundled, "DATA_FOLDER", tmp_path)
    assert models.Model(bundled.read(name))
    weights[len(weights) // 2] ^= 1
    (tmp_path / name).write_bytes(weights)
    with pytest.raises(bundled.DataDamaged, match="not the one that was built"):
        bundled.read(name)


def test_the_networks_are_made_for_the_classes_and_the_views() -> None:
    rolls = np.zeros((2, polar.RINGS, polar.STEPS, 3), dtype=np.uint8)
    assert models.standard_namer().run(rolls=rolls)["logits"].shape == (2, len(standard_labels().keys))
    pictures = np.zeros((1, 216, 256, 3), dtype=np.uint8)
    assert models.standard_detector().run(pictures=pictures)["maps"].shape == (1, heatmap.MAPS, 54, 64)


def test_every_object_of_an_easy_scene_is_found() -> None:
    for number in range(5):
        picture = scene(number)
        assert 8 <= len(network.Network().scene_sight(picture).spots) <= 9
    # The control: where nothing stands, nothing is found.
    assert network.Network().scene_sight(np.full((430, 500, 3), 200, dtype=np.uint8)).spots == []


def test_turning_an_object_only_shifts_its_columns() -> None:
    picture = Streams(b"network").stream("smooth").integers(0, 256, (8, 8, 3), dtype=np.uint8)
    cv2 = pytest.importorskip("cv2")
    large = cv2.resize(picture, (101, 101), interpolation=cv2.INTER_CUBIC)
    turned = cv2.rotate(large, cv2.ROTATE_90_CLOCKWISE)
    one, other = (polar.unrolled(each, [(50.0, 50.0, 70.0)])[0].astype(np.float32) for each in (large, turned))
    assert np.abs(np.roll(one, polar.STEPS // 4, axis=1) - other).mean() < 3
    assert np.abs(one - other).mean() > 10


def test_a_peak_is_an_object_where_the_maps_say() -> None:
    maps = np.zeros((heatmap.MAPS, 6, 8), dtype=np.float32)
    maps[0] = -5
    maps[0, 2, 3] = 4
    maps[1:3, 2, 3] = 0.25, 0.5
    (spot,) = heatmap.spots(maps, 0.5)
    assert (spot.x, spot.y) == (26.0, 20.0)
    assert spot.span == pytest.approx(2 * heatmap.SPAN_UNIT)
    assert spot.middle == (26.0, 20.0)
    assert heatmap.spots(np.full_like(maps, -5), 0.5) == []


def test_without_the_extra_the_recogniser_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cnn" in installed()
    # What Python itself takes for a module that is not there.
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert installed() == ["random", "classical"]
    with pytest.raises(NetworkMissing, match=r"captcha-range\[cnn\]"):
        network.Network()


def test_the_library_is_not_loaded_before_the_first_picture() -> None:
    program = (
        "import sys; from captcha_range.recognition.catalogue import load_recogniser; load_recogniser('cnn');"
        "sys.exit('onnxruntime' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    # The control: the first picture loads it.
    assert load_recogniser("cnn").recognise(scene(0), "Click the odd one out") is not None
    assert "onnxruntime" in sys.modules


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_model_card_is_about_the_weights_that_ship(name: str) -> None:
    card = (Path(__file__).parents[3] / "docs/reference/model-card.md").read_text(encoding="utf-8")
    assert bundled.manifest().files[name] in card
