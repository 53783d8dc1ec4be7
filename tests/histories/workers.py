"""The load on the solver: clients order, look and cancel; workers solve, crash, finish twice and come back too late."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import count

from captcha_range.solver.errors import Unsolvable
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.tasks import TERMINAL, Task, TaskEnded
from tests.histories.recorder import Recorder
from tests.histories.records import OPEN
from tests.histories.stores import Stores

CLIENTS = 12
WORKERS = 12
REMEMBERED = 300
"""Latest tasks that clients look at and cancel."""

MOST_OPEN = 300
"""Open tasks from which clients only look, so that most tasks are reached before their time is over."""

ORDER = TokenOrder(sitekey="338af34c-7bcb-4c7c-900b-acbec73d7d43", page_url="http://shop.localhost:8000/")


class Desk:
    """Everybody who works on one task table."""

    def __init__(self, stores: Stores, recorder: Recorder, chance: random.Random) -> None:
        self._stores = stores
        self._recorder = recorder
        self._chance = chance
        self._latest: list[Task] = []
        self._crashed: list[Task] = []
        self._open = 0
        self._solutions = count()

    async def work(self) -> None:
        """Clients and workers at once, until no more operations are wanted; then everything comes to its end."""
        await asyncio.gather(
            *(self._client(random.Random(self._chance.random())) for _ in range(CLIENTS)),  # noqa: S311 - as visitors
            *(self._worker(random.Random(self._chance.random())) for _ in range(WORKERS)),  # noqa: S311 - the same
        )
        self._recorder.clock.advance(3_600)
        await self._lease(0)

    async def look_at_all(self) -> None:
        """Read every task once more."""
        for number in list(self._recorder.history.tasks):
            self._look(number)
            if number % 1_000 == 0:
                await asyncio.sleep(0)

    async def _client(self, lane: random.Random) -> None:
        while self._recorder.going_on:
            if self._open < MOST_OPEN and lane.random() < 0.5:
                await self._create()
            for task in lane.choices(self._latest, k=2) if self._latest else ():
                self._look(task.number)
            if self._latest and lane.random() < 0.08:
                await self._cancel(lane.choice(self._latest))
            await asyncio.sleep(0)

    async def _create(self) -> None:
        task, span = await self._recorder.spanned(self._stores.tasks.create(self._stores.account.account, ORDER))
        if task is not None:
            self._recorder.note(task.number, "created", span)
            self._latest.append(task)
            del self._latest[:-REMEMBERED]

    def _look(self, number: int) -> None:
        find = self._stores.tasks.find
        task, span = self._recorder.at_once(lambda: find(self._stores.account.account, number))
        self._recorder.note(number, "read", span, _result(task) if task.state in TERMINAL else OPEN)

    async def _cancel(self, task: Task) -> None:
        cancelled, span = await self._recorder.spanned(_unless_ended(self._stores.tasks.cancel(task)))
        self._recorder.note(task.number, "cancelled", span, _result(cancelled) if cancelled else "")

    async def _worker(self, lane: random.Random) -> None:
        acts: list[Callable[[Task, random.Random], Awaitable[None]]]
        acts = [self._finish, self._crash, self._finish_twice, self._race_with_cancel, self._release]
        while self._recorder.going_on:
            for task in await self._lease(lane.randint(1, 6)):
                (act,) = lane.choices(acts, weights=(70, 12, 8, 6, 4))
                await act(task, lane)
            if self._crashed and lane.random() < 0.3:
                await self._finish_late(lane)
            await asyncio.sleep(0)

    async def _lease(self, limit: int) -> list[Task]:
        answer, span = await self._recorder.spanned(self._stores.tasks.lease(limit))
        leased, expired = answer or ([], [])
        self._open = self._stores.tasks.open_now()["queued"]
        for number in expired:
            self._recorder.note(number, "expired", span)
        for task in leased:
            self._recorder.note(task.number, "leased", span, attempt=task.attempt)
        return leased

    async def _finish(self, task: Task, lane: random.Random) -> None:
        token = f"P1_{next(self._solutions)}"
        failed = lane.random() < 0.1
        outcome = Unsolvable.code if failed else Solution(token, "E0_key", "agent")
        stored, span = await self._recorder.spanned(self._stores.tasks.finish(task, outcome))
        told = (Unsolvable.code if failed else token) if stored else ""
        self._recorder.note(task.number, "finished", span, told, task.attempt)

    async def _crash(self, task: Task, lane: random.Random) -> None:
        """Say nothing: the lease runs out, and the worker may wake up later."""
        self._recorder.history.faults["worker crashed"] += 1
        self._crashed.append(task)
        del self._crashed[:-REMEMBERED]

    async def _finish_twice(self, task: Task, lane: random.Random) -> None:
        self._recorder.history.faults["finished twice"] += 1
        await asyncio.gather(self._finish(task, lane), self._finish(task, lane))

    async def _finish_late(self, lane: random.Random) -> None:
        self._recorder.history.faults["finished late"] += 1
        await self._finish(self._crashed.pop(lane.randrange(len(self._crashed))), lane)

    async def _race_with_cancel(self, task: Task, lane: random.Random) -> None:
        self._recorder.history.faults["cancelled while finishing"] += 1
        racers = [self._finish(task, lane), self._cancel(task)]
        lane.shuffle(racers)
        await asyncio.gather(*racers)

    async def _release(self, task: Task, lane: random.Random) -> None:
        self._recorder.history.faults["given back"] += 1
        _, span = await self._recorder.spanned(self._stores.tasks.release(task))
        self._recorder.note(task.number, "released", span, attempt=task.attempt)


async def _unless_ended(cancelling: Awaitable[Task]) -> Task | None:
    try:
        return await cancelling
    except TaskEnded:
        return None


def _result(task: Task) -> str:
    return str(task.failure) if task.solution is None else task.solution.token
