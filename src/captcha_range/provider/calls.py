"""Calls that change nothing, noted in the journal all the same: who integrates the check wants to see every one."""

import contextlib
from typing import Any

from captcha_range.core import journal
from captcha_range.core.clock import Clock
from captcha_range.core.sqlite import Database, StoreUnavailable
from captcha_range.core.traces import traced_facts


class Calls:
    """Notes calls. Where the store cannot write, the call is answered without its note."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def note(self, event: str, subject: str, facts: dict[str, Any]) -> None:
        """Write one entry, and return once it can be read: whoever has an answer finds it in the journal."""
        now, facts = self._clock.now(), traced_facts(facts)
        with contextlib.suppress(StoreUnavailable):
            await self._database.write(lambda connection: journal.append(connection, now, event, subject, facts))
