"""Leases: what a worker gets of a task, and where it gets it from."""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Protocol, Self

import msgspec

from captcha_range.core.errors import RangeError
from captcha_range.solver.effort import Effort
from captcha_range.solver.orders import Solution, TokenOrder

_ID = re.compile(r"([1-9][0-9]{0,17})\.([1-9][0-9]{0,8})", re.ASCII)


class LeaseLost(RangeError):
    """The lease is not held (any more): the task has ended, was given back, or another worker has it. Leave it."""

    code = "lease_lost"


class LeaseId(msgspec.Struct, frozen=True):
    """A task's number, and which of its attempts this is."""

    number: int
    attempt: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id in a URL, such as `17.1`. LeaseLost for what never was one."""
        found = _ID.fullmatch(text)
        if found is None:
            raise LeaseLost
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}.{self.attempt}"


class Lease(LeaseId, frozen=True):
    """A worker's hold on a task: it lasts `seconds`, and the task's own time is over in `left` seconds."""

    task: str
    order: TokenOrder
    seconds: float
    left: float

    def __str__(self) -> str:
        return f"{self.number}.{self.attempt}"


class Stop:
    """A worker's wish to get no more tasks, heard by whoever looks for some on its behalf."""

    def __init__(self) -> None:
        self.called = False
        self._ears: set[Callable[[], None]] = set()

    def call(self) -> None:
        self.called = True
        for hear in list(self._ears):
            hear()

    @contextlib.contextmanager
    def heard_by(self, hear: Callable[[], None]) -> Iterator[None]:
        """Call `hear` when the wish is there, at once if it is there already."""
        self._ears.add(hear)
        try:
            if self.called:
                hear()
            yield
        finally:
            self._ears.discard(hear)


class TaskSource(Protocol):
    """Where workers get tasks: the queue in their own process, or a solver elsewhere."""

    async def take(self, limit: int, stop: Stop) -> list[Lease]:
        """Up to `limit` leases once there are tasks; none when it took too long, or soon after `stop`."""
        ...

    async def lost(self, lease: Lease) -> None:
        """Return once the lease is lost: cancelled, over, or another worker's."""
        ...

    async def finish(self, lease: Lease, outcome: Solution | str, effort: Effort | None) -> bool:
        """End the task with a solution or a failure code; False if the lease was lost meanwhile."""
        ...

    async def release(self, lease: Lease) -> bool:
        """Give the task back; False if the lease was lost meanwhile."""
        ...
