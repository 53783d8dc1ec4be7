"""A hash of how a picture looks: close for copies that were scaled or compressed again, far for other pictures."""

from typing import TYPE_CHECKING, Final

from captcha_range.core.late import late
from captcha_range.core.pixels import Picture

if TYPE_CHECKING:
    import cv2
    import numpy as np
    import numpy.typing as npt
else:
    cv2, np = late("cv2"), late("numpy")

HASH_BYTES: Final = 32
MAYBE: Final = 95
"""Bits of 256: a picture further away is another one; unrelated pictures lie about 128 apart."""
_SIDE: Final = 32
_KEPT: Final = 16


def perceptual_hash(picture: Picture) -> bytes:
    """256 bits: which of the lowest spatial frequencies are stronger than their median, whatever the size."""
    # Shrunk in colour first: turning four megapixels grey would cost more than all the rest.
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    lightness = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    strength = cv2.dct(lightness)[:_KEPT, :_KEPT]
    return np.packbits(strength > np.median(strength)).tobytes()


def words_of(hashed: bytes) -> "npt.NDArray[np.uint64]":
    """A hash as four words. ValueError for any other length."""
    if len(hashed) != HASH_BYTES:
        raise ValueError(f"a perceptual hash has {HASH_BYTES} bytes")
    return np.frombuffer(hashed, dtype=np.uint64)


def distance(one: bytes, other: bytes) -> int:
    """In how many of the 256 bits two hashes differ."""
    return int(np.bitwise_count(words_of(one) ^ words_of(other)).sum())
