"""The solver as a worker in another process sees it: leases over HTTP, through the egress gate."""

import asyncio
import contextlib
import logging
from typing import Any

import aiohttp
import msgspec

from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.core.keys import KeyRefused
from captcha_range.solver.effort import Effort
from captcha_range.solver.egress import Egress
from captcha_range.solver.lease_documents import LeaseList, LeaseOrder, lease_end, lease_of
from captcha_range.solver.leases import Lease, Stop
from captcha_range.solver.orders import Solution

POLL = 3
"""Seconds that a request for tasks is held: a worker that was told to stop waits for its last one to end."""

WATCH = 20
"""Seconds that a look at a lease is held."""

PAUSE = 0.5
"""Seconds before another try when the solver could not be asked."""

_log = logging.getLogger(__name__)


class SolverUnreachable(RangeError):
    """The solver could not be reached, or did not answer as it should."""

    code = "solver_unreachable"


class SolverLink:
    """A source of tasks that lies behind HTTP."""

    def __init__(self, egress: Egress, clock: Clock, url: str, key: str) -> None:
        self._egress = egress
        self._clock = clock
        self._leases = f"{url}/v1/leases"
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    async def greet(self) -> None:
        """Whether the solver is there and knows the key. SolverUnreachable, KeyRefused."""
        await self._send("GET", "/0.0")

    async def take(self, limit: int, stop: Stop) -> list[Lease]:
        """Up to `limit` leases; none within `POLL` seconds. SolverUnreachable, KeyRefused.

        Not broken off on `stop`: what the solver hands out at that moment would be lost until its lease ends.
        """
        started = self._clock.elapsed()
        status, body = await self._send("POST", "", LeaseOrder(limit), wait=POLL)
        if status != 200:
            raise SolverUnreachable(f"the solver answered HTTP {status}")
        leases = [lease_of(document) for document in msgspec.json.decode(body, type=LeaseList).leases]
        if not leases and not stop.called and self._clock.elapsed() - started < PAUSE:
            # It is about to stop, and holds nobody any longer.
            await asyncio.sleep(PAUSE)
        return leases

    async def lost(self, lease: Lease) -> None:
        """Return once the lease is lost, for all that the solver says; while it cannot be asked, it is not."""
        while True:
            started = self._clock.elapsed()
            with contextlib.suppress(SolverUnreachable):
                status, _ = await self._send("GET", f"/{lease}", wait=WATCH)
                if status == 409:
                    return
            if self._clock.elapsed() - started < PAUSE:
                await asyncio.sleep(PAUSE)

    async def finish(self, lease: Lease, outcome: Solution | str, effort: Effort | None) -> bool:
        """End the task, trying again for as long as the lease lasts. SolverUnreachable, KeyRefused."""
        try:
            async with asyncio.timeout(lease.seconds):
                while True:
                    status = await self._try_to_end(lease, outcome, effort)
                    if status is not None:
                        return status == 204
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            raise SolverUnreachable from None

    async def release(self, lease: Lease) -> bool:
        status, _ = await self._send("DELETE", f"/{lease}")
        return status == 204

    async def _try_to_end(self, lease: Lease, outcome: Solution | str, effort: Effort | None) -> int | None:
        """The answer's status; None if it is worth another try."""
        try:
            status, _ = await self._send("POST", f"/{lease}/end", lease_end(outcome, effort))
        except SolverUnreachable:
            return None
        if status in (204, 409):
            return status
        _log.warning("the end of task %s was answered with HTTP %s", lease.task, status)
        return None

    async def _send(self, method: str, path: str, content: Any = None, *, wait: int = 0) -> tuple[int, bytes]:
        headers = {**self._headers, "prefer": f"wait={wait}"} if wait else self._headers
        data = None if content is None else msgspec.json.encode(content)
        try:
            async with self._egress.session().request(
                method, self._leases + path, data=data, headers=headers, allow_redirects=False
            ) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SolverUnreachable(f"the solver could not be reached: {type(error).__name__}") from error
        if status == 401:
            raise KeyRefused("the solver does not know the worker's key")
        return status, body
