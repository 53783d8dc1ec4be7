"""Tasks: one order each, from queued to exactly one terminal state."""

import sqlite3
from typing import Any, Final

import msgspec

from captcha_range.core import journal
from captcha_range.core.clock import Clock
from captcha_range.core.ids import new_uuid
from captcha_range.core.sqlite import Database
from captcha_range.solver import accounts
from captcha_range.solver.errors import Lost, QueueFull, TaskUnknown, TimedOut
from captcha_range.solver.orders import Solution, TokenOrder

TIMEOUT = 300.0
"""Seconds from creation; the seed's promise."""

LEASE = 60.0
"""Seconds that a worker may hold a task before another one takes it."""

MAX_ATTEMPTS = 10
"""Leases of one task before it counts as the cause of its workers' deaths."""

MAX_OPEN = 10_000
"""How many tasks may wait or run before createTask answers that no slot is free."""

MOVES: Final = {
    ("queued", "leased"): "running",
    ("running", "leased"): "running",
    ("running", "released"): "queued",
    ("running", "solved"): "ready",
    ("running", "failed"): "failed",
    ("queued", "failed"): "failed",
}
"""The life of a task: (state, event) → state. A running task is leased again when its lease ran out."""

TERMINAL = frozenset({"ready", "failed"})

_LEASE = """
UPDATE tasks SET state = 'running', attempt = attempt + 1, lease_until = :until
WHERE number IN (
    SELECT number FROM tasks
    WHERE state = 'queued' OR (state = 'running' AND lease_until <= :now)
    ORDER BY number LIMIT :limit)
RETURNING *
"""
_FINISH = """
UPDATE tasks SET state = :state, finished_at = :now, solution = :solution, failure = :failure, lease_until = NULL
WHERE number = :number AND attempt = :attempt AND state = 'running'
RETURNING account, task
"""
_RELEASE = """
UPDATE tasks SET state = 'queued', lease_until = NULL WHERE number = ? AND attempt = ? AND state = 'running'
"""
_EXPIRE = """
UPDATE tasks SET state = 'failed', finished_at = :now, lease_until = NULL,
                 failure = CASE WHEN deadline <= :now THEN :timeout ELSE :lost END
WHERE state IN ('queued', 'running')
  AND (deadline <= :now OR (attempt >= :attempts AND state = 'running' AND lease_until <= :now))
RETURNING number, account, task, failure
"""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task as stored. `number` is its integer id, `task` its UUID; times in Unix seconds."""

    number: int
    task: str
    account: str
    order: TokenOrder
    state: str
    attempt: int
    created_at: float
    deadline: float
    solution: Solution | None
    failure: str | None


class Tasks:
    """The task table: every change is one statement that names the state it expects."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, account: str, order: TokenOrder) -> Task:
        """Store a queued task and charge for it, on the disk before this returns. QueueFull, BalanceEmpty."""
        now = self._clock.now()
        encoded = msgspec.json.encode(order).decode()
        values = (new_uuid(), account, encoded, now, now + TIMEOUT)

        def insert(connection: sqlite3.Connection) -> sqlite3.Row:
            open_now = connection.execute("SELECT count(*) FROM tasks WHERE state IN ('queued', 'running')").fetchone()
            if open_now[0] >= MAX_OPEN:
                raise QueueFull
            accounts.charge(connection, account)
            columns = "task, account, token_order, state, created_at, deadline"
            statement = f"INSERT INTO tasks ({columns}) VALUES (?, ?, ?, 'queued', ?, ?) RETURNING *"  # noqa: S608
            row: sqlite3.Row = connection.execute(statement, values).fetchone()
            journal.append(connection, now, "TaskCreated", row["task"], {"sitekey": order.sitekey})
            return row

        return _task(await self._database.write(insert))

    def find(self, account: str, given: str | int) -> Task:
        """An account's task by UUID or integer, as text or number. TaskUnknown for unknown and foreign alike."""
        text = str(given)
        column = "number" if text.isascii() and text.isdigit() else "task"
        if column == "number" and len(text) > 10:
            raise TaskUnknown
        query = f"SELECT * FROM tasks WHERE {column} = ? AND account = ?"  # noqa: S608 - one of two names
        row = self._database.read(lambda connection: connection.execute(query, (text.lower(), account)).fetchone())
        if row is None:
            raise TaskUnknown
        return _task(row)

    async def lease(self, limit: int) -> tuple[list[Task], list[int]]:
        """Up to `limit` tasks for a worker, and the numbers of those whose time ran out instead."""
        now = self._clock.now()

        def take(connection: sqlite3.Connection) -> tuple[list[sqlite3.Row], list[int]]:
            expired = _expire(connection, now)
            values = {"until": now + LEASE, "now": now, "limit": limit}
            return connection.execute(_LEASE, values).fetchall(), expired

        rows, expired = await self._database.write(take)
        return sorted((_task(row) for row in rows), key=lambda task: task.number), expired

    async def finish(self, task: Task, outcome: Solution | str) -> bool:
        """End a leased task with a solution or a failure code; False if its lease was lost meanwhile."""
        solved = isinstance(outcome, Solution)
        now = self._clock.now()
        values: dict[str, Any] = {
            "state": MOVES["running", "solved" if solved else "failed"],
            "now": now,
            "solution": msgspec.json.encode(outcome).decode() if solved else None,
            "failure": None if solved else outcome,
            "number": task.number,
            "attempt": task.attempt,
        }

        def end(connection: sqlite3.Connection) -> bool:
            row = connection.execute(_FINISH, values).fetchone()
            if row is None:
                return False
            if not solved:
                accounts.refund(connection, row["account"])
            facts = {"state": values["state"], "failure": values["failure"], "attempt": task.attempt}
            journal.append(connection, now, "TaskFinished", row["task"], facts)
            return True

        return await self._database.write(end)

    async def release(self, task: Task) -> None:
        """Give a leased task back to the queue."""
        await self._database.write(lambda connection: connection.execute(_RELEASE, (task.number, task.attempt)))

    async def release_all(self) -> None:
        """Give back what a killed process held; for the start of the only process that works on this file."""
        update = "UPDATE tasks SET state = 'queued', lease_until = NULL WHERE state = 'running'"
        await self._database.write(lambda connection: connection.execute(update))


def _expire(connection: sqlite3.Connection, now: float) -> list[int]:
    values = {"now": now, "timeout": TimedOut.code, "lost": Lost.code, "attempts": MAX_ATTEMPTS}
    rows = connection.execute(_EXPIRE, values).fetchall()
    for row in rows:
        accounts.refund(connection, row["account"])
        facts = {"state": "failed", "failure": row["failure"]}
        journal.append(connection, now, "TaskFinished", row["task"], facts)
    return [row["number"] for row in rows]


def _task(row: sqlite3.Row) -> Task:
    return Task(
        number=row["number"],
        task=row["task"],
        account=row["account"],
        order=msgspec.json.decode(row["token_order"], type=TokenOrder),
        state=row["state"],
        attempt=row["attempt"],
        created_at=row["created_at"],
        deadline=row["deadline"],
        solution=None if row["solution"] is None else msgspec.json.decode(row["solution"], type=Solution),
        failure=row["failure"],
    )
