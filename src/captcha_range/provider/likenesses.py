"""How the pictures look that can still be answered, in memory: a scan over a million takes milliseconds."""

from typing import Final, NamedTuple

import numpy as np

from captcha_range.core.clock import Clock
from captcha_range.core.perceptual_hash import MAYBE, words_of
from captcha_range.core.sqlite import Database

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
        # One row a word and one column a picture: the scan runs along memory.
        self._hashes = np.empty((_WORDS, _FIRST_CAPACITY), dtype=np.uint64)
        self._expiries = np.empty(_FIRST_CAPACITY, dtype=np.float64)
        for row in database.read(lambda connection: connection.execute(_LOAD, (clock.now(),)).fetchall()):
            self.add(row["challenge"], row["likeness"], row["expires_at"])

    def __len__(self) -> int:
        return len(self._challenges)

    def add(self, challenge: str, likeness: bytes, expires_at: float) -> None:
        """Remember a picture that was issued just now."""
        words = words_of(likeness)
        if len(self._challenges) == len(self._expiries):
            self._make_room()
        place = len(self._challenges)
        self._challenges.append(challenge)
        self._hashes[:, place] = words
        self._expiries[place] = expires_at

    def search(self, likeness: bytes) -> list[Candidate]:
        """The nearest few within `MAYBE`, nearest first. ValueError for what is no hash."""
        words = words_of(likeness)
        used = len(self._challenges)
        apart = np.zeros(used, dtype=np.uint16)
        for row, word in zip(self._hashes[:, :used], words, strict=True):
            apart += np.bitwise_count(row ^ word)
        near = np.flatnonzero((apart <= MAYBE) & (self._expiries[:used] > self._clock.now()))
        order = np.argsort(apart[near], kind="stable")[:MOST]
        return [Candidate(self._challenges[place], int(apart[place])) for place in near[order]]

    def _make_room(self) -> None:
        """Drop what has expired, and double the arrays when more than half is still alive."""
        alive = np.flatnonzero(self._expiries > self._clock.now())
        capacity = len(self._expiries) * (2 if 2 * len(alive) > len(self._expiries) else 1)
        hashes = np.empty((_WORDS, capacity), dtype=np.uint64)
        expiries = np.empty(capacity, dtype=np.float64)
        hashes[:, : len(alive)] = self._hashes[:, alive]
        expiries[: len(alive)] = self._expiries[alive]
        self._hashes, self._expiries = hashes, expiries
        self._challenges = [self._challenges[place] for place in alive]
