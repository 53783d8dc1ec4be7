"""Client keys: several for each account, each with its scopes, revocable on their own."""

import sqlite3
from typing import Literal

import msgspec

from captcha_range.core import journal
from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_uuid
from captcha_range.core.keys import Keys
from captcha_range.core.sqlite import Database
from captcha_range.solver.errors import KeyUnknown, ScopeMissing

Scope = Literal["solve", "verify", "admin", "read"]
"""solve: order and cancel; verify: ask for a token's verdict; admin: manage the own account; read: all else."""

USUAL: tuple[Scope, ...] = ("solve", "verify", "read")
"""The scopes of a key for which none are named."""


class ClientKeyUnknown(RangeError):
    """The account has no such key, or it was revoked."""

    code = "client_key_unknown"


class ClientKeyOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator gives to add a key."""

    name: str = "unnamed"
    scopes: tuple[Scope, ...] = USUAL


class ClientKey(msgspec.Struct, frozen=True):
    """A key as it is listed: `client_key` is its public id, never the key itself."""

    client_key: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: float
    revoked_at: float | None


class ClientKeys:
    """Adds, finds and revokes keys; the scopes are held in memory, as `Keys` holds its digests."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        query = "SELECT digest, scopes FROM client_keys WHERE revoked_at IS NULL"
        rows = database.read(lambda connection: connection.execute(query).fetchall())
        self._scopes = {bytes(row["digest"]): frozenset(msgspec.json.decode(row["scopes"])) for row in rows}

    async def add(self, account: str, order: ClientKeyOrder) -> tuple[ClientKey, str]:
        """A new key and its only showing."""
        now = self._clock.now()
        added = ClientKey(new_uuid(), order.name, order.scopes, now, None)
        scopes = msgspec.json.encode(order.scopes).decode()

        def describe(connection: sqlite3.Connection, digest: bytes) -> None:
            values = (added.client_key, digest, account, added.name, scopes, now)
            connection.execute("INSERT INTO client_keys VALUES (?, ?, ?, ?, ?, ?, NULL)", values)
            facts = {"client_key": added.client_key, "name": added.name, "scopes": added.scopes}
            journal.append(connection, now, "ClientKeyAdded", account, facts)

        key = await self._keys.create("client", account, describe)
        self._scopes[self._keys.digest(key)] = frozenset(order.scopes)
        return added, key

    def account(self, key: str, scope: Scope | None = None) -> str:
        """Whose key it is. KeyUnknown, ScopeMissing."""
        holder = self._keys.holder("client", key)
        if holder is None:
            raise KeyUnknown
        if scope is not None and scope not in self.scopes(key):
            raise ScopeMissing(f"the key has no scope {scope!r}; use another key of the account")
        return holder

    def scopes(self, key: str) -> frozenset[str]:
        """What the key may be used for. A key that `Keys` made on its own has the usual scopes."""
        return self._scopes.get(self._keys.digest(key), frozenset(USUAL))

    def of(self, account: str) -> list[ClientKey]:
        """An account's keys, revoked ones too, the oldest first."""
        query = "SELECT * FROM client_keys WHERE account = ? ORDER BY created_at, rowid"
        rows = self._database.read(lambda connection: connection.execute(query, (account,)).fetchall())
        return [_client_key(row) for row in rows]

    async def revoke(self, account: str, client_key: str) -> None:
        """Revoke a key, at once. ClientKeyUnknown."""
        now = self._clock.now()
        update = """
            UPDATE client_keys SET revoked_at = ?
            WHERE client_key = ? AND account = ? AND revoked_at IS NULL RETURNING digest
        """

        def withdraw(connection: sqlite3.Connection) -> bytes:
            row = connection.execute(update, (now, client_key, account)).fetchone()
            if row is None:
                raise ClientKeyUnknown
            journal.append(connection, now, "ClientKeyRevoked", account, {"client_key": client_key})
            return bytes(row["digest"])

        digest = await self._keys.withdraw(withdraw)
        self._scopes.pop(digest, None)


def _client_key(row: sqlite3.Row) -> ClientKey:
    scopes = msgspec.json.decode(row["scopes"], type=tuple[Scope, ...])
    return ClientKey(row["client_key"], row["name"], scopes, row["created_at"], row["revoked_at"])
