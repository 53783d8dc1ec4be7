"""Tasks: one order each, from queued to exactly one terminal state."""

import logging
import sqlite3
from typing import Any, Final, Protocol

import msgspec

from captcha_range.core import journal
from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_uuid
from captcha_range.core.sqlite import Database
from captcha_range.solver import accounts, idempotency
from captcha_range.solver.effort import Effort
from captcha_range.solver.errors import Cancelled, Lost, QueueFull, TaskUnknown, TimedOut
from captcha_range.solver.meters import Meters
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.outbox import Outbox
from captcha_range.solver.terms import PLAIN, Terms

TIMEOUT = 300.0
"""Seconds from creation; the seed's promise."""

LEASE = 75.0
"""Seconds that a worker may hold a task before another one takes it: longer than a worker's own wall limit of 60."""

MAX_ATTEMPTS = 10
"""Leases of one task before it counts as the cause of its workers' deaths."""

MOST_OPEN = 4_000
"""How many tasks may wait or run, unless the operator says otherwise, before another one is refused."""

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

_INSERT = """
INSERT INTO tasks (task, account, token_order, state, created_at, changed_at, deadline,
                   price, free, callback_url, callback_form)
VALUES (:task, :account, :token_order, 'queued', :now, :now, :deadline, :price, :free, :callback_url, :callback_form)
RETURNING *
"""
# `state IN ('queued', 'running')` is the condition of the indexes on open tasks: a statement that looks for some of
# them has to repeat it, or it reads every task that ever was.
_LEASE = """
UPDATE tasks SET state = 'running', attempt = attempt + 1, lease_until = :until, holder = :holder, changed_at = :now
WHERE number IN (
    SELECT number FROM (
        SELECT * FROM (
            SELECT number FROM tasks WHERE state IN ('queued', 'running') AND state = 'queued'
            ORDER BY number LIMIT :limit)
        UNION ALL
        SELECT number FROM tasks
        WHERE state IN ('queued', 'running') AND state = 'running' AND lease_until <= :now)
    ORDER BY number LIMIT :limit)
RETURNING *
"""
_FINISH = """
UPDATE tasks SET state = :state, finished_at = :now, changed_at = :now, lease_until = NULL,
                 solution = :solution, failure = :failure,
                 effort = coalesce(:effort, effort)
WHERE number = :number AND attempt = :attempt AND state = 'running'
RETURNING *
"""
_RELEASE = """
UPDATE tasks SET state = 'queued', lease_until = NULL, changed_at = :now
WHERE number = :number AND attempt = :attempt AND state = 'running'
"""
_CANCEL = """
UPDATE tasks SET state = 'failed', finished_at = :now, changed_at = :now, failure = :failure, lease_until = NULL
WHERE number = :number AND account = :account AND state IN ('queued', 'running')
RETURNING *
"""
_EXPIRE = """
UPDATE tasks SET state = 'failed', finished_at = :now, changed_at = :now, lease_until = NULL,
                 failure = CASE WHEN deadline <= :now THEN :timeout ELSE :lost END
WHERE state IN ('queued', 'running')
  AND (deadline <= :now OR (attempt >= :attempts AND state = 'running' AND lease_until <= :now))
RETURNING *
"""
_log = logging.getLogger(__name__)


_DUE = """
SELECT EXISTS (SELECT 1 FROM tasks WHERE state IN ('queued', 'running') AND state = 'queued')
    OR EXISTS (
        SELECT 1 FROM tasks WHERE state IN ('queued', 'running') AND state = 'running' AND lease_until <= ?)
"""

HERE = ""
"""The holder of a lease that ends with this process; any other is the name of a worker's key."""


class Held(Protocol):
    """A lease of a task: its number, and which of its attempts this is."""

    @property
    def number(self) -> int: ...

    @property
    def attempt(self) -> int: ...


class TaskEnded(RangeError):
    """The task has ended already, so it cannot be cancelled."""

    code = "task_ended"


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
    finished_at: float | None = None
    paid: accounts.Charge = accounts.Charge()
    effort: Effort | None = None
    callback_url: str | None = None
    callback_form: str | None = None


class Tasks:
    """The task table: every change is one statement that names the state it expects."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        outbox: Outbox | None = None,
        meters: Meters | None = None,
        *,
        most_open: int = MOST_OPEN,
    ) -> None:
        """`outbox` None: nobody is told of a task's end; `meters` None: nobody asks for what they count.

        `most_open`: beyond it `create` refuses.
        """
        self._database = database
        self._clock = clock
        self._outbox = outbox
        self._meters = meters or Meters()
        self.most_open = most_open

    def require_room(self) -> None:
        """QueueFull if no task can be stored now."""
        self._database.read(self._require_room)

    async def create(self, account: str, order: TokenOrder, terms: Terms = PLAIN) -> Task:
        """Store a queued task and charge for it, on the disk before this returns. QueueFull, BalanceEmpty.

        If the terms name an idempotency key that was used before: Replayed, IdempotencyMismatch.
        """
        now = self._clock.now()
        url, form = terms.callback or (None, None)
        values: dict[str, Any] = {
            "task": new_uuid(),
            "account": account,
            "token_order": msgspec.json.encode(order).decode(),
            "now": now,
            "deadline": now + TIMEOUT,
            "callback_url": url,
            "callback_form": form,
        }

        def insert(connection: sqlite3.Connection) -> Task:
            if terms.once is not None:
                idempotency.require_new(connection, account, terms.once)
            self._require_room(connection)
            paid = accounts.charge(connection, account, order.type)
            row = connection.execute(_INSERT, {**values, "price": paid.price, "free": int(paid.free)}).fetchone()
            task = _task(row)
            journal.append(connection, now, "TaskCreated", task.task, {"sitekey": order.sitekey, **_trace(order)})
            if terms.once is not None:
                idempotency.keep(connection, account, terms.once, task.task, terms.once.render(task), now)
            return task

        task = await self._database.write(insert)
        self._meters.moves.add("created")
        return task

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

    async def lease(self, limit: int, holder: str = HERE) -> tuple[list[Task], list[int]]:
        """Up to `limit` tasks for a worker, and the numbers of those whose time ran out instead."""
        now = self._clock.now()

        def take(connection: sqlite3.Connection) -> tuple[list[sqlite3.Row], list[Task]]:
            expired = self._expire(connection, now)
            values = {"until": now + LEASE, "now": now, "limit": limit, "holder": holder}
            return connection.execute(_LEASE, values).fetchall(), expired

        rows, expired = await self._database.write(take)
        for ended in expired:
            self._note_end(ended)
        for _ in rows:
            self._meters.moves.add("leased")
        leased = sorted((_task(row) for row in rows), key=lambda task: task.number)
        return leased, [ended.number for ended in expired]

    def is_held(self, lease: Held) -> bool:
        """Whether the lease still is the task's latest, and the task runs."""
        query = "SELECT 1 FROM tasks WHERE number = ? AND attempt = ? AND state = 'running'"
        values = (lease.number, lease.attempt)
        return self._database.read(lambda connection: connection.execute(query, values).fetchone()) is not None

    def are_due(self) -> bool:
        """Whether there is a task to lease."""
        now = self._clock.now()
        return bool(self._database.read(lambda connection: connection.execute(_DUE, (now,)).fetchone())[0])

    async def finish(self, lease: Held, outcome: Solution | str, effort: Effort | None = None) -> bool:
        """End a leased task with a solution or a failure code; False if its lease was lost meanwhile.

        `effort` is what the worker did before it gave up; with a solution it comes along.
        """
        solved = isinstance(outcome, Solution)
        effort = outcome.effort if isinstance(outcome, Solution) else effort
        now = self._clock.now()
        values: dict[str, Any] = {
            "state": MOVES["running", "solved" if solved else "failed"],
            "now": now,
            "solution": msgspec.json.encode(outcome).decode() if solved else None,
            "effort": None if effort is None else msgspec.json.encode(effort).decode(),
            "failure": None if solved else outcome,
            "number": lease.number,
            "attempt": lease.attempt,
        }

        def end(connection: sqlite3.Connection) -> Task | None:
            row = connection.execute(_FINISH, values).fetchone()
            return None if row is None else self._end(connection, row, now)

        ended = await self._database.write(end)
        if ended is not None:
            self._note_end(ended)
        return ended is not None

    async def cancel(self, task: Task) -> Task:
        """The task, failed as cancelled. TaskEnded if it has ended otherwise."""
        now = self._clock.now()
        values = {"now": now, "failure": Cancelled.code, "number": task.number, "account": task.account}

        def end(connection: sqlite3.Connection) -> Task | None:
            row = connection.execute(_CANCEL, values).fetchone()
            return None if row is None else self._end(connection, row, now)

        ended = await self._database.write(end)
        if ended is not None:
            self._note_end(ended)
            return ended
        ended = self.find(task.account, task.number)
        if ended.failure != Cancelled.code:
            raise TaskEnded
        return ended

    async def release(self, lease: Held) -> bool:
        """Give a leased task back to the queue; False if its lease was lost meanwhile."""
        values = {"now": self._clock.now(), "number": lease.number, "attempt": lease.attempt}
        released = await self._database.write(lambda connection: connection.execute(_RELEASE, values).rowcount)
        self._note_released(released)
        return released == 1

    async def release_own(self) -> None:
        """Give back what a killed process held itself; workers apart from it keep their leases over its restart."""
        update = """
            UPDATE tasks SET state = 'queued', lease_until = NULL, changed_at = ?
            WHERE state IN ('queued', 'running') AND state = 'running' AND holder = ?
        """
        values = (self._clock.now(), HERE)
        released = await self._database.write(lambda connection: connection.execute(update, values).rowcount)
        self._note_released(released)

    def page(self, account: str, state: str | None, before: int, limit: int) -> tuple[list[Task], int | None]:
        """An account's tasks, the newest first, and where the next page begins."""
        query = """
            SELECT * FROM tasks WHERE account = ? AND number < ? AND (? IS NULL OR state = ?)
            ORDER BY number DESC LIMIT ?
        """
        values = (account, before, state, state, limit + 1)
        rows = self._database.read(lambda connection: connection.execute(query, values).fetchall())
        following = rows[limit - 1]["number"] if len(rows) > limit else None
        return [_task(row) for row in rows[:limit]], following

    def open_now(self) -> dict[str, int]:
        """How many tasks wait and run, by state."""
        query = "SELECT state, count(*) FROM tasks WHERE state IN ('queued', 'running') GROUP BY state"
        rows = self._database.read(lambda connection: connection.execute(query).fetchall())
        return {"queued": 0, "running": 0, **{str(row[0]): int(row[1]) for row in rows}}

    def running_apart(self) -> int:
        """How many tasks run in other processes."""
        query = """
            SELECT count(*) FROM tasks WHERE state IN ('queued', 'running') AND state = 'running' AND holder <> ?
        """
        count: int = self._database.read(lambda connection: connection.execute(query, (HERE,)).fetchone()[0])
        return count

    def recent_seconds(self) -> float:
        """How long the latest hundred solved tasks took on average, from order to token; 0 before the first."""
        query = """
            SELECT avg(finished_at - created_at) FROM (
                SELECT finished_at, created_at FROM tasks
                WHERE finished_at IS NOT NULL AND state = 'ready' ORDER BY finished_at DESC LIMIT 100)
        """
        row = self._database.read(lambda connection: connection.execute(query).fetchone())
        return round(row[0] or 0.0, 2)

    def _require_room(self, connection: sqlite3.Connection) -> None:
        open_now = connection.execute("SELECT count(*) FROM tasks WHERE state IN ('queued', 'running')").fetchone()
        if open_now[0] >= self.most_open:
            raise QueueFull

    def _end(self, connection: sqlite3.Connection, row: sqlite3.Row, now: float) -> Task:
        """What goes with every end, in its transaction: refund, journal, outbox."""
        task = _task(row)
        if task.state == "failed":
            accounts.refund(connection, task.account, task.paid)
        facts = {"state": task.state, "failure": task.failure, "attempt": task.attempt, **_trace(task.order)}
        journal.append(connection, now, "TaskFinished", task.task, facts)
        if self._outbox is not None:
            self._outbox.put(connection, task, now)
        return task

    def _expire(self, connection: sqlite3.Connection, now: float) -> list[Task]:
        values = {"now": now, "timeout": TimedOut.code, "lost": Lost.code, "attempts": MAX_ATTEMPTS}
        rows = connection.execute(_EXPIRE, values).fetchall()
        return [self._end(connection, row, now) for row in rows]

    def _note_released(self, count: int) -> None:
        for _ in range(count):
            self._meters.moves.add("released")

    def _note_end(self, task: Task) -> None:
        """Count an end and log it, once it is on the disk."""
        kind, seconds = task.order.type, (task.finished_at or 0.0) - task.created_at
        self._meters.moves.add("solved" if task.failure is None else "failed")
        self._meters.ended.add(kind, task.state, task.failure or "none")
        if task.failure is None:
            self._meters.until_ready.observe(seconds, kind)
        fields = {
            "task": task.task,
            "type": kind,
            "state": task.state,
            "failure": task.failure,
            "worker": None if task.effort is None else task.effort.worker,
            "attempt": task.attempt,
            "seconds": round(seconds, 3),
            **_trace(task.order),
        }
        _log.info("task ended", extra={"fields": fields})


def _trace(order: TokenOrder) -> dict[str, str]:
    """The trace that a task came with, which is not that of whoever cancels it."""
    return {} if order.trace is None else {"trace": order.trace}


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
        finished_at=row["finished_at"],
        paid=accounts.Charge(row["price"], bool(row["free"])),
        effort=None if row["effort"] is None else msgspec.json.decode(row["effort"], type=Effort),
        callback_url=row["callback_url"],
        callback_form=row["callback_form"],
    )
