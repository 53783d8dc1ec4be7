"""Retention: ended tasks, delivered webhooks and used keys are kept for a day, then forgotten."""

import asyncio
import contextlib
import logging
import sqlite3

from captcha_range.core.clock import Clock
from captcha_range.core.sqlite import Database
from captcha_range.solver import idempotency

KEPT = 86_400.0
"""Seconds from its end for which a task can be read; spec/solver §4 asks for 120, and 300 from its creation."""

PERIOD = 60.0
"""Seconds between sweeps."""

BATCH = 500
"""Rows that one write deletes, so that no order waits long behind a sweep."""

_DELETES = (
    "DELETE FROM tasks WHERE number IN (SELECT number FROM tasks WHERE finished_at <= :before LIMIT :batch)",
    "DELETE FROM deliveries WHERE number IN (SELECT number FROM deliveries WHERE ended_at <= :before LIMIT :batch)",
    "DELETE FROM reports WHERE task IN (SELECT task FROM reports WHERE at <= :before LIMIT :batch)",
)

_log = logging.getLogger(__name__)


class Retention:
    """Sweeps."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._stop = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Sweep now and then, until stopped."""
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._stop.set()
        if self._loop is not None:
            await self._loop

    async def sweep(self) -> int:
        """Forget everything whose time is over; how many rows that was."""
        total = 0
        while (dropped := await self._database.write(self._drop)) > 0:
            total += dropped
        return total

    def _drop(self, connection: sqlite3.Connection) -> int:
        now = self._clock.now()
        values = {"before": now - KEPT, "batch": BATCH}
        dropped = sum(connection.execute(delete, values).rowcount for delete in _DELETES)
        return dropped + idempotency.forget(connection, now, BATCH)

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                await self.sweep()
            except Exception:  # noqa: BLE001 - the next sweep takes what this one could not
                _log.exception("the sweep failed; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), PERIOD)
