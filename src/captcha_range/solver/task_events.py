"""A task's events, from the store: one for each change of its state, numbered from 1."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from captcha_range.core.sqlite import Database
from captcha_range.solver.feed import Feed
from captcha_range.solver.tasks import TERMINAL

HEARTBEAT = 15.0
"""Seconds without an event after which a stream says that it still lives."""


class TaskEvent(msgspec.Struct, frozen=True):
    """The state that a task went into; `at` in Unix seconds, `failure` why it failed."""

    number: int
    state: str
    attempt: int
    at: float
    failure: str | None


class TaskEvents:
    """Reads and follows events."""

    def __init__(self, database: Database, feed: Feed, heartbeat: float = HEARTBEAT) -> None:
        self._database = database
        self._feed = feed
        self._heartbeat = heartbeat

    def after(self, task: int, last: int) -> list[TaskEvent]:
        """A task's events after a number, oldest first."""
        query = (
            "SELECT number, state, attempt, at, failure FROM task_events WHERE task = ? AND number > ? ORDER BY number"
        )
        rows = self._database.read(lambda connection: connection.execute(query, (task, last)).fetchall())
        return [TaskEvent(*row) for row in rows]

    async def follow(self, task: int, last: int) -> AsyncIterator[TaskEvent | None]:
        """The events after a number as they come, to the terminal one; None when nothing came for a while.

        Ends before that when the solver stops: the client comes again with the last number.
        """
        with self._feed.watch(task) as changed:
            while True:
                changed.clear()
                for event in self.after(task, last):
                    yield event
                    last = event.number
                    if event.state in TERMINAL:
                        return
                if self._feed.closed:
                    return
                try:
                    await asyncio.wait_for(changed.wait(), self._heartbeat)
                except TimeoutError:
                    yield None


def rendered(event: TaskEvent | None, task: str) -> bytes:
    """One message of an event stream (HTML standard, server-sent events); a comment for None."""
    if event is None:
        return b": alive\n\n"
    data = msgspec.json.encode({"task": task, **msgspec.structs.asdict(event)}).decode()
    return f"id: {event.number}\nevent: {event.state}\ndata: {data}\n\n".encode()


def parse_last_id(header: str | None) -> int:
    """The number in a Last-Event-ID header; 0, the beginning, for anything else."""
    if header is not None and header.isascii() and header.isdigit() and len(header) <= 9:
        return int(header)
    return 0
