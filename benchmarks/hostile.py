"""`python -m benchmarks.hostile`: images made to break or to exhaust whoever reads them, and what they cost."""

import argparse
import asyncio
import json
import struct
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.matching import DirectSource, Target, issue_all
from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.core.picture_thread import on_picture_thread
from captcha_range.core.pixels import Picture, PictureInvalid, decode_picture
from captcha_range.core.streams import Streams
from captcha_range.solver.identification import Identification

_PNG: Final = b"\x89PNG\r\n\x1a\n"
Make = Callable[[np.random.Generator, Picture], bytes]


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, depth: int, colour: int, *more: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return _PNG + header + b"".join(more) + chunk(b"IEND", b"")


def _riff(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def encoded(picture: object, ending: str, *options: int) -> bytes:
    """The picture as a file."""
    return cv2.imencode(ending, np.asarray(picture), options)[1].tobytes()


def _plain(stream: np.random.Generator, picture: Picture) -> bytes:
    ending = (".png", ".jpg", ".webp")[int(stream.integers(3))]
    return encoded(cv2.resize(picture, None, fx=0.7, fy=0.7), ending)


def huge_header(stream: np.random.Generator, picture: Picture) -> bytes:
    """Dimensions up to 2^31, in each format's own place."""
    width, height = (int(2 ** stream.uniform(10, 30.9)) for _ in range(2))
    if stream.random() < 0.5:
        return _png(width, height, 8, 2, chunk(b"IDAT", zlib.compress(b"\0" * 1_000)))
    jpeg = bytearray(encoded(picture, ".jpg"))
    place = jpeg.index(b"\xff\xc0") + 5
    jpeg[place : place + 4] = struct.pack(">HH", height % 65_535 + 1, width % 65_535 + 1)
    return bytes(jpeg)


def truncated(stream: np.random.Generator, picture: Picture) -> bytes:
    """A file that ends early."""
    data = _plain(stream, picture)
    return data[: int(len(data) * stream.random())]


def animated_png(stream: np.random.Generator, picture: Picture) -> bytes:
    """An APNG that promises a billion frames."""
    data = encoded(picture, ".png")
    return data[:33] + chunk(b"acTL", struct.pack(">II", 10**9, 0)) + data[33:]


def animated_webp(stream: np.random.Generator, picture: Picture) -> bytes:
    """A WebP of up to thirty frames."""
    height, width = picture.shape[:2]
    still = encoded(picture, ".webp", cv2.IMWRITE_WEBP_QUALITY, 30)[12:]
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    frame = _riff(b"ANMF", b"\0" * 6 + size + (40).to_bytes(3, "little") + b"\0" + still)
    frames = frame * int(stream.integers(1, 30))
    body = _riff(b"VP8X", b"\x02\0\0\0" + size) + _riff(b"ANIM", b"\0" * 6) + frames
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def four_inks(stream: np.random.Generator, picture: Picture) -> bytes:
    """A JPEG that claims four components, as CMYK has, with an Adobe marker."""
    data = encoded(picture, ".jpg")
    frame = data.index(b"\xff\xc0")
    table = data[frame + 10 : frame + 19] + b"\x04\x11\x01"
    head = b"\xff\xc0" + struct.pack(">H", 20) + data[frame + 4 : frame + 9] + b"\x04" + table
    adobe = b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0" + bytes([int(stream.integers(3))])
    scan = data.index(b"\xff\xda")
    inks = b"\xff\xda\x00\x0e\x04\x01\x00\x02\x11\x03\x11\x04\x00\x00\x3f\x00"
    return data[:2] + adobe + data[2:frame] + head + data[frame + 19 : scan] + inks + data[scan + 14 :]


def deep(stream: np.random.Generator, picture: Picture) -> bytes:
    """A PNG of 16 bits a channel."""
    return encoded(cv2.resize(picture, None, fx=0.5, fy=0.5).astype(np.uint16) * 257, ".png")


def palette(stream: np.random.Generator, picture: Picture) -> bytes:
    """A PNG with a palette that is too short for its pixels."""
    rows = b"".join(b"\0" + stream.bytes(200) for _ in range(150))
    colours = chunk(b"PLTE", stream.bytes(3 * int(stream.integers(1, 257))))
    return _png(200, 150, 8, 3, colours, chunk(b"IDAT", zlib.compress(rows)))


def transparent(stream: np.random.Generator, picture: Picture) -> bytes:
    """A PNG with an alpha channel of chance."""
    small = cv2.resize(picture, None, fx=0.5, fy=0.5)
    alpha = stream.integers(0, 256, small.shape[:2], dtype=np.uint8)
    return encoded(np.dstack([small, alpha]), ".png")


def turned(stream: np.random.Generator, picture: Picture) -> bytes:
    """A JPEG whose Exif says that it lies on its side, or something that no Exif may say."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, int(stream.integers(0, 12)), 0)
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + entry + b"\0" * 4
    data = encoded(picture, ".jpg")
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def bomb(stream: np.random.Generator, picture: Picture) -> bytes:
    """Few bytes that unpack to very many: pixels, text or a colour profile."""
    zeros = _packed_zeros()
    kind = int(stream.integers(4))
    if kind == 0:
        return _png(16, 16, 8, 2, chunk(b"IDAT", zeros))
    if kind == 1:
        return _png(2_000, 2_000, 8, 2, chunk(b"IDAT", zeros))
    note = chunk(b"zTXt", b"note\0\0" + zeros) if kind == 2 else chunk(b"iCCP", b"note\0\0" + zeros)
    data = encoded(cv2.resize(picture, None, fx=0.3, fy=0.3), ".png")
    return data[:33] + note + data[33:]


@cache
def _packed_zeros() -> bytes:
    """Forty megabytes of zeros, packed without ever holding them: the maker's own memory must not count."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(40)) + packer.flush()


def largest(stream: np.random.Generator, picture: Picture) -> bytes:
    """Just below the limit of pixels, in any form from a strip to a square."""
    width = int(2 ** stream.uniform(8, 13))
    ending = (".png", ".jpg", ".webp")[int(stream.integers(3))]
    return encoded(np.full((4_000_000 // width, width, 3), 7, dtype=np.uint8), ending)


def mutated(stream: np.random.Generator, picture: Picture) -> bytes:
    """A file with bytes changed, cut out and repeated."""
    data = bytearray(_plain(stream, picture))
    for _ in range(int(stream.integers(1, 12))):
        place, length = int(stream.integers(len(data))), int(stream.integers(1, 200))
        change = int(stream.integers(3))
        if change == 0:
            data[place : place + 4] = stream.bytes(4)
        elif change == 1:
            del data[place : place + length]
        else:
            data[place:place] = data[place : place + length]
        data = data or bytearray(b"\0")
    return bytes(data)


def strips(stream: np.random.Generator, picture: Picture) -> bytes:
    """A picture of very few rows or columns."""
    thin = cv2.resize(picture, (int(stream.integers(1, 4)), int(stream.integers(1, 3_000))))
    return encoded(thin if stream.random() < 0.5 else thin.transpose(1, 0, 2), ".png")


MAKERS: Final[tuple[Make, ...]] = (
    huge_header,
    truncated,
    animated_png,
    animated_webp,
    four_inks,
    deep,
    palette,
    transparent,
    turned,
    bomb,
    largest,
    strips,
    mutated,
    mutated,
    mutated,
)


async def attack(target: Target, maker: Pool, count: int) -> dict[str, object]:
    """What became of `count` hostile images, half of them made from issued pictures; times, and memory in MiB.

    They are made in another process, whose memory does not count here.
    """
    identification, issued = Identification(DirectSource(target.provider)), [each.picture for each in target.records]
    await identification.identify(decode_picture(issued[0])[:-3, :-3])
    outcomes: Counter[str] = Counter()
    refusals: list[float] = []
    before = _reset_peak()
    for number in range(count):
        own = issued[number % len(issued)] if number // len(MAKERS) % 2 == 0 else None
        data = maker.apply(hostile_image, (number, own))
        began = time.perf_counter()
        try:
            sent = await on_picture_thread(decode_picture, data)
            outcome = "not issued" if await identification.identify(sent) is None else "issued"
        except PictureInvalid:
            outcome = "invalid"
            refusals.append((time.perf_counter() - began) * 1_000)
        outcomes[f"{outcome}, {'own' if own else 'foreign'} picture"] += 1
    p99 = float(np.percentile(refusals, 99)) if refusals else 0.0
    return {
        "outcomes": dict(sorted(outcomes.items())),
        "invalid_p99_ms": round(p99, 1),
        "grown_mib": _memory("VmHWM") - before,
    }


def hostile_image(number: int, own: bytes | None) -> bytes:
    """Hostile image `number`, made from an issued picture or from another range's."""
    streams = Streams(b"hostile")
    base = decode_picture(own) if own else _foreign(streams, number)
    return MAKERS[number % len(MAKERS)](streams.stream("make", number), base)


def _foreign(streams: Streams, number: int) -> Picture:
    family = list(FAMILIES.values())[number % len(FAMILIES)]
    return decode_picture(family.draw(streams.stream("foreign", number), 1 + number % 5).picture)


def _memory(line: str) -> int:
    """What the kernel says of this process, in MiB: VmRSS is now, VmHWM the most since the mark was reset."""
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(each for each in status if each.startswith(f"{line}:")).split()[1]) // 1_024


def _reset_peak() -> int:
    """Begin to watch the peak anew; what is held now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def main(arguments: Sequence[str] | None = None) -> None:
    """Attack and print the outcome as one line of JSON; any other error than a refusal ends with its trace."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="hostile images (default: 10000)")
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(_attacked(Path(folder), asked.count))))


async def _attacked(folder: Path, count: int) -> dict[str, object]:
    target = await issue_all(folder, "hostile", 1)
    try:
        with get_context("spawn").Pool(1) as maker:
            return await attack(target, maker, count)
    finally:
        target.provider.close()


if __name__ == "__main__":
    main()
