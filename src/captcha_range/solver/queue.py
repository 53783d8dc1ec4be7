"""The queue: hands tasks to the worker, several at a time, and tells who waits when one has ended."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from captcha_range.core.clock import Clock
from captcha_range.core.traces import follow
from captcha_range.solver.errors import FAILURES, Crashed, SolverError, TimedOut
from captcha_range.solver.feed import Feed
from captcha_range.solver.meters import Meters
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.tasks import LEASE, TERMINAL, Task, Tasks
from captcha_range.solver.terms import PLAIN, Terms
from captcha_range.solver.worker import Worker

SWEEP = 1.0
"""Seconds between looks for tasks whose time or lease ran out, when nothing else wakes the queue."""

_log = logging.getLogger(__name__)


class Queue:
    """Runs tasks. The truth is in the task table; what is kept here only saves waiting."""

    def __init__(
        self,
        tasks: Tasks,
        worker: Worker,
        clock: Clock,
        slots: int,
        *,
        feed: Feed | None = None,
        on_end: Callable[[], None] = lambda: None,
        meters: Meters | None = None,
        worker_name: str = "protocol",
    ) -> None:
        """`feed` is told of every change of a task, `on_end` is called after each end."""
        self._tasks = tasks
        self._worker = worker
        self._clock = clock
        self.slots = slots
        self._feed = feed or Feed()
        self._on_end = on_end
        self._meters = meters or Meters()
        self._worker_name = worker_name
        self._free = slots
        self._wake = asyncio.Event()
        self._ended: dict[int, asyncio.Event] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False
        self._swept_at = float("-inf")

    async def start(self) -> None:
        """Take up again what an earlier process left, then work."""
        await self._tasks.release_all()
        self._loop = asyncio.create_task(self._dispatch())

    async def stop(self) -> None:
        """Stop taking tasks, and give those that still run back to the queue."""
        # Not by cancelling the loop: that would leave behind what it leases at that moment, and in Python 3.11
        # wait_for swallows a cancellation that meets a wake-up.
        self._stopping = True
        self._wake.set()
        if self._loop is not None:
            await self._loop
        running = list(self._running.values())
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def require_room(self) -> None:
        """QueueFull if no task can be submitted now."""
        self._tasks.require_room()

    async def submit(self, account: str, order: TokenOrder, terms: Terms = PLAIN) -> Task:
        """Store a task and wake the worker. QueueFull, BalanceEmpty; Replayed, IdempotencyMismatch."""
        task = await self._tasks.create(account, order, terms)
        self._wake.set()
        return task

    async def cancel(self, task: Task) -> Task:
        """End a task as cancelled, and stop its worker. TaskEnded."""
        cancelled = await self._tasks.cancel(task)
        running = self._running.get(task.number)
        if running is not None:
            running.cancel()
        self._tell(task.number)
        return cancelled

    async def wait(self, task: Task, seconds: float) -> Task:
        """The task once it has ended, or as it stands after `seconds`."""
        if task.state not in TERMINAL and seconds > 0:
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

    async def _dispatch(self) -> None:
        while not self._stopping:
            try:
                await self._lease()
            except Exception:  # noqa: BLE001 - the queue outlives whatever happens to one look
                # A full disk, say. Nothing is lost: the tasks stay in the table.
                _log.exception("the queue could not lease tasks; trying again")
                await asyncio.sleep(SWEEP)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), SWEEP)

    async def _lease(self) -> None:
        self._wake.clear()
        if self._free == 0 and self._clock.elapsed() - self._swept_at < SWEEP:
            return
        self._swept_at = self._clock.elapsed()
        leased, expired = await self._tasks.lease(self._free)
        for number in expired:
            self._tell(number)
        for task in leased:
            self._free -= 1
            self._feed.note(task.number)
            self._running[task.number] = asyncio.create_task(self._run(task))

    async def _run(self, task: Task) -> None:
        follow(task.order.trace)
        try:
            outcome = await self._timed(task)
            if outcome is None:
                await self._tasks.release(task)
                self._feed.note(task.number)
            elif await self._tasks.finish(task, outcome):
                self._tell(task.number)
        except asyncio.CancelledError:
            # Stopped, or the task was cancelled: then it has ended, and there is nothing to give back.
            await self._tasks.release(task)
            raise
        except Exception:  # noqa: BLE001 - as above
            # Its lease runs out, and the task runs again.
            _log.exception("the end of task %s could not be stored", task.task)
        finally:
            if self._running.get(task.number) is asyncio.current_task():
                del self._running[task.number]
            self._free += 1
            self._wake.set()

    async def _timed(self, task: Task) -> Solution | str | None:
        started = self._clock.elapsed()
        outcome = await self._solve(task)
        how = "released" if outcome is None else "solved" if isinstance(outcome, Solution) else "failed"
        self._meters.solving.observe(self._clock.elapsed() - started, self._worker_name, how)
        return outcome

    async def _solve(self, task: Task) -> Solution | str | None:
        """How the task ends; None if the worker took as long as its lease lasts, and another may try."""
        patience, left = LEASE * 0.9, task.deadline - self._clock.now()
        try:
            async with asyncio.timeout(min(patience, left)):
                return await self._worker.solve(task.order)
        except TimeoutError:
            return None if patience < left else TimedOut.code
        except SolverError as error:
            _log.info("task %s failed: %s", task.task, error)
            if error.effort is not None:
                await self._tasks.note_effort(task, error.effort)
            return error.code if error.code in FAILURES else Crashed.code
        except Exception:  # noqa: BLE001 - whatever a worker raises ends its task, not the queue
            _log.exception("task %s crashed its worker", task.task)
            return Crashed.code

    def _tell(self, number: int) -> None:
        ended = self._ended.pop(number, None)
        if ended is not None:
            ended.set()
        self._feed.note(number)
        self._on_end()
