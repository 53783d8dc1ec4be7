"""The asset pack is what its manifest says."""

import csv
import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from captcha_range.challenges.sprites import (
    HALO,
    HALO_OPACITY,
    PACK_FOLDER,
    ObjectClass,
    Pack,
    every_drawing,
    standard_pack,
)

PACK = standard_pack()
TOOLS = Path(__file__).resolve().parents[3] / "tools"


def digests(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def stored(each: ObjectClass, style: str) -> npt.NDArray[np.uint8]:
    """The picture in the pack's archive, with room for the shadow."""
    start, length = each.sprites[style]
    webp = np.frombuffer((PACK_FOLDER / f"{style}.sprites").read_bytes(), np.uint8, length, start)
    pixels = np.asarray(cv2.imdecode(webp, cv2.IMREAD_UNCHANGED), dtype=np.uint8)
    return np.pad(pixels, ((HALO, HALO), (HALO, HALO), (0, 0)))


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PACK_FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return loaded


def test_the_manifest_lists_every_file_with_its_hash() -> None:
    assert digests(PACK_FOLDER) == PACK.files


def test_a_changed_byte_does_not_match_the_manifest(tmp_path: Path) -> None:
    for name in PACK.files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((PACK_FOLDER / name).read_bytes())
    archive = tmp_path / "flat.sprites"
    archive.write_bytes(archive.read_bytes()[:-1] + b"\x00\x00")
    assert digests(tmp_path) != PACK.files


def test_the_pack_is_smaller_than_three_megabytes() -> None:
    assert sum(path.stat().st_size for path in PACK_FOLDER.rglob("*") if path.is_file()) < 3_000_000


def test_every_source_is_pinned_and_its_notice_is_in_the_pack(manifest: dict[str, Any]) -> None:
    for source in manifest["sources"]:
        assert source["version"]
        assert len(source["tarball_sha256"]) == 64
        assert (PACK_FOLDER / source["notice"]).stat().st_size > 500
        assert source["package"] in (PACK_FOLDER / "licences/ATTRIBUTION.md").read_text(encoding="utf-8")


def test_every_class_has_names_in_english_and_chinese() -> None:
    for each in PACK.classes:
        assert each.en.singular
        assert each.en.plural
        assert each.en.phrase.endswith(each.en.singular)
        assert each.zh.label
        assert not each.zh.label.isascii() or each.zh.label.isupper()


def test_no_name_means_two_classes() -> None:
    for names in (
        [[each.en.singular, *each.en.aliases] for each in PACK.classes],
        [[each.zh.label, *each.zh.aliases] for each in PACK.classes],
    ):
        flat = [name.casefold() for group in names for name in group]
        assert len(flat) == len(set(flat))


@pytest.mark.parametrize(
    ("singular", "phrase", "plural"),
    [
        ("owl", "an owl", "owls"),
        ("T-shirt", "a T-shirt", "T-shirts"),
        ("sheep", "a sheep", "sheep"),
        ("piece of candy", "a piece of candy", "pieces of candy"),
        ("cherry", "a cherry", "cherries"),
        ("hourglass", "an hourglass", "hourglasses"),
        ("hammer", "a hammer", "hammers"),
    ],
)
def test_articles_and_plurals_are_right(singular: str, phrase: str, plural: str) -> None:
    each = next(each for each in PACK.classes if each.en.singular == singular)
    assert (each.en.phrase, each.en.plural) == (phrase, plural)


@pytest.mark.parametrize("singular", ["cup of coffee", "jellyfish", "octopus"])
def test_what_one_style_draws_from_above_or_leaning_has_no_up(singular: str) -> None:
    assert not next(each for each in PACK.classes if each.en.singular == singular).upright


def test_the_manifest_says_of_every_class_what_the_maintainers_list_says() -> None:
    with (TOOLS / "pack_classes.csv").open(encoding="utf-8", newline="") as file:
        listed = [(row["key"], row["name"], row["zh"], set(row["flags"])) for row in csv.DictReader(file)]
    flags = {"upright": "u", "countable": "c", "hue_safe": "h"}
    assert listed == [
        (each.key, each.en.singular, each.zh.label, {flags[flag] for flag in flags if getattr(each, flag)})
        for each in PACK.classes
    ]


def test_the_manifest_has_the_stand_ins_of_the_maintainers_list() -> None:
    with (TOOLS / "pack_classes.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["key"]: row["stand_ins"] for row in csv.DictReader(file)}
    told = {each.key: ";".join(f"{style}={other}" for style, other in each.stand_ins.items()) for each in PACK.classes}
    assert told == listed


def test_a_stand_in_is_a_style_that_needs_none() -> None:
    for each in PACK.classes:
        assert set(each.stand_ins) < set(PACK.styles)
        assert set(each.stand_ins.values()) <= set(PACK.styles) - set(each.stand_ins)


def test_a_style_that_draws_something_else_shows_its_stand_in() -> None:
    key = next(each.key for each in PACK.classes if each.en.singular == "rose")
    assert PACK.sprite(key, "flat") is PACK.sprite(key, "noto")
    # What recognisers learn from leaves nothing out.
    assert every_drawing().sprite(key, "flat") is not every_drawing().sprite(key, "noto")


def test_the_manifest_confuses_what_the_maintainers_list_confuses() -> None:
    keys = {each.en.singular: each.key for each in PACK.classes}
    lines = (TOOLS / "pack_confusable.txt").read_text(encoding="utf-8").splitlines()
    groups = [line.split("; ") for line in lines if line and not line.startswith("#")]
    listed = {(keys[one], keys[other]) for group in groups for one, other in itertools.permutations(group, 2)}
    assert listed == {(each.key, other) for each in PACK.classes for other in each.confusable_with}


def test_confusion_is_mutual_and_never_with_itself() -> None:
    for each in PACK.classes:
        assert each.key not in each.confusable_with
        for other in each.confusable_with:
            assert each.key in PACK.by_key[other].confusable_with


def test_the_pack_has_about_240_classes_in_three_styles() -> None:
    assert 230 <= len(PACK.classes) <= 260
    assert PACK.styles == ("flat", "3d", "noto")


def test_every_sprite_shows_something_and_fills_its_frame() -> None:
    for each in PACK.classes:
        for style in PACK.styles:
            sprite = PACK.sprite(each.key, style)
            assert sprite.pixels.dtype == np.uint8
            assert sprite.pixels.shape[2] == 4
            assert 90 <= sprite.span <= 128, (each.en.singular, style)
            assert max(sprite.pixels.shape[:2]) == sprite.span + 2 * HALO
            assert (sprite.pixels[:, :, 3] > 200).mean() > 0.06, (each.en.singular, style)


def test_sprites_are_premultiplied() -> None:
    pixels = PACK.sprite(PACK.classes[0].key, "3d").pixels
    assert (pixels[:, :, :3] <= pixels[:, :, 3:]).all()


@pytest.mark.parametrize("style", PACK.styles)
def test_a_sprite_is_its_file_over_a_soft_shadow(style: str) -> None:
    for each in PACK.classes[::20]:
        pixels = stored(each, style)
        alpha = pixels[:, :, 3:] / 255
        shadow = np.asarray(cv2.GaussianBlur(alpha, (0, 0), HALO / 3))[:, :, None] * HALO_OPACITY
        over = np.concatenate([pixels[:, :, :3] * alpha, 255 * (alpha + shadow * (1 - alpha))], axis=2)
        assert np.array_equal(every_drawing().sprite(each.key, style).pixels, np.rint(over))


@pytest.mark.parametrize("style", PACK.styles)
def test_the_hull_holds_all_that_is_clearly_visible(style: str) -> None:
    for each in PACK.classes[::20]:
        pixels = stored(each, style)
        rows, columns = np.nonzero(pixels[:, :, 3] > 64)
        corners = np.asarray(cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))).reshape(-1, 2)
        centre = ((pixels.shape[1] - 1) / 2, (pixels.shape[0] - 1) / 2)
        assert np.array_equal(every_drawing().sprite(each.key, style).hull, corners - centre)


def test_a_sprite_is_decoded_once() -> None:
    key = PACK.classes[0].key
    assert PACK.sprite(key, "flat") is PACK.sprite(key, "flat")


def test_a_fresh_pack_reads_no_archive_before_a_sprite_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    read_bytes = Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    pack = Pack(PACK_FOLDER)
    assert read == ["manifest.json"]
    pack.sprite(pack.classes[0].key, "noto")
    assert read == ["manifest.json", "noto.sprites"]


def test_an_unknown_class_or_style_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        PACK.sprite("no such key", "flat")
    with pytest.raises(KeyError):
        PACK.sprite(PACK.classes[0].key, "no such style")
