"""How the pictures look that can still be answered, in memory: a scan over a million takes milliseconds."""

from typing import TYPE_CHECKING, Final, NamedTuple

from captcha_range.core.clock import Clock
from captcha_range.core.late import late
from captcha_range.core.perceptual_hash import MAYBE, words_of
from captcha_range.core.sqlite import Database

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
else:
    np = late("numpy")

MOST: Final = 4
"""Candidates of one search: the issued picture is nearest, or is not there."""
_WORDS: Final = 4
_FIRST_CAPACITY: Final = 1_024

_LOAD = """
SELECT challenge, likeness, expires_at FROM issued
WHERE likeness IS NOT NULL AND expires_at > ? ORDER BY expires_at
"""


class Candidate(NamedTuple):
    """A challenge whose picture may be the one, and in how many of 256 bits it differs."""

    challenge: str
    distance: int


class Likenesses:
    """The unexpired hashes, in the order of their expiry. Used in the event loop's thread only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._clock = clock
        self._challenges: list[str] = []
        # Room is made with the first picture. One row a word and one column a picture: the scan runs along memory.
        self._capacity = 0
        self._hashes: npt.NDArray[np.uint64]
        self._expiries: npt.NDArray[np.float64]
        for row in database.read(lambda connection: connection.execute(_LOAD, (clock.now(),)).fetchall()):
            self.add(row["challenge"], row["likeness"], row["expires_at"])

    def __len__(self) -> int:
        return len(self._challenges)

    def add(self, challenge: str, likeness: bytes, expires_at: float) -> None:
        """Remember a picture that was issued just now."""
        words = words_of(likeness)
        if len(self._challenges) == self._capacity:
            self._make_room()
        place = len(self._challenges)
        self._challenges.append(challenge)
        self._hashes[:, place] = words
        self._expiries[place] = expires_at

    def search(self, likeness: bytes) -> list[Candidate]:
        """The nearest few within `MAYBE`, nearest first. ValueError for what is no hash."""
        words = words_of(likeness)
        used = len(self._challenges)
        if not used:
            return []
        apart = np.zeros(used, dtype=np.uint16)
        for row, word in zip(self._hashes[:, :used], words, strict=True):
            apart += np.bitwise_count(row ^ word)
        near = np.flatnonzero((apart <= MAYBE) & (self._expiries[:used] > self._clock.now()))
        order = np.argsort(apart[near], kind="stable")[:MOST]
        return [Candidate(self._challenges[place], int(apart[place])) for place in near[order]]

    def _make_room(self) -> None:
        """Drop what has expired, and double the arrays when more than half is still alive."""
        if not self._capacity:
            self._take_room(_FIRST_CAPACITY)
            return
        alive = np.flatnonzero(self._expiries > self._clock.now())
        hashes, expiries = self._hashes[:, alive], self._expiries[alive]
        self._take_room(self._capacity * (2 if 2 * len(alive) > self._capacity else 1))
        self._hashes[:, : len(alive)] = hashes
        self._expiries[: len(alive)] = expiries
        self._challenges = [self._challenges[place] for place in alive]

    def _take_room(self, capacity: int) -> None:
        self._capacity = capacity
        self._hashes = np.empty((_WORDS, capacity), dtype=np.uint64)
        self._expiries = np.empty(capacity, dtype=np.float64)
