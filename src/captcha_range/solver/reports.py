"""Reports: what a client says of a token that it got. They are kept and counted; nothing is refunded for them."""

import sqlite3
from typing import Literal

from captcha_range.core import journal
from captcha_range.core.clock import Clock
from captcha_range.core.sqlite import Database
from captcha_range.solver.tasks import Task

Verdict = Literal["correct", "incorrect"]

_UPSERT = """
INSERT INTO reports VALUES (:task, :account, :verdict, :at)
ON CONFLICT (task) DO UPDATE SET verdict = :verdict, at = :at WHERE verdict <> :verdict
RETURNING 1
"""


class Reports:
    """Takes reports; saying the same again changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def note(self, task: Task, verdict: Verdict) -> None:
        """The client's latest word on a task."""
        now = self._clock.now()
        values = {"task": task.task, "account": task.account, "verdict": verdict, "at": now}

        def write(connection: sqlite3.Connection) -> None:
            if connection.execute(_UPSERT, values).fetchone() is not None:
                journal.append(connection, now, "TaskReported", task.task, {"verdict": verdict})

        await self._database.write(write)

    def verdict(self, task: str) -> str | None:
        """What was said of a task last."""
        query = "SELECT verdict FROM reports WHERE task = ?"
        row = self._database.read(lambda connection: connection.execute(query, (task,)).fetchone())
        return None if row is None else str(row["verdict"])
