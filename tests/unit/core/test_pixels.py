"""Pictures: checked before they are decoded, and named by their pixels."""

import struct
import time
import tracemalloc
import zlib
from typing import cast

import cv2
import numpy as np
import pytest

from captcha_range.core.pixels import (
    MAX_BYTES,
    MAX_PIXELS,
    MAX_SCANS,
    Picture,
    PictureInvalid,
    decode_picture,
    pixel_digest,
)
from captcha_range.core.streams import Streams

FORMATS = [".png", ".jpg", ".webp"]


def noise(width: int = 60, height: int = 40) -> Picture:
    return Streams(b"pixels").stream(width, height).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(picture: Picture, ending: str, *options: int) -> bytes:
    done, data = cv2.imencode(ending, picture, options)
    assert done
    return data.tobytes()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    return png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def after_jfif(jpeg: bytes, inserted: bytes) -> bytes:
    """A JPEG with something put in after its first segment."""
    end = 4 + int.from_bytes(jpeg[4:6], "big")
    return jpeg[:end] + inserted + jpeg[end:]


@pytest.mark.parametrize("ending", FORMATS)
def test_a_picture_is_decoded_to_its_height_width_and_colours(ending: str) -> None:
    picture = decode_picture(encoded(noise(), ending))
    assert picture.shape == (40, 60, 3)
    assert picture.dtype == np.uint8


def test_a_lossless_picture_keeps_its_pixels() -> None:
    assert np.array_equal(decode_picture(encoded(noise(), ".png")), noise())
    assert np.array_equal(decode_picture(encoded(noise(), ".webp", cv2.IMWRITE_WEBP_QUALITY, 101)), noise())


@pytest.mark.parametrize("channels", [1, 4])
def test_grey_and_transparent_pictures_get_three_colours(channels: int) -> None:
    drawn = cast("Picture", np.full((4, 5, channels), 200, dtype=np.uint8))
    assert decode_picture(encoded(drawn, ".png")).shape == (4, 5, 3)


def test_the_digest_of_a_jpeg_is_that_of_its_lossless_copies() -> None:
    jpeg = decode_picture(encoded(noise(), ".jpg"))
    expected = pixel_digest(jpeg)
    assert pixel_digest(decode_picture(encoded(jpeg, ".png"))) == expected
    assert pixel_digest(decode_picture(encoded(jpeg, ".png", cv2.IMWRITE_PNG_COMPRESSION, 9))) == expected
    assert pixel_digest(decode_picture(encoded(jpeg, ".webp", cv2.IMWRITE_WEBP_QUALITY, 101))) == expected


def test_the_digest_changes_with_one_bit_and_with_the_shape() -> None:
    picture = noise()
    changed = picture.copy()
    changed[3, 4, 1] ^= 1
    digests = {pixel_digest(each) for each in (picture, changed, picture.reshape(60, 40, 3), picture[:, :-1])}
    assert len(digests) == 4


def test_the_digest_does_not_depend_on_how_the_picture_lies_in_memory() -> None:
    assert pixel_digest(np.asfortranarray(noise())) == pixel_digest(noise())


REFUSED = {
    "nothing": b"",
    "one byte": b"\x89",
    "text": b"not a picture",
    "a GIF": b"GIF89a"
    + struct.pack("<HH", 1, 1)
    + b"\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
    "a BMP": encoded(noise(), ".bmp"),
    "a TIFF": encoded(noise(), ".tiff"),
    "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "a WAV": b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\0" * 40,
    "only a PNG's signature": b"\x89PNG\r\n\x1a\n",
    "only a JPEG's start": b"\xff\xd8\xff",
    "only a RIFF": b"RIFF",
    "a PNG without pixels": b"\x89PNG\r\n\x1a\n" + png_header(0, 0),
    "a PNG without data": b"\x89PNG\r\n\x1a\n" + png_header(9, 9) + png_chunk(b"IEND", b""),
    "a PNG after a space": b" " + encoded(noise(), ".png"),
    "too many bytes": encoded(noise(), ".png") + b"\0" * MAX_BYTES,
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_picture_is_refused(kind: str) -> None:
    with pytest.raises(PictureInvalid):
        decode_picture(REFUSED[kind])


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_picture_that_was_cut_off_is_refused(ending: str, share: float) -> None:
    data = encoded(noise(200, 200), ending)
    with pytest.raises(PictureInvalid):
        decode_picture(data[: int(len(data) * share)])


@pytest.mark.parametrize("ending", FORMATS)
def test_a_picture_of_the_largest_size_is_decoded_and_one_row_more_is_not(ending: str) -> None:
    black = cast("Picture", np.zeros((2_000, 2_001, 3), dtype=np.uint8))
    assert decode_picture(encoded(black[:, :2_000], ending)).shape[0] * 2_000 == MAX_PIXELS
    with pytest.raises(PictureInvalid, match="between 1 and 4000000 pixels"):
        decode_picture(encoded(black, ending))


def bombs() -> dict[str, bytes]:
    """Pictures that cost far more to decode than to send, some with a header that hides it."""
    black = cast("Picture", np.zeros((3_000, 3_000, 3), dtype=np.uint8))
    png, jpeg = encoded(black, ".png"), encoded(black, ".jpg")
    webp = encoded(black, ".webp", cv2.IMWRITE_WEBP_QUALITY, 50)
    canvas = b"VP8X\x0a\0\0\0" + b"\0\0\0\0" + (15).to_bytes(3, "little") * 2
    lying = canvas + webp[12:]
    return {
        "a black PNG": png,
        "a black JPEG": jpeg,
        "a black WebP": webp,
        "a PNG with another header before its own": png[:8] + png_header(16, 16) + png[8:],
        "a PNG with another header after its own": png[:33] + png_header(16, 16) + png[33:],
        "a PNG of the largest size there is": png[:8] + png_header(2**31 - 1, 2**31 - 1) + png[33:],
        "a JPEG with a false frame header between segments": after_jfif(
            jpeg, b"\xc0\x00\x11\x08\x00\x10\x00\x10" + b"\0" * 11
        ),
        "a JPEG with a false frame header in a comment": after_jfif(
            jpeg, b"\xff\xfe\x00\x15\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x03" + b"\0" * 8
        ),
        "a JPEG with a small frame before its own": after_jfif(
            jpeg, b"\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
        ),
        "a WebP with a small canvas": b"RIFF" + struct.pack("<I", len(lying) + 4) + b"WEBP" + lying,
    }


@pytest.mark.parametrize("kind", bombs())
def test_a_bomb_is_refused(kind: str) -> None:
    with pytest.raises(PictureInvalid):
        decode_picture(bombs()[kind])


def test_a_large_picture_is_refused_from_its_header_without_being_decoded() -> None:
    data = encoded(cast("Picture", np.zeros((8_000, 8_000, 3), dtype=np.uint8)), ".png")
    tracemalloc.start()
    with pytest.raises(PictureInvalid):
        decode_picture(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 1024 * 1024


def with_scans(count: int) -> bytes:
    """A progressive JPEG that repeats its last scan until it has `count`; each repeats the decoder's work."""
    grey = cast("Picture", np.full((1_500, 1_500, 3), 128, dtype=np.uint8))
    jpeg = encoded(grey, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + scan * (count - jpeg.count(b"\xff\xda")) + jpeg[-2:]


def test_a_progressive_jpeg_is_decoded() -> None:
    assert decode_picture(with_scans(10)).shape == (1_500, 1_500, 3)


def test_a_jpeg_that_repeats_its_scans_is_refused_at_once() -> None:
    data = with_scans(20_000)
    assert len(data) < MAX_BYTES
    began = time.process_time()
    with pytest.raises(PictureInvalid, match=f"more than {MAX_SCANS} scans"):
        decode_picture(data)
    assert time.process_time() - began < 1


def test_the_message_does_not_repeat_the_picture() -> None:
    with pytest.raises(PictureInvalid) as caught:
        decode_picture(b"sesame")
    assert "sesame" not in str(caught.value)
