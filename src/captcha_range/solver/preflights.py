"""Preflights that this solver arranged: their user agent is used again by the orders that name them."""

import sqlite3

from captcha_range.core.clock import Clock
from captcha_range.core.sqlite import Database
from captcha_range.solver.provider_link import Preflight, ProviderLink
from captcha_range.solver.target import Targets

LIFETIME = 600.0
"""Seconds; spec/solver §2."""


class Preflights:
    """Arranges preflights with the provider, and remembers them for as long as they live."""

    def __init__(self, database: Database, clock: Clock, link: ProviderLink, targets: Targets) -> None:
        self._database = database
        self._clock = clock
        self._link = link
        self._targets = targets

    async def arrange(self, sitekey: str) -> Preflight:
        """A new preflight for a registered site. SitekeyUnknown, WidgetFailed."""
        site = await self._targets.site(sitekey)
        agreed = await self._link.agree_preflight(site.sitekey)
        now = self._clock.now()
        values = (agreed.preflight, agreed.region, agreed.user_agent, now + LIFETIME)

        def keep(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM preflights WHERE expires_at <= ?", (now,))
            connection.execute("INSERT INTO preflights VALUES (?, ?, ?, ?)", values)

        await self._database.write(keep)
        return agreed

    def recall(self, preflight: str) -> Preflight | None:
        """What was agreed, unless it is over or was not arranged here."""
        query = "SELECT preflight, region, user_agent FROM preflights WHERE preflight = ? AND expires_at > ?"
        values = (preflight, self._clock.now())
        row = self._database.read(lambda connection: connection.execute(query, values).fetchone())
        return None if row is None else Preflight(*row)
