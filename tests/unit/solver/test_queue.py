"""The queue wakes at once, tells who waits, survives a crashing worker, and gives back what it holds when it stops."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.journal import entries
from captcha_range.core.sqlite import Database, StoreUnavailable
from captcha_range.solver import queue as queue_module
from captcha_range.solver import slots as slots_module
from captcha_range.solver.accounts import Account, Accounts
from captcha_range.solver.effort import Effort
from captcha_range.solver.errors import FAILURES, Cancelled, FieldInvalid, SolverError, Unsolvable, WidgetFailed
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.queue import Queue
from captcha_range.solver.slots import Slots
from captcha_range.solver.tasks import HERE, LEASE, TIMEOUT, Held, Task, Tasks
from captcha_range.solver.worker import Worker

ORDER = TokenOrder(sitekey="338af34c-7bcb-4c7c-900b-acbec73d7d43", page_url="http://shop.localhost/")
SOLUTION = Solution("P1_token", "E0_key", "agent")
PATIENCE = 20.0
"""Seconds after which a test counts as stuck; no test waits for them."""


class HeldWorker:
    """Takes orders and holds them until it is told to go on."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[TokenOrder] = asyncio.Queue()
        self.go_on = asyncio.Event()
        self.at_once = 0
        self.most_at_once = 0

    async def solve(self, order: TokenOrder) -> Solution:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.taken.put_nowait(order)
        try:
            await self.go_on.wait()
        finally:
            self.at_once -= 1
        return SOLUTION


class QuickWorker:
    """Does the same for every order, at once: returns a solution or raises."""

    def __init__(self, outcome: Solution | Exception = SOLUTION) -> None:
        self._outcome = outcome

    async def solve(self, order: TokenOrder) -> Solution:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


@pytest.fixture(autouse=True)
async def deadline() -> AsyncIterator[None]:
    """A test that gets stuck fails."""
    handle = asyncio.get_running_loop().call_later(PATIENCE, _give_up, asyncio.current_task())
    yield
    handle.cancel()


def _give_up(task: "asyncio.Task[Any] | None") -> None:
    for each in asyncio.all_tasks():
        each.cancel("stuck")


@pytest.fixture(autouse=True)
def no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue never looks by itself: what happens here, happens because something woke it."""
    monkeypatch.setattr(queue_module, "SWEEP", 3_600.0)


@contextlib.asynccontextmanager
async def running(tasks: Tasks, worker: Worker, clock: StillClock, slots: int = 2) -> AsyncIterator[Queue]:
    queue = Queue(tasks, clock)
    at_work = Slots(queue, worker, slots, clock)
    await queue.start()
    await at_work.start()
    try:
        yield queue
    finally:
        await at_work.drain()
        await queue.stop()


def balance_of(accounts: Accounts, account: Account) -> int:
    return next(each.balance for each in accounts.all() if each.account == account.account)


def finishes(database: Database, task: Task) -> list[Any]:
    found = database.read(lambda connection: entries(connection, limit=1_000))
    return [entry.facts["failure"] for entry in found if (entry.subject, entry.event) == (task.task, "TaskFinished")]


async def test_a_task_starts_at_once_and_who_waits_is_told_at_once(
    tasks: Tasks, clock: StillClock, account: Account
) -> None:
    async with running(tasks, QuickWorker(), clock) as queue:
        task = await queue.wait(await queue.submit(account.account, ORDER), 3_600.0)
    assert (task.state, task.solution) == ("ready", SOLUTION)


async def test_a_wait_ends_early_when_the_task_ends(tasks: Tasks, clock: StillClock, account: Account) -> None:
    worker = HeldWorker()
    async with running(tasks, worker, clock) as queue:
        task = await queue.submit(account.account, ORDER)
        waiting = [asyncio.create_task(queue.wait(task, 3_600.0)) for _ in range(3)]
        await worker.taken.get()
        assert not any(each.done() for each in waiting)
        worker.go_on.set()
        assert {each.state for each in await asyncio.gather(*waiting)} == {"ready"}


async def test_a_wait_that_runs_out_returns_the_task_as_it_stands(
    tasks: Tasks, clock: StillClock, account: Account
) -> None:
    worker = HeldWorker()
    async with running(tasks, worker, clock) as queue:
        task = await queue.submit(account.account, ORDER)
        await worker.taken.get()
        for seconds in (-1.0, 0.0, 0.001):
            assert (await queue.wait(task, seconds)).state in ("queued", "running")
        assert (await queue.wait(task, 0.001)).state == "running"


async def test_a_wait_for_an_ended_task_returns_at_once(tasks: Tasks, clock: StillClock, account: Account) -> None:
    async with running(tasks, QuickWorker(), clock) as queue:
        first = await queue.submit(account.account, ORDER)
        ended = await queue.wait(first, 3_600.0)
        assert await queue.wait(first, 3_600.0) == ended
        assert await queue.wait(ended, 3_600.0) == ended


async def test_no_more_tasks_run_at_once_than_there_are_slots(
    tasks: Tasks, clock: StillClock, account: Account
) -> None:
    worker = HeldWorker()
    async with running(tasks, worker, clock, slots=3) as queue:
        submitted = [await queue.submit(account.account, ORDER) for _ in range(8)]
        for _ in range(3):
            await worker.taken.get()
        worker.go_on.set()
        ended = [await queue.wait(task, 3_600.0) for task in submitted]
    assert {task.state for task in ended} == {"ready"}
    assert {task.attempt for task in ended} == {1}
    assert worker.most_at_once == 3


@pytest.mark.parametrize("kind", FAILURES.values(), ids=lambda kind: kind.code)
async def test_what_the_worker_says_is_why_the_task_failed(
    tasks: Tasks, clock: StillClock, accounts: Accounts, account: Account, database: Database, kind: type[SolverError]
) -> None:
    async with running(tasks, QuickWorker(kind("why")), clock) as queue:
        task = await queue.wait(await queue.submit(account.account, ORDER), 3_600.0)
    assert (task.state, task.failure, task.solution) == ("failed", kind.code, None)
    assert finishes(database, task) == [kind.code]
    assert balance_of(accounts, account) == account.balance


@pytest.mark.parametrize(
    "error", [RuntimeError("bug"), FieldInvalid("late"), KeyError("x"), RecursionError(), MemoryError()], ids=repr
)
async def test_a_crash_in_the_worker_fails_the_task_and_the_queue_goes_on(
    tasks: Tasks, clock: StillClock, account: Account, error: Exception
) -> None:
    async with running(tasks, QuickWorker(error), clock, slots=1) as queue:
        for _ in range(3):
            task = await queue.wait(await queue.submit(account.account, ORDER), 3_600.0)
            assert (task.state, task.failure) == ("failed", "crashed")


async def test_a_worker_that_hangs_is_stopped_when_the_tasks_time_is_over(
    tasks: Tasks, clock: StillClock, accounts: Accounts, account: Account, database: Database
) -> None:
    task = await tasks.create(account.account, ORDER)
    clock.advance(TIMEOUT - 0.01)
    worker = HeldWorker()
    async with running(tasks, worker, clock) as queue:
        ended = await queue.wait(task, 3_600.0)
        assert (ended.state, ended.failure) == ("failed", "timeout")
        assert worker.at_once == 0
    assert finishes(database, task) == ["timeout"]
    assert balance_of(accounts, account) == account.balance


async def test_a_task_whose_time_ran_out_in_the_queue_fails_and_its_waiter_is_told(
    tasks: Tasks, clock: StillClock, account: Account, database: Database
) -> None:
    worker = HeldWorker()
    async with running(tasks, worker, clock, slots=1) as queue:
        blocking = await queue.submit(account.account, ORDER)
        await worker.taken.get()
        late = await queue.submit(account.account, ORDER)
        waiting = asyncio.create_task(queue.wait(late, 3_600.0))
        clock.advance(queue_module.SWEEP)
        # Anything that wakes the queue makes it look at deadlines, even while no slot is free.
        await queue.submit(account.account, ORDER)
        ended = await waiting
        assert (ended.state, ended.failure) == ("failed", "timeout")
        worker.go_on.set()
    assert finishes(database, blocking) == ["timeout"]
    assert finishes(database, late) == ["timeout"]


async def test_stopping_gives_tasks_back_and_starting_takes_them_up_again(
    tasks: Tasks, clock: StillClock, account: Account, database: Database
) -> None:
    held = HeldWorker()
    async with running(tasks, held, clock, slots=2) as queue:
        submitted = [await queue.submit(account.account, ORDER) for _ in range(3)]
        for _ in range(2):
            await held.taken.get()
    assert [tasks.find(account.account, task.number).state for task in submitted] == ["queued"] * 3
    assert held.at_once == 0
    async with running(tasks, QuickWorker(), clock) as queue:
        ended = [await queue.wait(task, 3_600.0) for task in submitted]
    assert [(task.state, task.attempt) for task in ended] == [("ready", 2), ("ready", 2), ("ready", 1)]
    assert [finishes(database, task) for task in submitted] == [[None], [None], [None]]


async def test_a_start_takes_up_what_a_killed_process_was_running(
    tasks: Tasks, clock: StillClock, account: Account
) -> None:
    task = await tasks.create(account.account, ORDER)
    await tasks.lease(1)  # and then the process is gone
    async with running(tasks, QuickWorker(), clock) as queue:
        ended = await queue.wait(task, 3_600.0)
    assert (ended.state, ended.attempt) == ("ready", 2)


async def test_stopping_a_queue_that_never_started_is_harmless(tasks: Tasks, clock: StillClock) -> None:
    queue = Queue(tasks, clock)
    await Slots(queue, QuickWorker(), 1, clock).drain()
    await queue.stop()


async def test_nothing_is_leased_after_a_stop(tasks: Tasks, clock: StillClock, account: Account) -> None:
    async with running(tasks, QuickWorker(), clock) as queue:
        pass
    task = await queue.submit(account.account, ORDER)
    assert tasks.find(account.account, task.number).state == "queued"


class FlakyTasks(Tasks):
    """A store that fails a few times where it is told to."""

    def __init__(self, database: Database, clock: StillClock) -> None:
        super().__init__(database, clock)
        self.failing_leases = 0
        self.failing_finishes = 0
        self.on_failure: Callable[[], None] = lambda: None

    async def lease(self, limit: int, holder: str = HERE) -> tuple[list[Task], list[int]]:
        if self.failing_leases:
            self.failing_leases -= 1
            raise StoreUnavailable("the disk is full")
        return await super().lease(limit, holder)

    async def finish(self, lease: Held, outcome: Solution | str, effort: Effort | None = None) -> bool:
        if self.failing_finishes:
            self.failing_finishes -= 1
            self.on_failure()
            raise StoreUnavailable("the disk is full")
        return await super().finish(lease, outcome, effort)


async def test_the_queue_goes_on_when_the_store_could_not_lease(
    database: Database, clock: StillClock, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_module, "SWEEP", 0.001)
    monkeypatch.setattr(slots_module, "PAUSE", 0.001)
    flaky = FlakyTasks(database, clock)
    flaky.failing_leases = 3
    async with running(flaky, QuickWorker(), clock) as queue:
        task = await queue.wait(await queue.submit(account.account, ORDER), 3_600.0)
    assert task.state == "ready"


async def test_a_task_whose_end_could_not_be_stored_runs_again_when_its_lease_is_over(
    database: Database, clock: StillClock, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_module, "SWEEP", 0.001)
    flaky = FlakyTasks(database, clock)
    flaky.failing_finishes = 1
    flaky.on_failure = lambda: clock.advance(LEASE)
    async with running(flaky, QuickWorker(), clock) as queue:
        task = await queue.wait(await queue.submit(account.account, ORDER), 3_600.0)
    assert (task.state, task.attempt) == ("ready", 2)
    assert finishes(database, task) == [None]


async def test_a_worker_that_lost_its_lease_does_not_end_the_task(
    tasks: Tasks, clock: StillClock, account: Account, database: Database
) -> None:
    worker = HeldWorker()
    async with running(tasks, worker, clock, slots=1) as queue:
        task = await queue.submit(account.account, ORDER)
        await worker.taken.get()
        clock.advance(LEASE)
        (leased,), _ = await tasks.lease(1)  # another worker's
        waiting = asyncio.create_task(queue.wait(task, 3_600.0))
        worker.go_on.set()
        await tasks.finish(leased, Unsolvable.code)
        follower = await queue.wait(await queue.submit(account.account, ORDER), 3_600.0)
        assert follower.state == "ready"
        waiting.cancel()
    assert finishes(database, task) == ["unsolvable"]


@pytest.mark.parametrize("error", [WidgetFailed("x"), Cancelled("x")], ids=lambda error: error.code)
async def test_who_waits_for_a_failing_task_is_told(
    tasks: Tasks, clock: StillClock, account: Account, error: SolverError
) -> None:
    async with running(tasks, QuickWorker(error), clock) as queue:
        submitted = [await queue.submit(account.account, ORDER) for _ in range(4)]
        ended = await asyncio.gather(*(queue.wait(task, 3_600.0) for task in submitted))
    assert {task.failure for task in ended} == {error.code}
