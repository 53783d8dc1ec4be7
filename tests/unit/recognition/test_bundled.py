from pathlib import Path

import pytest

from captcha_range.challenges.sprites import standard_pack
from captcha_range.recognition import bundled
from captcha_range.recognition.labels import standard_labels
from captcha_range.recognition.prototypes import standard_prototypes


def test_every_data_file_is_listed_with_its_digest_and_all_are_small() -> None:
    files = {path.name for path in bundled.DATA_FOLDER.iterdir()} - {"manifest.json"}
    assert files == set(bundled.manifest().files)
    assert sum(len(bundled.read(name)) for name in files) < 4_000_000


def test_the_data_was_built_for_the_classes_of_the_pack() -> None:
    keys = tuple(each.key for each in standard_pack().classes)
    assert standard_prototypes().keys == keys, "run tools/build_recogniser.py"
    assert standard_labels().keys == keys, "run tools/build_recogniser.py"


def test_a_changed_or_missing_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "labels.json").write_bytes(bundled.read("labels.json") + b" ")
    bundled.manifest()
    monkeypatch.setattr(bundled, "DATA_FOLDER", tmp_path)
    with pytest.raises(bundled.DataDamaged, match=r"labels\.json is not the one"):
        bundled.read("labels.json")
    with pytest.raises(bundled.DataDamaged, match=r"prototypes\.npz is missing"):
        bundled.read("prototypes.npz")
