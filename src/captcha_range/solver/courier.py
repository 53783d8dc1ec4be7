"""The courier: carries webhooks out of the outbox, through the egress gate, until they are taken or given up."""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from captcha_range.core.clock import Clock
from captcha_range.core.late import late
from captcha_range.solver.egress import Egress
from captcha_range.solver.meters import Meters
from captcha_range.solver.outbox import Due, Outbox
from captcha_range.solver.signatures import signed_headers
from captcha_range.solver.webhook_secrets import WebhookSecrets

if TYPE_CHECKING:
    import aiohttp
else:
    aiohttp = late("aiohttp")

TIMEOUT = 10.0
"""Seconds for one attempt, from the connection to the last header."""

AT_ONCE = 16
"""Attempts that run at the same time."""

LOOK = 1.0
"""Seconds between looks for retries whose time has come."""

_log = logging.getLogger(__name__)


class Courier:
    """Delivers webhooks. After a crash it begins where the outbox stands: at least once, under the same id."""

    def __init__(self, outbox: Outbox, secrets: WebhookSecrets, egress: Egress, clock: Clock, meters: Meters) -> None:
        self._outbox = outbox
        self._secrets = secrets
        self._egress = egress
        self._clock = clock
        self._meters = meters
        self._wake = asyncio.Event()
        self._carried: dict[int, asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Begin to deliver."""
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop; what was not taken yet stays in the outbox."""
        self._stopping = True
        self._wake.set()
        if self._loop is not None:
            await self._loop
        carried = list(self._carried.values())
        for each in carried:
            each.cancel()
        await asyncio.gather(*carried, return_exceptions=True)

    def wake(self) -> None:
        """There may be something to deliver."""
        self._wake.set()

    async def deliver_due(self) -> None:
        """Make one attempt at everything that is due, and wait for it."""
        self._take()
        await asyncio.gather(*self._carried.values())

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                self._take()
            except Exception:  # noqa: BLE001 - the courier outlives whatever happens to one look
                _log.exception("the outbox could not be read; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK)

    def _take(self) -> None:
        free = AT_ONCE - len(self._carried)
        if free <= 0:
            return
        waiting = [due for due in self._outbox.due(AT_ONCE + free) if due.number not in self._carried]
        for due in waiting[:free]:
            self._carried[due.number] = asyncio.create_task(self._carry(due))

    async def _carry(self, due: Due) -> None:
        try:
            status, problem = await self._attempt(due)
            self._meters.webhooks.add(await self._outbox.note(due, status, problem))
        except Exception:  # noqa: BLE001 - it is still in the outbox, and is tried again
            _log.exception("the attempt at %s could not be noted", due.delivery)
        finally:
            self._carried.pop(due.number, None)
            self._wake.set()

    async def _attempt(self, due: Due) -> tuple[int | None, str | None]:
        """The status of the answer, or what went wrong instead."""
        secrets = self._secrets.of(due.account)
        if not secrets:
            return None, "the account has no webhook secret yet; renew it"
        headers = signed_headers(due.delivery, self._clock.now(), due.body, secrets)
        headers |= {"content-type": "application/json", "user-agent": "captcha-range webhooks"}
        try:
            async with self._egress.session().post(
                due.url,
                data=due.body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT),
            ) as response:
                problem = "redirects are not followed" if 300 <= response.status < 400 else None
                return response.status, problem
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return None, type(error).__name__
