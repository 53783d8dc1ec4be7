"""Preflights: a promise, made before the challenge, of the region and user agent that a visitor will keep."""

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from captcha_range.core.clock import Clock
from captcha_range.core.ids import new_uuid
from captcha_range.core.sqlite import Database
from captcha_range.provider.observation import PreflightTerms

if TYPE_CHECKING:
    import numpy as np

LIFETIME = 600.0
"""Seconds; spec/solver §2."""

USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
)


class Preflight(msgspec.Struct, frozen=True):
    """An agreed preflight, as its holder sees it."""

    preflight: str
    region: str
    user_agent: str


class Preflights:
    """Agrees preflights and recalls them for as long as they live, for the one site each is for."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        stream: "Callable[[], np.random.Generator]",
        regions: tuple[str, ...],
    ) -> None:
        """`stream` gives the stream that draws the terms, always the same one."""
        self._database = database
        self._clock = clock
        self._stream = stream
        self._regions = regions

    async def agree(self, sitekey: str, ahead: float = 0.0) -> Preflight:
        """A new preflight for a site, with a region and a user agent drawn for it.

        `ahead`: by how many seconds the site's clock is ahead of the provider's.
        """
        agreed = Preflight(
            preflight=new_uuid(),
            region=self._regions[self._stream().integers(len(self._regions))],
            user_agent=USER_AGENTS[self._stream().integers(len(USER_AGENTS))],
        )
        now = self._clock.now()
        values = (agreed.preflight, sitekey, agreed.region, agreed.user_agent, now + ahead + LIFETIME)

        def keep(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM preflights WHERE expires_at <= ?", (now,))
            connection.execute("INSERT INTO preflights VALUES (?, ?, ?, ?, ?)", values)

        await self._database.write(keep)
        return agreed

    def recall(self, preflight: str, sitekey: str, ahead: float = 0.0) -> PreflightTerms | None:
        """What was agreed, unless it is over, unknown, or another site's."""

        values = (preflight, sitekey, self._clock.now() + ahead)

        def select(connection: sqlite3.Connection) -> sqlite3.Row | None:
            query = "SELECT * FROM preflights WHERE preflight = ? AND sitekey = ? AND expires_at > ?"
            row: sqlite3.Row | None = connection.execute(query, values).fetchone()
            return row

        row = self._database.read(select)
        return None if row is None else PreflightTerms(row["region"], row["user_agent"])
