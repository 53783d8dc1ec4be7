"""Slots: where tasks are worked on, several at a time, whether they come from this process's queue or from afar."""

import asyncio
import logging

from captcha_range.core.clock import Clock
from captcha_range.core.traces import follow
from captcha_range.solver.effort import Effort
from captcha_range.solver.errors import FAILURES, Crashed, SolverError, TimedOut
from captcha_range.solver.leases import Lease, Stop, TaskSource
from captcha_range.solver.meters import Meters
from captcha_range.solver.orders import Solution
from captcha_range.solver.worker import Worker

PAUSE = 1.0
"""Seconds before another try when the source could not be asked."""

Outcome = tuple[Solution | str, Effort | None]
"""A solution or a failure code, and what was done before a failure."""

_log = logging.getLogger(__name__)


class Slots:
    """Takes as many tasks as there are free slots, and runs the worker on each."""

    def __init__(
        self,
        source: TaskSource,
        worker: Worker,
        size: int,
        clock: Clock,
        *,
        meters: Meters | None = None,
        worker_name: str = "protocol",
    ) -> None:
        """`meters` None: nobody asks how long the worker took."""
        self.size = size
        self._source = source
        self._worker = worker
        self._clock = clock
        self._meters = meters or Meters()
        self._worker_name = worker_name
        self._free = size
        self._freed = asyncio.Event()
        self._stop = Stop()
        self._running: dict[asyncio.Task[None], Lease] = {}
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to take tasks."""
        self._loop = asyncio.create_task(self._take())

    async def drain(self, seconds: float = 0.0) -> None:
        """Take no more, let what runs end for so many seconds, and give the rest back."""
        self._stop.call()
        self._freed.set()
        if self._running and seconds > 0:
            await asyncio.wait(self._running, timeout=seconds)
        left = dict(self._running)
        for running in left:
            running.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.gather(*map(self._give_back, left.values()))
        # Not by cancelling the loop: that would leave behind what it leases at that moment.
        if self._loop is not None:
            await self._loop

    async def _take(self) -> None:
        while not self._stop.called:
            if self._free == 0:
                self._freed.clear()
                await self._freed.wait()
                continue
            try:
                leases = await self._source.take(self._free, self._stop)
            except Exception:  # noqa: BLE001 - the slots outlive whatever happens to one look
                _log.exception("no tasks could be taken; trying again")
                await asyncio.sleep(PAUSE)
                continue
            for lease in leases:
                if self._stop.called:
                    await self._give_back(lease)
                else:
                    self._begin(lease)

    def _begin(self, lease: Lease) -> None:
        self._free -= 1
        running = asyncio.create_task(self._run(lease))
        self._running[running] = lease
        running.add_done_callback(self._end)

    def _end(self, running: asyncio.Task[None]) -> None:
        del self._running[running]
        self._free += 1
        self._freed.set()

    async def _run(self, lease: Lease) -> None:
        solving = asyncio.create_task(self._timed(lease))
        watching = asyncio.create_task(self._source.lost(lease))
        try:
            await asyncio.wait((solving, watching), return_when=asyncio.FIRST_COMPLETED)
            if solving.done():
                watching.cancel()
                await self._report(lease, solving.result())
        except Exception:  # noqa: BLE001 - as above
            # Its lease runs out, and the task runs again.
            _log.exception("the end of task %s could not be reported", lease.task)
        finally:
            watching.cancel()
            await _stopped(solving)

    async def _report(self, lease: Lease, outcome: Outcome | None) -> None:
        if outcome is None:
            await self._source.release(lease)
        else:
            await self._source.finish(lease, *outcome)

    async def _give_back(self, lease: Lease) -> None:
        try:
            await self._source.release(lease)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("task %s could not be given back", lease.task)

    async def _timed(self, lease: Lease) -> Outcome | None:
        follow(lease.order.trace)
        started = self._clock.elapsed()
        outcome = await self._solve(lease)
        how = "released" if outcome is None else "solved" if isinstance(outcome[0], Solution) else "failed"
        self._meters.solving.observe(self._clock.elapsed() - started, self._worker_name, how)
        return outcome

    async def _solve(self, lease: Lease) -> Outcome | None:
        """How the task ends; None if the worker took as long as its lease lasts, and another may try."""
        patience = lease.seconds * 0.9
        try:
            async with asyncio.timeout(min(patience, lease.left)):
                return await self._worker.solve(lease.order), None
        except TimeoutError:
            return None if patience < lease.left else (TimedOut.code, None)
        except SolverError as error:
            _log.info("task %s failed: %s", lease.task, error)
            return error.code if error.code in FAILURES else Crashed.code, error.effort
        except Exception:  # noqa: BLE001 - whatever a worker raises ends its task, not the others
            _log.exception("task %s crashed its worker", lease.task)
            return Crashed.code, None


async def _stopped(solving: asyncio.Task[Outcome | None]) -> None:
    """End the work on a task, and wait until the worker has let go of it."""
    solving.cancel()
    await asyncio.gather(solving, return_exceptions=True)
