"""The queue: hands tasks to workers, here and in other processes, and tells who waits when one has ended."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from captcha_range.core.clock import Clock
from captcha_range.solver.effort import Effort
from captcha_range.solver.feed import Feed
from captcha_range.solver.leases import Lease, Stop
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.takers import Takers
from captcha_range.solver.tasks import HERE, LEASE, TERMINAL, Held, Task, Tasks
from captcha_range.solver.terms import PLAIN, Terms

SWEEP = 1.0
"""Seconds between looks for tasks whose time or lease ran out, when nothing else wakes the queue."""

_log = logging.getLogger(__name__)


class Queue:
    """Where tasks wait. The truth is in the task table; what is kept here only saves waiting."""

    def __init__(
        self,
        tasks: Tasks,
        clock: Clock,
        *,
        feed: Feed | None = None,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        """`feed` is told of every change of a task, `on_end` is called after each end."""
        self._tasks = tasks
        self._clock = clock
        self._feed = feed or Feed()
        self._on_end = on_end
        self._takers = Takers()
        self._wake = asyncio.Event()
        self._ended: dict[int, asyncio.Event] = {}
        self._loop: asyncio.Task[None] | None = None
        self._closed = False
        self._swept_at = float("-inf")

    async def start(self) -> None:
        """Give back what an earlier process left, and look after deadlines."""
        await self._tasks.release_own()
        self._loop = asyncio.create_task(self._sweep())

    def close(self) -> None:
        """Hand out nothing any more, and answer everybody who waits with what there is."""
        self._closed = True
        self._takers.end_all()
        self._feed.close()
        for ended in self._ended.values():
            ended.set()
        self._wake.set()

    async def stop(self) -> None:
        """Close, and end. Whoever runs a task here has given it back before."""
        # Not by cancelling the loop: in Python 3.11 wait_for swallows a cancellation that meets a wake-up.
        self.close()
        if self._loop is not None:
            await self._loop

    def require_room(self) -> None:
        """QueueFull if no task can be submitted now."""
        self._tasks.require_room()

    async def submit(self, account: str, order: TokenOrder, terms: Terms = PLAIN) -> Task:
        """Store a task and wake a worker. QueueFull, BalanceEmpty; Replayed, IdempotencyMismatch."""
        task = await self._tasks.create(account, order, terms)
        self._rouse()
        return task

    async def cancel(self, task: Task) -> Task:
        """End a task as cancelled; its worker finds its lease lost. TaskEnded."""
        cancelled = await self._tasks.cancel(task)
        self._tell(task.number)
        return cancelled

    async def wait(self, task: Task, seconds: float) -> Task:
        """The task once it has ended, or as it stands after `seconds` or when the queue closes."""
        if task.state not in TERMINAL and seconds > 0 and not self._closed:
            ended = self._ended.setdefault(task.number, asyncio.Event())
            # It may have ended before the event was there to be set.
            task = self._tasks.find(task.account, task.number)
            if task.state not in TERMINAL:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), seconds)
                task = self._tasks.find(task.account, task.number)
            if task.state in TERMINAL:
                self._ended.pop(task.number, None)
        return task

    async def take(self, limit: int, stop: Stop, seconds: float | None = None, holder: str = HERE) -> list[Lease]:
        """Up to `limit` leases for a holder, once there are any; none after `seconds` (None: ever), or on `stop`.

        What was being leased when `stop` came is given back.
        """
        taken: list[Task] = []
        with self._takers.waiting(limit, stop, seconds, apart=holder != HERE) as taker:
            while not (taken or taker.is_over or self._closed):
                taker.news.clear()
                taken = await self._lease(limit, holder)
                if not taken and not taker.is_over:
                    await taker.news.wait()
        if stop.called:
            for task in taken:
                await self.release(task)
            return []
        now = self._clock.now()
        return [Lease(task.number, task.attempt, task.task, task.order, LEASE, task.deadline - now) for task in taken]

    async def lost(self, lease: Held) -> None:
        """Return once the lease is lost: cancelled, over, or another worker's; or when the queue closes."""
        with self._feed.watch(lease.number) as changed:
            while not self._closed and self._tasks.is_held(lease):
                changed.clear()
                await changed.wait()

    async def finish(self, lease: Held, outcome: Solution | str, effort: Effort | None = None) -> bool:
        """End a leased task with a solution or a failure code; False if its lease was lost meanwhile."""
        finished = await self._tasks.finish(lease, outcome, effort)
        if finished:
            self._tell(lease.number)
        return finished

    async def release(self, lease: Held) -> bool:
        """Give a leased task back; False if its lease was lost meanwhile."""
        released = await self._tasks.release(lease)
        if released:
            self._feed.note(lease.number)
            self._rouse()
        return released

    def places_apart(self) -> int:
        """How many tasks the workers in other processes run and would run now."""
        return self._tasks.running_apart() + self._takers.places_apart()

    async def _lease(self, limit: int, holder: str = HERE) -> list[Task]:
        self._swept_at = self._clock.elapsed()
        leased, expired = await self._tasks.lease(limit, holder)
        for number in expired:
            self._tell(number)
        for task in leased:
            self._feed.note(task.number)
        return leased

    async def _sweep(self) -> None:
        while not self._closed:
            try:
                await self._look()
            except Exception:  # noqa: BLE001 - the queue outlives whatever happens to one look
                # A full disk, say. Nothing is lost: the tasks stay in the table.
                _log.exception("the queue could not look for deadlines; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), SWEEP)

    async def _look(self) -> None:
        """End what is over, unless somebody just did, and rouse a taker if there is something to take."""
        self._wake.clear()
        if self._clock.elapsed() - self._swept_at >= SWEEP:
            await self._lease(0)
            if self._tasks.are_due():
                self._takers.rouse()

    def _rouse(self) -> None:
        self._takers.rouse()
        self._wake.set()

    def _tell(self, number: int) -> None:
        ended = self._ended.pop(number, None)
        if ended is not None:
            ended.set()
        self._feed.note(number)
        self._on_end()
