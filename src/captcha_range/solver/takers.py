"""Takers: the workers that wait for tasks, the longest waiting first."""

import asyncio
import contextlib
from collections.abc import Iterator

from captcha_range.solver.leases import Stop


class Taker:
    """One who waits for up to `limit` tasks; `news` says that it is worth looking, or that its wait is over."""

    def __init__(self, limit: int, *, apart: bool) -> None:
        self.limit = limit
        self.apart = apart
        self.news = asyncio.Event()
        self.is_over = False

    def end(self) -> None:
        self.is_over = True
        self.news.set()


class Takers:
    """Everybody who waits."""

    def __init__(self) -> None:
        self._waiting: dict[Taker, None] = {}  # in order, and left from anywhere

    @contextlib.contextmanager
    def waiting(self, limit: int, stop: Stop, seconds: float | None, *, apart: bool) -> Iterator[Taker]:
        """Somebody who waits until `stop`, or for `seconds` (None: for ever)."""
        taker = Taker(limit, apart=apart)
        timer = None if seconds is None else asyncio.get_running_loop().call_later(seconds, taker.end)
        self._waiting[taker] = None
        try:
            with stop.heard_by(taker.end):
                yield taker
        finally:
            if timer is not None:
                timer.cancel()
            del self._waiting[taker]
            # What woke this one may have been meant for more than it could take.
            self.rouse()

    def rouse(self) -> None:
        """Let the one who has waited longest look, and who was roused already look again."""
        for taker in self._waiting:
            taker.news.set()
            return

    def end_all(self) -> None:
        """Nobody waits any longer."""
        for taker in self._waiting:
            taker.end()

    def places_apart(self) -> int:
        """How many tasks those in other processes would take."""
        return sum(taker.limit for taker in self._waiting if taker.apart)
