"""Build the data of the recogniser `classical`: labels, kinds, prototypes, calibration, and their digests.

Maintainers run it with `uv run python tools/build_recogniser.py` whenever the asset pack, the drawing or
the descriptors have changed; it takes about ten minutes on two cores. Every picture that it learns from is
drawn here by the range's own families. The pictures for the prototypes, for the calibration and of every
measurement come from different streams, so that no rate is measured on what was learned. With
OPENBLAS_NUM_THREADS=1 the same sources give the same bytes on the same kind of machine.
"""

import argparse
import hashlib
import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from captcha_range.challenges.catalogue import families_of
from captcha_range.challenges.categories import CATEGORIES
from captcha_range.challenges.families import grid as grid_family
from captcha_range.challenges.families import odd_one_out as odd_family
from captcha_range.challenges.family import LEVELS, Challenge, Rectangle
from captcha_range.challenges.sprites import ObjectClass, every_drawing
from captcha_range.core.pixels import decode_picture
from captcha_range.core.streams import Streams
from captcha_range.measurement.solve_rates import reply_of
from captcha_range.recognition import bundled, calibration, grid, labels, prototypes, turned
from captcha_range.recognition.appearance import described
from captcha_range.recognition.calibration import Calibration, Curve
from captcha_range.recognition.classical import Classical, tile_odds
from captcha_range.recognition.network import Network
from captcha_range.recognition.objects import Found
from captcha_range.recognition.prototypes import Prototypes
from captcha_range.recognition.question import parsed
from captcha_range.recognition.reading import Reader
from captcha_range.recognition.scene import Scene, tile_scenes, whole_scene

STREAMS: Final = Streams(b"captcha-range recogniser, version 1")
PICTURES: Final = 1500
"""For the prototypes, per family and level."""
CALIBRATION_PICTURES: Final = {"odd_one_out": 500, "grid": 500}
FURTHER_PICTURES: Final = 100
"""For threshold and confidence, per family and level; of the families that are not named, the latter."""
CHUNK: Final = 25
DIMENSIONS: Final = 64
SHRINKAGE: Final = 0.1
"""How far the scatter within classes is drawn towards a round one."""
PER_CLASS: Final = 14
"""Prototypes of each class."""
ROUNDS: Final = 25
NEAR: Final = 15
"""Pixels by which a found object may lie off the one that was drawn."""
BINS: Final = 30
GREY: Final = 220
SPAN: Final = 160
"""Pixels: the longer side of an upright view's sprite."""
SOLID: Final = 130
"""An alpha above this belongs to the object; the shadow round it is fainter."""
_FAMILIES: Final = families_of(every_drawing())

Rows = npt.NDArray[np.float16]
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chunk:
    """Some pictures of one family and level."""

    use: str
    family: str
    level: int
    first: int
    last: int


@dataclass(frozen=True)
class Tried:
    """One calibration picture: what the classifier said of it, and what is right.

    The margin, and whether the reply was right; for `grid` the log odds of the tiles, and which of them are right.
    """

    margin: float
    right: bool
    odds: tuple[float, ...] = ()
    wanted: tuple[int, ...] = ()


def main() -> None:
    """Build all files into the recogniser's data folder."""
    parser = argparse.ArgumentParser(description="build the data of the recogniser `classical`")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=bundled.DATA_FOLDER)
    parser.add_argument("--part", choices=["labels", "calibration", "all"], default="all", help="what to build anew")
    parser.add_argument("--family", action="append", help="calibrate only this one anew; repeatable")
    chosen = parser.parse_args()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        parser.error("set OPENBLAS_NUM_THREADS=1: sums in another order round differently")
    folder: Path = chosen.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.json").write_bytes(label_file())
    (folder / "kinds.json").write_bytes(kind_file())
    (folder / "upright.npz").write_bytes(upright_views())
    if chosen.part == "all":
        (folder / "prototypes.npz").write_bytes(learned_prototypes(chosen.processes).to_bytes())
    # Questions are read with the labels that were just written.
    write_manifest(folder)
    if chosen.part != "labels":
        # What ships is in half precision, so that is what the calibration must see.
        rounded = prototypes.from_bytes((folder / "prototypes.npz").read_bytes())
        path = folder / "calibration.json"
        if chosen.family:
            known = msgspec.json.decode(path.read_bytes(), type=Calibration)
            path.write_bytes(pretty(with_curves(known, fitted_curves(rounded, chosen.family, chosen.processes))))
        else:
            path.write_bytes(pretty(calibrated(rounded, chosen.processes)))
    write_manifest(folder)


def label_file() -> bytes:
    """Every class with all its names."""
    rows = [
        labels.ClassLabels(
            each.key,
            distinct([each.en.singular, each.en.plural, *each.en.aliases]),
            distinct([each.zh.label, *each.zh.aliases]),
        )
        for each in every_drawing().classes
    ]
    lines = ",\n".join(msgspec.json.encode(row).decode() for row in rows)
    return f"[\n{lines}\n]\n".encode()


def kind_file() -> bytes:
    """Every kind of thing, with what belongs and what does not."""
    rows = []
    for each in CATEGORIES:
        parts = [[one.key for one in side] for side in each.split(every_drawing())]
        rows.append({"en": each.en, "zh": each.zh, "members": sorted(parts[0]), "strangers": sorted(parts[1])})
    lines = ",\n".join(msgspec.json.encode(row).decode() for row in rows)
    return f"[\n{lines}\n]\n".encode()


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names in order, each once."""
    return tuple(dict.fromkeys(names))


def write_manifest(folder: Path) -> None:
    """SHA-256 of every other file of the folder."""
    files = sorted(path for path in folder.iterdir() if path.suffix in {".json", ".npz", ".onnx"})
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.name != "manifest.json"
    }
    (folder / "manifest.json").write_bytes(pretty(bundled.Manifest(digests)))
    for path in files:
        print(f"{path.stat().st_size:>9}  {path.name}")


def pretty(value: object) -> bytes:
    """JSON for people."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


# --- drawing -------------------------------------------------------------------------------------


def chunks(use: str, family: str, count: int) -> list[Chunk]:
    """`count` pictures of every level."""
    return [
        Chunk(use, family, level, first, min(first + CHUNK, count))
        for level in LEVELS
        for first in range(0, count, CHUNK)
    ]


def stream(chunk: Chunk, number: int) -> np.random.Generator:
    """The stream of one picture, at its start."""
    return STREAMS.stream(chunk.use, chunk.family, chunk.level, number)


def drawn(chunk: Chunk, number: int) -> Challenge:
    """One picture of the chunk."""
    return _FAMILIES[chunk.family].draw(stream(chunk, number), chunk.level)


def one_thread() -> None:
    """Each process has a core of its own."""
    cv2.setNumThreads(1)


# --- prototypes ----------------------------------------------------------------------------------


def learned_prototypes(processes: int) -> Prototypes:
    """Fisher's space over all examples, and the prototypes in it."""
    jobs = [job for family in sorted(SCENES) for job in chunks("prototypes", family, PICTURES)]
    with multiprocessing.get_context("spawn").Pool(processes, one_thread) as pool:
        parts = list(pool.imap(examples, jobs))
    rows = np.concatenate([part[0] for part in parts])
    classes = np.concatenate([part[1] for part in parts])
    print(f"{len(rows)} examples, at least {np.bincount(classes).min()} of each class")
    centre = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    scale = rows.std(axis=0, dtype=np.float64).astype(np.float32) + np.float32(1e-3)
    projection = fisher(rows, classes, centre, scale).astype(np.float16).astype(np.float32)
    keys = tuple(each.key for each in every_drawing().classes)
    space = Prototypes(keys, centre, scale, projection, np.zeros((0, DIMENSIONS), dtype=np.float32))
    places = np.concatenate([space.embedded(block.astype(np.float32)) for block in blocks(rows)])
    points = [middles(places[classes == number], number) for number in range(len(keys))]
    return Prototypes(keys, centre, scale, projection, np.concatenate(points))


def blocks(rows: Rows) -> list[Rows]:
    """The rows in parts that fit into memory in single precision."""
    return np.array_split(rows, max(1, len(rows) // 10_000))


def fisher(rows: Rows, classes: Numbers, centre: Floats, scale: Floats) -> npt.NDArray[np.float64]:
    """(features, DIMENSIONS): directions that part the classes most, measured by the scatter within them."""
    counts = np.bincount(classes).astype(np.float64)
    sums = np.zeros((len(counts), rows.shape[1]))
    squares = np.zeros((rows.shape[1], rows.shape[1]))
    for block, own in zip(blocks(rows), np.array_split(classes, len(blocks(rows))), strict=True):
        moved = ((block.astype(np.float32) - centre) / scale).astype(np.float64)
        squares += moved.T @ moved
        np.add.at(sums, own, moved)
    means = sums / counts[:, None]
    within = (squares - (means * counts[:, None]).T @ means) / len(rows)
    within *= 1 - SHRINKAGE
    within += np.eye(len(within)) * SHRINKAGE * np.trace(within) / len(within)
    root = np.linalg.inv(np.linalg.cholesky(within))
    between = root @ means.T
    directions, _, _ = np.linalg.svd(between - between.mean(axis=1, keepdims=True), full_matrices=False)
    return np.asarray(root.T @ directions[:, :DIMENSIONS])


def middles(places: Floats, number: int) -> Floats:
    """k-means of the examples of one class."""
    chance = STREAMS.stream("middles", number)
    points = places[chance.choice(len(places), PER_CLASS, replace=False)]
    for _ in range(ROUNDS):
        nearest = ((places[:, None] - points[None]) ** 2).sum(axis=2).argmin(axis=1)
        for own in np.unique(nearest):
            points[own] = places[nearest == own].mean(axis=0)
    return points


def examples(chunk: Chunk) -> tuple[Rows, Numbers]:
    """(objects, features) and the class number of each, where it is clear which object is which."""
    numbers = {each.key: number for number, each in enumerate(every_drawing().classes)}
    rows, classes = [], []
    for number in range(chunk.first, chunk.last):
        for scene, content in SCENES[chunk.family](chunk, number):
            if len(scene.found) == len(content):
                rows.append(described([(scene.calm, scene.found)]).astype(np.float16))
                classes += [numbers[each.key] for each in content]
    return np.concatenate(rows), np.array(classes, dtype=np.int64)


Content = tuple[Scene, Sequence[ObjectClass]]


def odd_scenes(chunk: Chunk, number: int) -> list[Content]:
    """The scene with those objects that were found where one stands."""
    placed = odd_family.scene_of(stream(chunk, number), every_drawing(), chunk.level)
    scene = whole_scene(decode_picture(drawn(chunk, number).picture))
    found, content = [], []
    for each in scene.found:
        here = [one for one in placed if near(each, one.box)]
        if len(here) == 1:
            found.append(each)
            content.append(here[0].of)
    return [(Scene(scene.calm, found, scene.scale), content)]


def near(found: Found, box: Rectangle) -> bool:
    """Whether the middle of what was found is about that of the box."""
    x, y = found.centre
    return max(abs(x - box.x - box.width / 2), abs(y - box.y - box.height / 2)) < NEAR


def grid_scenes(chunk: Chunk, number: int) -> list[Content]:
    """Tile by tile, each with its objects from left to right."""
    contents = grid_family.scene_of(stream(chunk, number), every_drawing(), chunk.level).contents
    tiles = tile_scenes(decode_picture(drawn(chunk, number).picture)) or []
    for _, scene in tiles:
        scene.found.sort(key=lambda each: each.centre[0])
    return [(scene, content) for (_, scene), content in zip(tiles, contents, strict=False)]


SCENES: Final[dict[str, Callable[[Chunk, int], list[Content]]]] = {
    "odd_one_out": odd_scenes,
    "grid": grid_scenes,
}


# --- threshold and confidence --------------------------------------------------------------------


def calibrated(learned: Prototypes, processes: int) -> Calibration:
    """Chosen on pictures of their own, all levels alike."""
    curves = fitted_curves(learned, families_by_margin(Classical()), processes)
    with multiprocessing.get_context("spawn").Pool(processes, prepare, (learned.to_bytes(),)) as pool:
        threshold, curve = judged_tiles(tried_by(pool.imap, "grid", tried_grid))
    return with_curves(Calibration(curves={}, grid_threshold=threshold), {**curves, "grid": curve})


def fitted_curves(learned: Prototypes, families: Sequence[str], processes: int) -> dict[str, Curve]:
    """The confidence of families whose readings have a margin."""
    with multiprocessing.get_context("spawn").Pool(processes, prepare, (learned.to_bytes(),)) as pool:
        return {family: curve_of(family, tried_by(pool.imap, family, tried_reader)) for family in families}


def with_curves(known: Calibration, curves: dict[str, Curve]) -> Calibration:
    """The calibration with some curves anew, by family."""
    return msgspec.structs.replace(known, curves=dict(sorted({**known.curves, **curves}.items())))


def families_by_margin(recogniser: Classical | Network) -> list[str]:
    """The families whose confidence follows from a reading's margin alone."""
    return sorted(set(recogniser.readers) - {"grid"})


def curve_of(family: str, tried: list[Tried]) -> Curve:
    """The confidence of a family's readings."""
    right = [each.right for each in tried]
    print(f"{family}: {sum(right) / len(right):.3f} of {len(right)} readings right over all levels")
    return calibration.fitted([each.margin for each in tried], right, BINS)


def judged_tiles(tiles: list[Tried]) -> tuple[float, Curve]:
    """The threshold for the tiles of a grid, and the confidence that goes with it."""
    threshold = best_threshold(tiles)
    judged = [(grid.chosen(np.array(each.odds), threshold), each.wanted) for each in tiles]
    hits = [set(numbers) == set(wanted) for (numbers, _), wanted in judged]
    print(f"grid: {sum(hits) / len(hits):.3f} right over all levels at threshold {threshold}")
    return threshold, calibration.fitted([margin for (_, margin), _ in judged], hits, BINS)


def upright_views() -> bytes:
    """Every upright class in every style, unrolled as it stands."""
    pack = every_drawing()
    rolls = [
        upright_view(pack.sprite(each.key, style).pixels)
        for each in pack.classes
        if each.upright
        for style in pack.styles
    ]
    return turned.to_bytes(np.array(rolls, dtype=np.float32))


def upright_view(pixels: npt.NDArray[np.uint8]) -> Floats:
    """A sprite on light grey at the size of most discs."""
    alpha = pixels[:, :, 3:].astype(np.float32) / 255
    # What is seen through the shadow and through glass is neither light nor dark.
    shown = np.clip(pixels[:, :, :3] + (1 - alpha) * GREY, 0, 255).astype(np.uint8)
    scale = SPAN / max(pixels.shape[:2])
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    mask = cv2.resize((pixels[:, :, 3] > SOLID).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return turned.unrolled(np.asarray(cv2.resize(shown, size)), np.asarray(mask))


def tried_by(imap: Callable[..., object], family: str, each: Callable[[Chunk], list[Tried]]) -> list[Tried]:
    """All calibration pictures of a family."""
    parts = imap(each, chunks("calibration", family, CALIBRATION_PICTURES.get(family, FURTHER_PICTURES)))
    return [one for part in parts for one in part]  # type: ignore[attr-defined]


_PREPARED: list[Prototypes] = []


def prepare(archive: bytes) -> None:
    """Give a process of the pool its prototypes."""
    one_thread()
    _PREPARED[:] = [prototypes.from_bytes(archive)]


def tried_reader(chunk: Chunk) -> list[Tried]:
    """Every picture of the chunk that is understood."""
    reader = Classical(lambda: _PREPARED[0]).readers[chunk.family]
    readings = (tried_reading(reader, drawn(chunk, number)) for number in range(chunk.first, chunk.last))
    return [each for each in readings if each is not None]


def tried_reading(reader: Reader, challenge: Challenge) -> Tried | None:
    """What a reader says of one challenge; None if it does not understand it."""
    asked, family = parsed(challenge.prompt.en), _FAMILIES[challenge.family]
    read = None if asked is None else reader(decode_picture(challenge.picture), asked)
    if read is None:
        return None
    reply = reply_of(read.recognition(challenge.family, 0.0), challenge, family.replies_with)
    return Tried(read.margin, family.judge(challenge.answer, reply))


def tried_grid(chunk: Chunk) -> list[Tried]:
    """The log odds of every tile of every picture."""
    keys = _PREPARED[0].keys
    out = []
    for number in range(chunk.first, chunk.last):
        challenge = drawn(chunk, number)
        wanted = grid_family.scene_of(stream(chunk, number), every_drawing(), chunk.level).wanted
        tiles = tile_scenes(decode_picture(challenge.picture))
        if tiles is not None:
            odds = tile_odds([scene for _, scene in tiles], _PREPARED[0], keys.index(wanted.key))
            out.append(Tried(0.0, False, tuple(odds.tolist()), challenge.answer.tiles))
    return out


def best_threshold(tiles: list[Tried]) -> float:
    """The log odds above which to choose a tile, so that most whole replies are right."""
    candidates = np.arange(-16, 17) / 4

    def hits(threshold: float) -> int:
        return sum(set(grid.chosen(np.array(each.odds), threshold)[0]) == set(each.wanted) for each in tiles)

    counts = np.array([hits(float(each)) for each in candidates], dtype=np.float64)
    # Neighbours are averaged: a single lucky value is no better than the ones beside it.
    level = np.convolve(np.pad(counts, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return float(candidates[int(np.argmax(level))])


if __name__ == "__main__":
    main()
