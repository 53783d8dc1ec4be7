"""Joining repeated requests: a client that posts the same order again while it runs waits for the same task."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from captcha_range.core.clock import Clock
from captcha_range.solver.tasks import TERMINAL, Task

JOINABLE = 120.0
"""Seconds from the first request; the token that it may have earned lives no longer (spec/provider §4)."""

_Key = tuple[str, bytes]


class Joins:
    """Orders that run now, by account and body."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._running: dict[_Key, tuple[float, asyncio.Future[Task]]] = {}

    async def submit(self, account: str, body: bytes, submit: Callable[[], Awaitable[Task]]) -> Task:
        """The task of the first such request; only that one calls `submit`."""
        self._forget_old()
        key = _key(account, body)
        if key not in self._running:
            self._running[key] = (self._clock.elapsed(), asyncio.ensure_future(submit()))
        future = self._running[key][1]
        try:
            return await asyncio.shield(future)
        except Exception:
            self._running.pop(key, None)
            raise

    def note(self, account: str, body: bytes, task: Task) -> None:
        """A waiter saw the task like this; once it has ended, the same order starts anew."""
        if task.state not in TERMINAL:
            return
        _, future = self._running.get(_key(account, body), (0.0, None))
        # Another waiter may have noted it before, and a new order may run since.
        if future is not None and future.done() and future.result().number == task.number:
            del self._running[_key(account, body)]

    def _forget_old(self) -> None:
        now = self._clock.elapsed()
        for key in [key for key, (at, _) in self._running.items() if now - at > JOINABLE]:
            del self._running[key]


def _key(account: str, body: bytes) -> _Key:
    return account, hashlib.sha256(body).digest()
