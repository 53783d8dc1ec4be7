"""Runs operations and records them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from captcha_range.core.clock import StillClock
from captcha_range.core.sqlite import StoreUnavailable
from tests.histories.records import History, Kind, Span, TaskOperation, Verification

T = TypeVar("T")


class Recorder:
    """One history, its clock, and how many operations it shall have."""

    def __init__(self, clock: StillClock, operations: int) -> None:
        self.clock = clock
        self.history = History()
        self.wanted = operations
        self.done = 0
        self._tick = 0

    @property
    def going_on(self) -> bool:
        """Whether more operations are wanted."""
        return self.done < self.wanted

    async def reach(self, done: int) -> None:
        """Wait until so many operations are done, or no more are wanted."""
        while self.going_on and self.done < done:  # noqa: ASYNC110 - an event would be set a million times
            await asyncio.sleep(0)

    async def spanned(self, operation: Awaitable[T]) -> tuple[T | None, Span]:
        """An operation's result, None if the store did not answer, and when it ran."""
        invoked, clock_invoked = self._next(), self.clock.now()
        try:
            result = await operation
        except StoreUnavailable:
            self.history.faults["store unavailable"] += 1
            result = None
        return result, Span(invoked, self._next(), clock_invoked, self.clock.now())

    def at_once(self, operation: Callable[[], T]) -> tuple[T, Span]:
        """The same for an operation that does not wait."""
        invoked, clock = self._next(), self.clock.now()
        return operation(), Span(invoked, self._next(), clock, clock)

    def note_minted(self, digest: bytes, issued_at: float) -> None:
        self.done += 1
        self.history.issued_at[digest] = issued_at

    def note_verification(self, digest: bytes, span: Span, told: str) -> None:
        self.done += 1
        self.history.verifications.setdefault(digest, []).append(Verification(span, told))

    def note(self, task: int, kind: Kind, span: Span, told: str = "", attempt: int = 0) -> None:
        self.done += 1
        self.history.tasks.setdefault(task, []).append(TaskOperation(kind, span, told, attempt))

    def _next(self) -> int:
        self._tick += 1
        return self._tick
