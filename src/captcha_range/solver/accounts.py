"""Accounts: who may order, what is left of their balance and quota, and the keys they use."""

import sqlite3

import msgspec

from captcha_range.core.ids import new_uuid
from captcha_range.core.keys import Keys
from captcha_range.core.sqlite import Database
from captcha_range.solver.errors import BalanceEmpty, KeyUnknown, QuotaEmpty

TASK_PRICE = 1
"""Credits for one token; given back when the task fails."""


class AccountOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator gives to open an account. `task_ids`: which id createTask returns."""

    name: str = "unnamed"
    balance: int = 100_000
    recognitions: int = 1_000
    task_ids: str = "uuid"

    def __post_init__(self) -> None:
        if self.task_ids not in ("uuid", "integer"):
            raise ValueError("task_ids: must be uuid or integer")
        if not 0 <= self.balance <= 2**53 or not 0 <= self.recognitions <= 2**53:
            raise ValueError("balance, recognitions: must be 0 … 2^53")


class Account(msgspec.Struct, frozen=True):
    """An account. `balance` in credits; `recognitions` is how many are left of the free quota."""

    account: str
    name: str
    balance: int
    recognitions: int
    task_ids: str


class Accounts:
    """Opens accounts and looks them up by client key."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def open(self, order: AccountOrder) -> tuple[Account, str]:
        """A new account and its first client key."""
        account = Account(new_uuid(), order.name, order.balance, order.recognitions, order.task_ids)
        values = msgspec.structs.astuple(account)
        await self._database.write(lambda c: c.execute("INSERT INTO accounts VALUES (?, ?, ?, ?, ?)", values))
        return account, await self._keys.create("client", account.account)

    def by_key(self, key: str) -> Account:
        """The account of a client key, as it stands now. KeyUnknown."""
        holder = self._keys.holder("client", key)
        if holder is None:
            raise KeyUnknown
        query = "SELECT * FROM accounts WHERE account = ?"
        return _account(self._database.read(lambda connection: connection.execute(query, (holder,)).fetchone()))

    def all(self) -> list[Account]:
        """Every account."""
        query = "SELECT * FROM accounts ORDER BY rowid"
        return [_account(row) for row in self._database.read(lambda connection: connection.execute(query).fetchall())]

    async def use_recognition(self, account: str) -> None:
        """Take one from the recognition quota. QuotaEmpty."""
        update = (
            "UPDATE accounts SET recognitions = recognitions - 1 WHERE account = ? AND recognitions > 0 RETURNING 1"
        )
        if await self._database.write(lambda c: c.execute(update, (account,)).fetchone()) is None:
            raise QuotaEmpty


def charge(connection: sqlite3.Connection, account: str) -> None:
    """Take a task's price, in the transaction that stores the task. BalanceEmpty."""
    update = "UPDATE accounts SET balance = balance - ? WHERE account = ? AND balance >= ? RETURNING 1"
    if connection.execute(update, (TASK_PRICE, account, TASK_PRICE)).fetchone() is None:
        raise BalanceEmpty


def refund(connection: sqlite3.Connection, account: str) -> None:
    """Give a task's price back, in the transaction that fails the task."""
    connection.execute("UPDATE accounts SET balance = balance + ? WHERE account = ?", (TASK_PRICE, account))


def _account(row: sqlite3.Row) -> Account:
    return Account(**dict(row))
