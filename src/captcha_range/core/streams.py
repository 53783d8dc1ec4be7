"""Chance that can be replayed: one key, and a stream of random numbers for every name under it."""

import hashlib
from typing import TYPE_CHECKING

from captcha_range.core.late import late

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
else:
    np = late("numpy")


class Streams:
    """Named random streams from one key.

    The seed of a stream is a keyed hash of its name, so that the streams of two names are unrelated,
    the same name always gives the same numbers, and nobody without the key can foresee them.
    """

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.blake2b(key, digest_size=32).digest()

    def stream(self, *name: str | int) -> "np.random.Generator":
        """A fresh generator at the start of the stream `name`."""
        words: npt.NDArray[np.uint32] = np.frombuffer(self._seed(name), dtype=np.uint32)
        return np.random.Generator(np.random.PCG64(words))

    def _seed(self, name: tuple[str | int, ...]) -> bytes:
        # Lengths keep ("ab", "c") and ("a", "bc") apart; types keep 1 and "1" apart.
        parts = [f"{type(part).__name__}:{len(str(part))}:{part}" for part in name]
        return hashlib.blake2b("/".join(parts).encode(), key=self._key, digest_size=32).digest()
