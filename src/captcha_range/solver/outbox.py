"""The outbox: webhooks that are to be delivered, written in the transaction that ends their task."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.core.sqlite import Database

BACK_OFF = (5.0, 30.0, 120.0, 600.0, 3_600.0, 21_600.0)
"""Seconds after each failed attempt; after one more than these a delivery has failed."""

Render = Callable[[Any], bytes]
"""From an ended task to a webhook's body."""

_PAGE = "SELECT * FROM deliveries WHERE account = ? AND number < ? ORDER BY number DESC LIMIT ?"
_ATTEMPTS = "SELECT number, at, status, problem FROM delivery_attempts WHERE delivery = ? ORDER BY number"


class DeliveryUnknown(RangeError):
    """The account has no such delivery."""

    code = "delivery_unknown"


class DeliveryAttempt(msgspec.Struct, frozen=True):
    """One try: when, and the HTTP status or what went wrong instead. `at` in Unix seconds."""

    number: int
    at: float
    status: int | None
    problem: str | None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook. `delivery` is its `webhook-id`; `next_at` is when it is tried next, in Unix seconds."""

    delivery: str
    task: str
    url: str
    state: Literal["pending", "delivered", "failed"]
    created_at: float
    next_at: float | None
    attempts: tuple[DeliveryAttempt, ...]


class Due(msgspec.Struct, frozen=True):
    """What the courier carries."""

    number: int
    delivery: str
    account: str
    url: str
    body: bytes
    attempts: int


class Outbox:
    """The table of deliveries."""

    def __init__(self, database: Database, clock: Clock, renders: Mapping[str, Render]) -> None:
        self._database = database
        self._clock = clock
        self._renders = renders

    def put(self, connection: sqlite3.Connection, task: Any, now: float) -> None:
        """Note that an ended task is to be reported, if its client asked for it."""
        if task.callback_url is None:
            return
        values = (f"msg_{task.task}", task.account, task.task, task.callback_url)
        body = self._renders[task.callback_form](task)
        columns = "delivery, account, task, url, body, created_at, next_at"
        connection.execute(
            f"INSERT INTO deliveries ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
            (*values, body, now, now),
        )

    def due(self, limit: int) -> list[Due]:
        """Deliveries whose time has come, the longest waiting first."""
        query = """
            SELECT number, delivery, account, url, body, attempts FROM deliveries
            WHERE state = 'pending' AND next_at <= ? ORDER BY next_at, number LIMIT ?
        """
        values = (self._clock.now(), limit)
        rows = self._database.read(lambda connection: connection.execute(query, values).fetchall())
        return [Due(*row) for row in rows]

    async def note(self, due: Due, status: int | None, problem: str | None) -> str:
        """Log an attempt, and settle what comes next: the delivery's state."""
        now = self._clock.now()
        number = due.attempts + 1
        state, next_at = _after(due.attempts, status, problem, now)
        update = """
            UPDATE deliveries SET state = ?, attempts = ?, next_at = ?, ended_at = ?
            WHERE number = ? AND state = 'pending' AND attempts = ?
        """
        ended_at = None if state == "pending" else now

        def write(connection: sqlite3.Connection) -> None:
            changed = connection.execute(update, (state, number, next_at, ended_at, due.number, due.attempts))
            if changed.rowcount:
                values = (due.number, number, now, status, problem)
                connection.execute("INSERT INTO delivery_attempts VALUES (?, ?, ?, ?, ?)", values)

        await self._database.write(write)
        return state

    def page(self, account: str, before: int, limit: int) -> tuple[list[Delivery], int | None]:
        """An account's deliveries, the newest first, and where the next page begins."""

        def select(connection: sqlite3.Connection) -> tuple[list[Delivery], int | None]:
            rows = connection.execute(_PAGE, (account, before, limit + 1)).fetchall()
            following = rows[limit - 1]["number"] if len(rows) > limit else None
            return [_delivery(connection, row) for row in rows[:limit]], following

        return self._database.read(select)

    async def redeliver(self, account: str, delivery: str) -> Delivery:
        """Try a delivery again at once, from the beginning of its back-off. DeliveryUnknown."""
        now = self._clock.now()
        update = """
            UPDATE deliveries SET state = 'pending', next_at = ?, ended_at = NULL
            WHERE delivery = ? AND account = ? RETURNING *
        """

        def revive(connection: sqlite3.Connection) -> Delivery:
            row = connection.execute(update, (now, delivery, account)).fetchone()
            if row is None:
                raise DeliveryUnknown
            return _delivery(connection, row)

        return await self._database.write(revive)


def _after(
    attempts: int, status: int | None, problem: str | None, now: float
) -> tuple[Literal["pending", "delivered", "failed"], float | None]:
    """The delivery's state after one more attempt, and when it is tried next."""
    if problem is None and status is not None and 200 <= status < 300:
        return "delivered", None
    if status == 410 or attempts >= len(BACK_OFF):
        return "failed", None
    return "pending", now + BACK_OFF[attempts]


def _delivery(connection: sqlite3.Connection, row: sqlite3.Row) -> Delivery:
    attempts = connection.execute(_ATTEMPTS, (row["number"],)).fetchall()
    return Delivery(
        delivery=row["delivery"],
        task=row["task"],
        url=row["url"],
        state=row["state"],
        created_at=row["created_at"],
        next_at=row["next_at"],
        attempts=tuple(DeliveryAttempt(*attempt) for attempt in attempts),
    )
