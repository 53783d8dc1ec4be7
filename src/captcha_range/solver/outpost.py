"""An outpost: a worker in a process of its own, with the same worker, slots and egress gate as the solver's."""

import asyncio
import logging

from captcha_range.core.clock import Clock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.recognition.recogniser import Recogniser
from captcha_range.solver.egress import Egress
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.slots import Slots
from captcha_range.solver.solver_link import SolverLink, SolverUnreachable
from captcha_range.solver.worker import StartedWorker
from captcha_range.solver.workers.catalogue import WORKERS

RETRY = 1.0
"""Seconds before another try to reach a solver that is not there yet."""

_NO_SITE = "00000000-0000-0000-0000-000000000000"
_log = logging.getLogger(__name__)


class Outpost:
    """Takes tasks from a solver elsewhere. It has no store: what it holds when it dies, runs again elsewhere."""

    def __init__(
        self,
        *,
        solver_url: str,
        worker_key: str,
        provider_url: str,
        provider_key: str,
        clock: Clock,
        fence: Fence,
        regions: Regions,
        recogniser: Recogniser,
        worker_name: str,
        slots: int,
    ) -> None:
        self._egress = Egress(fence)
        self._solver = SolverLink(self._egress, clock, solver_url, worker_key)
        self._provider = ProviderLink(self._egress, provider_url, provider_key)
        self._worker = WORKERS[worker_name](self._provider, fence, regions, recogniser, slots)
        self._slots = Slots(self._solver, self._worker, slots, clock, worker_name=worker_name)

    async def start(self) -> None:
        """Wait for the solver, then take tasks.

        KeyRefused; WidgetFailed if the provider does not know the key; whatever the worker's start raises.
        """
        await self._reach()
        await self._provider.site(_NO_SITE)
        if isinstance(self._worker, StartedWorker):
            await self._worker.start()
        await self._slots.start()

    async def stop(self, seconds: float) -> None:
        """Take no more, let what runs end for so many seconds, give the rest back."""
        await self._slots.drain(seconds)
        if isinstance(self._worker, StartedWorker):
            await self._worker.stop()
        await self._egress.close()

    async def _reach(self) -> None:
        is_told = False
        while True:
            try:
                return await self._solver.greet()
            except SolverUnreachable as error:
                if not is_told:
                    _log.warning("%s; trying again every second", error)
                is_told = True
                await asyncio.sleep(RETRY)
