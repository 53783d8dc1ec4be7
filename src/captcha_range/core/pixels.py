"""Pictures as both planes meet them: checked before they are decoded, and named by the digest of their pixels."""

import hashlib
import io
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from captcha_range.core.errors import RangeError
from captcha_range.core.late import late

if TYPE_CHECKING:
    import cv2
    import imagesize
    import numpy as np
    import numpy.typing as npt

    Picture: TypeAlias = npt.NDArray[np.uint8]
else:
    cv2, imagesize, np = late("cv2"), late("imagesize"), late("numpy")
    Picture = Any

MAX_BYTES = 512 * 1024
MAX_PIXELS = 4_000_000
MAX_SCANS = 32
"""Of a progressive JPEG: each makes the decoder go over every pixel again, and costs the sender 14 bytes."""
_JPEG = b"\xff\xd8\xff"
_WEBP_FLAGS = 20
_WEBP_ANIMATED = 2
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", _JPEG, b"RIFF")


class PictureInvalid(RangeError):
    """A picture must be a PNG, JPEG or WebP of at most 512 KiB and 4 megapixels."""

    code = "picture_invalid"


def decode_picture(data: bytes) -> Picture:
    """The picture as (height, width, 3) BGR bytes. PictureInvalid, from its header alone where that suffices."""
    if len(data) > MAX_BYTES:
        raise PictureInvalid(f"the image is larger than {MAX_BYTES} bytes")
    if not data.startswith(_SIGNATURES):
        raise PictureInvalid("the image is not a PNG, JPEG or WebP")
    width, height = _size_by_header(data)
    if width < 1 or height < 1 or width * height > MAX_PIXELS:
        raise PictureInvalid(f"the image must have between 1 and {MAX_PIXELS} pixels")
    if data.startswith(_JPEG) and data.count(b"\xff\xda") > MAX_SCANS:
        raise PictureInvalid(f"the JPEG has more than {MAX_SCANS} scans")
    if _is_animated(data):
        raise PictureInvalid("the image is animated; send one frame")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        picture = None
    if picture is None:
        raise PictureInvalid("the image is damaged: it could not be decoded")
    return cast("Picture", picture)


def pixel_digest(picture: Picture) -> bytes:
    """SHA-256 of the picture's size and pixels: the same for a JPEG and a lossless copy of what it decodes to."""
    height, width = picture.shape[:2]
    digest = hashlib.sha256(b"%d x %d " % (width, height))
    # Not a copy of the pixels where they lie in order already: twelve megabytes at most.
    digest.update(np.ascontiguousarray(picture).data)
    return digest.digest()


def _is_animated(data: bytes) -> bool:
    """An APNG's control chunk before its pixels, or an extended WebP's flag."""
    if data.startswith(b"RIFF"):
        return data[12:16] == b"VP8X" and len(data) > _WEBP_FLAGS and bool(data[_WEBP_FLAGS] & _WEBP_ANIMATED)
    return data.startswith(b"\x89PNG") and b"acTL" in data[: max(0, data.find(b"IDAT"))]


def _size_by_header(data: bytes) -> tuple[int, int]:
    try:
        width, height = imagesize.get(io.BytesIO(data))
    except Exception as error:
        raise PictureInvalid("the image is damaged: its header could not be read") from error
    return width, height
