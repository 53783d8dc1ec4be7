"""Tasks live by the table MOVES, end once, are charged once, and outlive whoever held them."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.journal import Entry, entries
from captcha_range.core.sqlite import Database
from captcha_range.solver import tasks as tasks_module
from captcha_range.solver.accounts import Account, AccountOrder, Accounts
from captcha_range.solver.errors import BalanceEmpty, QueueFull, TaskUnknown
from captcha_range.solver.orders import Proxy, Solution, TokenOrder
from captcha_range.solver.tasks import LEASE, MAX_ATTEMPTS, MOVES, TERMINAL, TIMEOUT, Task, Tasks

ORDER = TokenOrder(sitekey="338af34c-7bcb-4c7c-900b-acbec73d7d43", page_url="http://shop.localhost/")
SOLUTION = Solution("P1_token", "E0_key", "agent")
STATES = ("queued", "running", "ready", "failed")

Act = Callable[[Tasks, StillClock, Task], Awaitable[object]]


def journal_of(database: Database, task: Task) -> list[Entry]:
    return [entry for entry in database.read(lambda c: entries(c, limit=10_000)) if entry.subject == task.task]


def balance_of(accounts: Accounts, account: Account) -> int:
    return next(each.balance for each in accounts.all() if each.account == account.account)


async def lease_one(tasks: Tasks) -> Task:
    leased, _ = await tasks.lease(1)
    return leased[0]


async def in_state(tasks: Tasks, account: Account, state: str) -> Task:
    """A task in a state, as its latest holder knows it."""
    task = await tasks.create(account.account, ORDER)
    if state != "queued":
        task = await lease_one(tasks)
    if state in TERMINAL:
        assert await tasks.finish(task, SOLUTION if state == "ready" else "unsolvable")
    found = tasks.find(account.account, task.number)
    assert found.state == state
    return found


async def lease_again(tasks: Tasks, clock: StillClock, task: Task) -> object:
    clock.advance(LEASE)
    return await tasks.lease(10)


async def release(tasks: Tasks, clock: StillClock, task: Task) -> object:
    await tasks.release(task)
    return None


async def release_all(tasks: Tasks, clock: StillClock, task: Task) -> object:
    await tasks.release_own()
    return None


async def solve(tasks: Tasks, clock: StillClock, task: Task) -> object:
    return await tasks.finish(task, SOLUTION)


async def fail(tasks: Tasks, clock: StillClock, task: Task) -> object:
    return await tasks.finish(task, "unsolvable")


async def let_time_out(tasks: Tasks, clock: StillClock, task: Task) -> object:
    clock.advance(TIMEOUT)
    return await tasks.lease(0)


ACTS: dict[str, tuple[str, Act]] = {
    "lease": ("leased", lease_again),
    "release": ("released", release),
    "release all": ("released", release_all),
    "finish with a solution": ("solved", solve),
    "time out": ("failed", let_time_out),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
async def test_every_act_moves_a_task_as_the_table_says_and_not_otherwise(
    tasks: Tasks, clock: StillClock, account: Account, state: str, act: str
) -> None:
    task = await in_state(tasks, account, state)
    event, perform = ACTS[act]
    await perform(tasks, clock, task)
    assert tasks.find(account.account, task.number).state == MOVES.get((state, event), state)


@pytest.mark.parametrize("state", STATES)
async def test_only_a_running_task_is_failed_by_its_worker(
    tasks: Tasks, clock: StillClock, account: Account, state: str
) -> None:
    task = await in_state(tasks, account, state)
    expected = "failed" if state == "running" else state
    await fail(tasks, clock, task)
    assert tasks.find(account.account, task.number).state == expected


async def test_the_store_makes_exactly_the_moves_of_the_table(
    tasks: Tasks, clock: StillClock, accounts: Accounts, database: Database
) -> None:
    """Every act in every state, with each change of state written down by the store itself."""
    account, _ = await accounts.open(AccountOrder())

    def watch(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE seen (before TEXT, after TEXT, attempts INTEGER)")
        connection.execute(
            "CREATE TRIGGER see AFTER UPDATE OF state ON tasks "
            "BEGIN INSERT INTO seen VALUES (OLD.state, NEW.state, NEW.attempt - OLD.attempt); END"
        )

    await database.write(watch)
    for state in STATES:
        for perform in (*(perform for _, perform in ACTS.values()), fail):
            task = await in_state(tasks, account, state)
            await perform(tasks, clock, task)
            clock.advance(TIMEOUT)
            await tasks.lease(0)
    rows = database.read(lambda c: c.execute("SELECT DISTINCT before, after, attempts FROM seen").fetchall())
    assert {(row["before"], row["after"]) for row in rows} == {(before, after) for (before, _), after in MOVES.items()}
    assert all(row["attempts"] == (1 if row["after"] == "running" else 0) for row in rows)


def test_no_move_leads_out_of_a_terminal_state() -> None:
    assert sorted(TERMINAL) == ["failed", "ready"]
    assert TERMINAL.isdisjoint(before for before, _ in MOVES)
    assert set(MOVES.values()) | {"queued"} == set(STATES)


@pytest.mark.parametrize("state", sorted(TERMINAL))
async def test_a_finished_task_never_changes_again(
    tasks: Tasks, clock: StillClock, account: Account, database: Database, state: str
) -> None:
    task = await in_state(tasks, account, state)
    for _, perform in ACTS.values():
        await perform(tasks, clock, task)
    await fail(tasks, clock, task)
    assert tasks.find(account.account, task.number) == task
    assert [entry.event for entry in journal_of(database, task)] == ["TaskCreated", "TaskFinished"]


async def test_a_new_task_is_queued_and_keeps_its_order(tasks: Tasks, clock: StillClock, account: Account) -> None:
    order = TokenOrder(
        sitekey=ORDER.sitekey,
        page_url=ORDER.page_url,
        user_agent="agent",
        invisible=True,
        rqdata="r",
        region="gb",
        proxy=Proxy("127.0.0.1", 1, "me", "secret"),
        preflight="p",
    )
    task = await tasks.create(account.account, order)
    assert tasks.find(account.account, task.task) == task
    assert (task.order, task.state, task.attempt) == (order, "queued", 0)
    assert (task.created_at, task.deadline) == (clock.now(), clock.now() + TIMEOUT)


async def test_a_task_is_charged_when_it_is_stored(tasks: Tasks, accounts: Accounts, account: Account) -> None:
    await tasks.create(account.account, ORDER)
    assert balance_of(accounts, account) == account.balance - 1


async def test_an_account_without_balance_stores_nothing(tasks: Tasks, accounts: Accounts, database: Database) -> None:
    poor, _ = await accounts.open(AccountOrder(balance=0))
    with pytest.raises(BalanceEmpty):
        await tasks.create(poor.account, ORDER)
    assert database.read(lambda c: c.execute("SELECT count(*) FROM tasks").fetchone()[0]) == 0
    assert [entry for entry in database.read(entries) if entry.event.startswith("Task")] == []


async def test_a_full_queue_refuses_and_charges_nothing(tasks: Tasks, accounts: Accounts, account: Account) -> None:
    tasks.most_open = 3
    for _ in range(3):
        await tasks.create(account.account, ORDER)
    await tasks.lease(1)
    with pytest.raises(QueueFull):
        await tasks.create(account.account, ORDER)
    assert balance_of(accounts, account) == account.balance - 3


async def test_a_full_queue_takes_tasks_again_when_one_has_ended(tasks: Tasks, account: Account) -> None:
    tasks.most_open = 1
    await tasks.create(account.account, ORDER)
    await tasks.finish(await lease_one(tasks), SOLUTION)
    assert (await tasks.create(account.account, ORDER)).state == "queued"


async def test_a_full_queue_is_not_overfilled_by_many_at_once(tasks: Tasks, account: Account) -> None:
    tasks.most_open = 4
    outcomes = await asyncio.gather(*(tasks.create(account.account, ORDER) for _ in range(9)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(QueueFull) == 5


async def test_the_oldest_tasks_are_leased_first_and_no_more_than_asked_for(tasks: Tasks, account: Account) -> None:
    created = [await tasks.create(account.account, ORDER) for _ in range(5)]
    first, _ = await tasks.lease(3)
    second, _ = await tasks.lease(3)
    assert [task.number for task in first + second] == [task.number for task in created]
    assert {(task.state, task.attempt) for task in first + second} == {("running", 1)}


async def test_a_task_is_leased_to_one_worker_only(tasks: Tasks, account: Account) -> None:
    for _ in range(5):
        await tasks.create(account.account, ORDER)
    leases = await asyncio.gather(*(tasks.lease(2) for _ in range(6)))
    numbers = [task.number for leased, _ in leases for task in leased]
    assert len(numbers) == len(set(numbers)) == 5


async def test_a_solution_is_kept_with_the_task_and_charged(tasks: Tasks, accounts: Accounts, account: Account) -> None:
    task = await in_state(tasks, account, "ready")
    assert (task.solution, task.failure) == (SOLUTION, None)
    assert balance_of(accounts, account) == account.balance - 1


async def test_a_failed_task_keeps_its_reason_and_is_refunded_once(
    tasks: Tasks, accounts: Accounts, account: Account
) -> None:
    task = await in_state(tasks, account, "failed")
    assert (task.solution, task.failure) == (None, "unsolvable")
    assert not await tasks.finish(task, "widget")
    assert balance_of(accounts, account) == account.balance


async def test_a_lease_holds_until_its_time_is_over(tasks: Tasks, clock: StillClock, account: Account) -> None:
    task = await in_state(tasks, account, "running")
    clock.advance(LEASE - 0.001)
    assert await tasks.lease(10) == ([], [])
    clock.advance(0.001)
    again = await lease_one(tasks)
    assert (again.number, again.attempt) == (task.number, 2)


@pytest.mark.parametrize("outcome", [SOLUTION, "unsolvable"], ids=["solution", "failure"])
async def test_who_lost_the_lease_cannot_finish_the_task(
    tasks: Tasks, clock: StillClock, accounts: Accounts, account: Account, database: Database, outcome: Solution | str
) -> None:
    stale = await in_state(tasks, account, "running")
    clock.advance(LEASE)
    current = await lease_one(tasks)
    assert not await tasks.finish(stale, outcome)
    await tasks.release(stale)
    assert tasks.find(account.account, stale.number) == current
    assert await tasks.finish(current, Solution("P1_other", "E0_other", "other"))
    assert not await tasks.finish(stale, outcome)
    found = tasks.find(account.account, stale.number)
    assert found.solution == Solution("P1_other", "E0_other", "other")
    assert [entry.event for entry in journal_of(database, stale)] == ["TaskCreated", "TaskFinished"]
    assert balance_of(accounts, account) == account.balance - 1


async def test_of_many_finishes_at_once_one_counts(tasks: Tasks, account: Account, database: Database) -> None:
    task = await in_state(tasks, account, "running")
    outcomes: list[Solution | str] = [SOLUTION, "unsolvable", "widget", SOLUTION]
    assert sum(await asyncio.gather(*(tasks.finish(task, outcome) for outcome in outcomes))) == 1
    assert [entry.event for entry in journal_of(database, task)] == ["TaskCreated", "TaskFinished"]


@pytest.mark.parametrize("state", ["queued", "running"])
async def test_a_task_fails_once_when_its_time_is_over_and_is_refunded_once(
    tasks: Tasks, clock: StillClock, accounts: Accounts, account: Account, database: Database, state: str
) -> None:
    task = await in_state(tasks, account, state)
    clock.advance(TIMEOUT - 0.001)
    await tasks.release(task)
    assert await tasks.lease(0) == ([], [])
    clock.advance(0.001)
    assert await tasks.lease(10) == ([], [task.number])
    assert await tasks.lease(10) == ([], [])
    found = tasks.find(account.account, task.number)
    assert (found.state, found.failure) == ("failed", "timeout")
    assert balance_of(accounts, account) == account.balance
    finished = [entry for entry in journal_of(database, task) if entry.event == "TaskFinished"]
    assert [entry.facts["failure"] for entry in finished] == ["timeout"]


async def test_a_task_that_kills_its_workers_is_given_up_as_lost(
    tasks: Tasks,
    clock: StillClock,
    accounts: Accounts,
    account: Account,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks_module, "MAX_ATTEMPTS", 3)
    task = await tasks.create(account.account, ORDER)
    for attempt in range(1, 4):
        assert (await lease_one(tasks)).attempt == attempt
        clock.advance(LEASE)
    assert await tasks.lease(1) == ([], [task.number])
    assert tasks.find(account.account, task.number).failure == "lost"
    assert balance_of(accounts, account) == account.balance
    assert [entry.event for entry in journal_of(database, task)] == ["TaskCreated", "TaskFinished"]


def test_the_leases_of_a_task_fit_the_default_limits() -> None:
    assert MAX_ATTEMPTS > TIMEOUT / LEASE


async def test_a_restart_gives_back_what_a_killed_process_held(tasks: Tasks, account: Account) -> None:
    held = [await in_state(tasks, account, "running") for _ in range(3)]
    ended = await in_state(tasks, account, "ready")
    await tasks.release_own()
    assert [tasks.find(account.account, task.number).state for task in held] == ["queued"] * 3
    assert tasks.find(account.account, ended.number) == ended
    assert not await tasks.finish(held[0], SOLUTION)


async def test_a_task_is_found_by_either_id_as_text_or_number(tasks: Tasks, account: Account) -> None:
    task = await tasks.create(account.account, ORDER)
    for given in (task.task, task.task.upper(), task.number, str(task.number), f"00{task.number}"):
        assert tasks.find(account.account, given) == task
    assert 0 < task.number < 2**31


@pytest.mark.parametrize(
    "given",
    [
        "",
        "0",
        0,
        -1,
        "-1",
        "1.0",
        " 1",
        "1 ",
        "+1",
        "1e0",
        "٣",
        "²",
        2**31,
        2**63,
        2**64,
        "9" * 10_000,
        10**4_000,
        "\x00",
        "' OR 1",
    ],
    ids=lambda given: repr(given)[:20] if isinstance(given, str) or given < 2**64 else "huge",
)
async def test_an_unknown_id_is_of_no_task(tasks: Tasks, account: Account, given: str | int) -> None:
    await tasks.create(account.account, ORDER)
    with pytest.raises(TaskUnknown):
        tasks.find(account.account, given)


async def test_foreign_and_unknown_tasks_get_the_same_answer(
    tasks: Tasks, accounts: Accounts, account: Account
) -> None:
    other, _ = await accounts.open(AccountOrder())
    foreign = await tasks.create(other.account, ORDER)
    messages = set()
    for given in (foreign.task, foreign.number, str(foreign.number), "61138bb6-19fb-11ec-a9c8-0242ac110006", 4_711):
        with pytest.raises(TaskUnknown) as raised:
            tasks.find(account.account, given)
        messages.add(str(raised.value))
    assert len(messages) == 1
