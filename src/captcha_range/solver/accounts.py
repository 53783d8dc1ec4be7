"""Accounts: who may order, what is left of their balance and quota, and the keys they use."""

import sqlite3
from typing import Literal

import msgspec

from captcha_range.core import journal
from captcha_range.core.clock import Clock, SystemClock
from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_uuid
from captcha_range.core.keys import Keys
from captcha_range.core.sqlite import Database
from captcha_range.solver.client_keys import USUAL, ClientKeyOrder, ClientKeys, Scope
from captcha_range.solver.errors import BalanceEmpty, QuotaEmpty
from captcha_range.solver.rate_limits import Limits

TASK_PRICE = 1
"""Credits for one token, unless the account has a price of its own; given back when the task fails."""

MOST = 2**53
"""Credits and quotas stay below this, so that every JSON reader can hold them."""


class AccountUnknown(RangeError):
    """There is no such account."""

    code = "account_unknown"


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Credits for each type of work. A `recognition` of 0 is never sold: the quota is all there is."""

    token: int = TASK_PRICE
    token_with_proxy: int = TASK_PRICE
    recognition: int = 0

    def __post_init__(self) -> None:
        if not all(0 <= getattr(self, name) <= 10**9 for name in self.__struct_fields__):
            raise ValueError("prices: must be 0 … 10^9")


class AccountOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator gives to open an account. `task_ids`: which id createTask returns."""

    name: str = "unnamed"
    balance: int = 100_000
    recognitions: int = 1_000
    task_ids: str = "uuid"
    free_tasks: int = 0
    prices: Prices = Prices()
    limits: Limits = Limits()
    scopes: tuple[Scope, ...] = USUAL

    def __post_init__(self) -> None:
        if self.task_ids not in ("uuid", "integer"):
            raise ValueError("task_ids: must be uuid or integer")
        if not 0 <= self.balance <= MOST or not 0 <= self.recognitions <= MOST:
            raise ValueError("balance, recognitions: must be 0 … 2^53")
        if not 0 <= self.free_tasks <= MOST:
            raise ValueError("free_tasks: must be 0 … 2^53")
        _check_name(self.name)


class AccountChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an operator may change of an account; what is left out stays. Credits come by topping up."""

    name: str | None = None
    recognitions: int | None = None
    task_ids: Literal["uuid", "integer"] | None = None
    free_tasks: int | None = None
    prices: Prices | None = None
    limits: Limits | None = None

    def __post_init__(self) -> None:
        for count in (self.recognitions, self.free_tasks):
            if count is not None and not 0 <= count <= MOST:
                raise ValueError("recognitions, free_tasks: must be 0 … 2^53")
        if self.name is not None:
            _check_name(self.name)


class TopUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Credits to add."""

    credits: int

    def __post_init__(self) -> None:
        if not 1 <= self.credits <= 10**12:
            raise ValueError("credits: must be 1 … 10^12")


class Account(msgspec.Struct, frozen=True):
    """An account. `balance` in credits; `recognitions` and `free_tasks` are what is left of the free quotas."""

    account: str
    name: str
    balance: int
    recognitions: int
    task_ids: str
    free_tasks: int = 0
    prices: Prices = Prices()
    limits: Limits = Limits()


class Charge(msgspec.Struct, frozen=True):
    """What a task cost: credits, or one of the free quota."""

    price: int = TASK_PRICE
    free: bool = False


class Accounts:
    """Opens, changes and finds accounts."""

    def __init__(self, database: Database, keys: Keys, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self.client_keys = ClientKeys(database, keys, self._clock)

    async def open(self, order: AccountOrder) -> tuple[Account, str]:
        """A new account and its first client key."""
        account = Account(
            account=new_uuid(),
            name=order.name,
            balance=order.balance,
            recognitions=order.recognitions,
            task_ids=order.task_ids,
            free_tasks=order.free_tasks,
            prices=order.prices,
            limits=order.limits,
        )
        now = self._clock.now()

        def insert(connection: sqlite3.Connection) -> None:
            values = _columns(account)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(f"INSERT INTO accounts ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608
            journal.append(connection, now, "AccountOpened", account.account, {"name": account.name})

        await self._database.write(insert)
        _, key = await self.client_keys.add(account.account, ClientKeyOrder("first", order.scopes))
        return account, key

    def by_key(self, key: str, scope: Scope | None = None) -> Account:
        """The account of a client key, as it stands now. KeyUnknown, ScopeMissing."""
        return self.find(self.client_keys.account(key, scope))

    def find(self, account: str) -> Account:
        """The account of an id. AccountUnknown."""
        query = "SELECT * FROM accounts WHERE account = ?"
        row = self._database.read(lambda connection: connection.execute(query, (account,)).fetchone())
        if row is None:
            raise AccountUnknown
        return _account(row)

    def all(self) -> list[Account]:
        """Every account."""
        query = "SELECT * FROM accounts ORDER BY rowid"
        return [_account(row) for row in self._database.read(lambda connection: connection.execute(query).fetchall())]

    async def change(self, account: str, change: AccountChange) -> Account:
        """The account with what the change names. AccountUnknown."""
        named = msgspec.to_builtins(change)
        values = _columns(msgspec.structs.replace(self.find(account), **_given(change)))

        def update(connection: sqlite3.Connection) -> None:
            for name in named:
                connection.execute(f"UPDATE accounts SET {name} = :{name} WHERE account = :account", values)  # noqa: S608
            journal.append(connection, self._clock.now(), "AccountChanged", account, named)

        await self._database.write(update)
        return self.find(account)

    async def top_up(self, account: str, top_up: TopUp) -> Account:
        """The account with more credits, never more than `MOST`. AccountUnknown."""
        update = "UPDATE accounts SET balance = min(balance + ?, ?) WHERE account = ? RETURNING *"

        def add(connection: sqlite3.Connection) -> sqlite3.Row:
            row: sqlite3.Row | None = connection.execute(update, (top_up.credits, MOST, account)).fetchone()
            if row is None:
                raise AccountUnknown
            journal.append(connection, self._clock.now(), "AccountToppedUp", account, {"credits": top_up.credits})
            return row

        return _account(await self._database.write(add))

    async def use_recognition(self, account: str) -> None:
        """Take one from the recognition quota, or its price once that is used up. QuotaEmpty."""

        def take(connection: sqlite3.Connection) -> None:
            if _take_free(connection, account, "recognitions"):
                return
            price = _prices(connection, account).recognition
            if price == 0 or not _take_credits(connection, account, price):
                raise QuotaEmpty

        await self._database.write(take)


def charge(connection: sqlite3.Connection, account: str, kind: str = "token") -> Charge:
    """Take a task's price, in the transaction that stores the task: of the free quota first. BalanceEmpty."""
    price: int = getattr(_prices(connection, account), kind)
    if _take_free(connection, account, "free_tasks"):
        return Charge(0, free=True)
    if not _take_credits(connection, account, price):
        raise BalanceEmpty
    return Charge(price)


def refund(connection: sqlite3.Connection, account: str, paid: Charge = Charge()) -> None:  # noqa: B008 - immutable
    """Give back what a task cost, in the transaction that fails the task."""
    update = "UPDATE accounts SET balance = balance + ?, free_tasks = free_tasks + ? WHERE account = ?"
    connection.execute(update, (paid.price, int(paid.free), account))


def _take_free(connection: sqlite3.Connection, account: str, quota: str) -> bool:
    update = f"UPDATE accounts SET {quota} = {quota} - 1 WHERE account = ? AND {quota} > 0 RETURNING 1"  # noqa: S608
    return connection.execute(update, (account,)).fetchone() is not None


def _take_credits(connection: sqlite3.Connection, account: str, price: int) -> bool:
    update = "UPDATE accounts SET balance = balance - ? WHERE account = ? AND balance >= ? RETURNING 1"
    return connection.execute(update, (price, account, price)).fetchone() is not None


def _prices(connection: sqlite3.Connection, account: str) -> Prices:
    row = connection.execute("SELECT prices FROM accounts WHERE account = ?", (account,)).fetchone()
    return msgspec.json.decode(row["prices"], type=Prices)


def _given(change: AccountChange) -> dict[str, object]:
    fields = msgspec.structs.asdict(change)
    return {name: value for name, value in fields.items() if value is not None}


def _columns(account: Account) -> dict[str, object]:
    """The account's row; structures as JSON."""
    encoded = {name: msgspec.json.encode(getattr(account, name)).decode() for name in ("prices", "limits")}
    return {**msgspec.structs.asdict(account), **encoded}


def _account(row: sqlite3.Row) -> Account:
    columns = dict(row)
    prices = msgspec.json.decode(columns.pop("prices"), type=Prices)
    limits = msgspec.json.decode(columns.pop("limits"), type=Limits)
    return Account(**columns, prices=prices, limits=limits)


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise ValueError("name: must be 1 … 200 printable characters")
