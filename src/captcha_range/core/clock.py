"""The only source of time. Everything that asks "what time is it?" is handed one of these clocks."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What the planes need of time; both values are seconds."""

    def now(self) -> float:
        """Unix time. Never goes backwards within one clock."""
        ...

    def elapsed(self) -> float:
        """A counter for measuring durations; only differences mean anything."""
        ...


class MovableClock(Clock, Protocol):
    """A clock that its operator can move forwards."""

    def advance(self, seconds: float) -> None:
        """Move the clock forwards; a negative or non-finite value is a ValueError."""
        ...


class SystemClock:
    """Wall time that never runs backwards or stands still, and can be moved forwards.

    A wall clock that is set back must not give tokens a longer life. So `now` is the wall clock's reading, or what
    has passed by the steady counter since the latest one, whichever is more: it follows a wall clock that is set
    forwards, and goes on at its pace when that is set back. `advance` is how a test lets 120 seconds pass in none.
    """

    def __init__(self) -> None:
        self._ahead = 0.0
        self._followed, self._followed_at = 0.0, time.monotonic()
        self._latest = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        # In this order: a pause between the two makes the steady time late, never early.
        wall, counter = time.time() + self._ahead, time.monotonic()
        with self._lock:  # the event loop and the store's writer both ask
            if wall > self._followed + (counter - self._followed_at):
                self._followed, self._followed_at = wall, counter
            self._latest = max(self._latest, self._followed + (counter - self._followed_at))
            return self._latest

    def elapsed(self) -> float:
        return time.perf_counter()

    def advance(self, seconds: float) -> None:
        """Move the clock forwards; a negative or non-finite value is a ValueError."""
        with self._lock:
            self._ahead += _forwards(seconds)
            self._followed += seconds


class StillClock:
    """A clock for tests that stands still until it is advanced."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def elapsed(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forwards; a negative or non-finite value is a ValueError."""
        self._now += _forwards(seconds)


def _forwards(seconds: float) -> float:
    if not 0 <= seconds < float("inf"):
        raise ValueError("a clock only moves forwards, by a finite number of seconds")
    return seconds
