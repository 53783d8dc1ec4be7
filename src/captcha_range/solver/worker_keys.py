"""The keys of workers in other processes, each under a name."""

import sqlite3

from captcha_range.core import journal
from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.core.keys import Keys
from captcha_range.core.sqlite import Database

SCOPE = "worker"

LOCAL = "local"
"""The name of the key that is kept in the data directory, for workers on the same machine."""


class WorkerUnknown(RangeError):
    """There is no key of a worker under this name; GET /admin/workers lists them."""

    code = "worker_unknown"


class WorkerKnown(RangeError):
    """name: there is a key of a worker under it already; remove that first, or choose another name."""

    code = "worker_known"


class WorkerKeys:
    """Makes, lists and removes them."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    def names(self) -> list[str]:
        """Whom keys were made for."""
        query = "SELECT DISTINCT holder FROM keys WHERE scope = ? ORDER BY holder"
        rows = self._database.read(lambda connection: connection.execute(query, (SCOPE,)).fetchall())
        return [str(row[0]) for row in rows]

    async def add(self, name: str) -> str:
        """A new key under a name; this is the only time that it is seen. WorkerKnown."""
        now = self._clock.now()

        def describe(connection: sqlite3.Connection, digest: bytes) -> None:
            query = "SELECT 1 FROM keys WHERE scope = ? AND holder = ? AND digest <> ?"
            if name == LOCAL or connection.execute(query, (SCOPE, name, digest)).fetchone() is not None:
                raise WorkerKnown
            journal.append(connection, now, "WorkerKeyAdded", name, {})

        return await self._keys.create(SCOPE, name, describe)

    async def remove(self, name: str) -> None:
        """Make a key worthless, at once; what its worker holds runs again when the lease is over. WorkerUnknown."""
        now = self._clock.now()

        def choose(connection: sqlite3.Connection) -> bytes:
            query = "SELECT digest FROM keys WHERE scope = ? AND holder = ? AND holder <> ?"
            row = connection.execute(query, (SCOPE, name, LOCAL)).fetchone()
            if row is None:
                raise WorkerUnknown
            journal.append(connection, now, "WorkerKeyRemoved", name, {})
            return bytes(row[0])

        await self._keys.withdraw(choose)
