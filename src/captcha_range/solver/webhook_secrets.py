"""Webhook secrets: what a receiver checks signatures with. They are readable here, because signing needs them."""

import base64
import sqlite3

from captcha_range.core import journal
from captcha_range.core.clock import Clock
from captcha_range.core.ids import new_key
from captcha_range.core.sqlite import Database

PREFIX = "whsec_"

OVERLAP = 86_400.0
"""Seconds for which a replaced secret still signs beside the new one."""


class WebhookSecrets:
    """Each account's secrets."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def renew(self, account: str) -> str:
        """A new secret, shown now and never again; the one before signs for `OVERLAP` seconds more."""
        secret = PREFIX + base64.b64encode(new_key()).decode()
        now = self._clock.now()

        def replace(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM webhook_secrets WHERE account = ? AND signs_until <= ?", (account, now))
            limit = "UPDATE webhook_secrets SET signs_until = min(signs_until, ?) WHERE account = ?"
            connection.execute(limit, (now + OVERLAP, account))
            connection.execute("INSERT INTO webhook_secrets VALUES (?, ?, 9e15)", (account, secret))
            journal.append(connection, now, "WebhookSecretRenewed", account, {})

        await self._database.write(replace)
        return secret

    def of(self, account: str) -> tuple[str, ...]:
        """The secrets that sign now, the newest first."""
        query = "SELECT secret FROM webhook_secrets WHERE account = ? AND signs_until > ? ORDER BY rowid DESC"
        values = (account, self._clock.now())
        rows = self._database.read(lambda connection: connection.execute(query, values).fetchall())
        return tuple(str(row["secret"]) for row in rows)
