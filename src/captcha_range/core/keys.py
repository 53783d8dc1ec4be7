"""API keys: drawn here, shown once, stored as a keyed hash."""

import hashlib
import hmac
import sqlite3
from collections.abc import Callable

from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_secret_hex
from captcha_range.core.sqlite import Database

Describe = Callable[[sqlite3.Connection, bytes], None]


class KeyRefused(RangeError):
    """The request needs `Authorization: Bearer` with a key of the right scope."""

    code = "key_refused"


class Keys:
    """A plane's keys, by HMAC-SHA256 under a pepper that lies outside the database."""

    def __init__(self, database: Database, pepper: bytes) -> None:
        self._database = database
        self._pepper = pepper
        rows = database.read(lambda connection: connection.execute("SELECT * FROM keys").fetchall())
        self._holders = {bytes(row["digest"]): (str(row["scope"]), str(row["holder"])) for row in rows}

    async def create(self, scope: str, holder: str = "", describe: Describe | None = None) -> str:
        """A new key of a scope, for a holder; this is the only time that it is seen.

        `describe` writes what is known of it beside its digest, in the same transaction.
        """
        key = new_secret_hex(f"cr_{scope}_")
        digest = self.digest(key)

        def insert(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO keys VALUES (?, ?, ?)", (digest, scope, holder))
            if describe is not None:
                describe(connection, digest)

        await self._database.write(insert)
        self._holders[digest] = (scope, holder)
        return key

    async def withdraw(self, choose: Callable[[sqlite3.Connection], bytes]) -> bytes:
        """Make the key whose digest `choose` names worthless, in one transaction with it; that digest."""

        def delete(connection: sqlite3.Connection) -> bytes:
            digest = choose(connection)
            connection.execute("DELETE FROM keys WHERE digest = ?", (digest,))
            return digest

        digest = await self._database.write(delete)
        self._holders.pop(digest, None)
        return digest

    def holder(self, scope: str, key: str) -> str | None:
        """Whose key of this scope it is; None if it is none."""
        found = self._holders.get(self.digest(key))
        return found[1] if found is not None and found[0] == scope else None

    def require(self, scope: str, authorization: str) -> str:
        """The holder of the key in an Authorization header. KeyRefused if it carries none of this scope."""
        kind, _, key = authorization.partition(" ")
        holder = self.holder(scope, key.strip()) if kind.lower() == "bearer" else None
        if holder is None:
            raise KeyRefused(f"Authorization: needs `Bearer` and a key of scope {scope!r}")
        return holder

    def digest(self, key: str) -> bytes:
        """How a key is stored and found."""
        return hmac.digest(self._pepper, key.encode("utf-8", "surrogatepass"), hashlib.sha256)
