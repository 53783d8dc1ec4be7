"""No look at the task table reads all of it: it holds a day of tasks that have ended."""

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.sqlite import Database
from captcha_range.solver.accounts import Account
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.retention import Retention
from captcha_range.solver.tasks import Tasks

ORDER = TokenOrder(sitekey="338af34c-7bcb-4c7c-900b-acbec73d7d43", page_url="http://shop.localhost/")


def scans(database: Database, statement: str) -> list[str]:
    """The steps of a statement's plan that read a whole table."""
    rows = database.read(lambda connection: connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall())
    return [row["detail"] for row in rows if row["detail"] == "SCAN tasks"]


@pytest.fixture
async def statements(database: Database, tasks: Tasks, clock: StillClock, account: Account) -> set[str]:
    """Every statement on tasks of a task's life, as it was run."""
    seen: list[str] = []
    database.read(lambda connection: connection.set_trace_callback(seen.append))
    await database.write(lambda connection: connection.set_trace_callback(seen.append))
    await tasks.release_own()
    created = [await tasks.create(account.account, ORDER) for _ in range(4)]
    leased, _ = await tasks.lease(3)
    await tasks.release(leased[0])
    await tasks.finish(leased[1], Solution("P1_token", "E0_key", "agent"))
    await tasks.cancel(leased[2])
    tasks.find(account.account, created[0].task)
    tasks.page(account.account, "queued", 10, 2)
    tasks.open_now()
    tasks.are_due()
    tasks.running_apart()
    tasks.is_held(leased[0])
    tasks.recent_seconds()
    await Retention(database, clock).sweep()
    await database.write(lambda connection: connection.set_trace_callback(None))
    database.read(lambda connection: connection.set_trace_callback(None))
    return {each for each in seen if "tasks" in each and not each.lstrip().startswith("--")}


async def test_no_statement_of_a_tasks_life_scans_the_table(database: Database, statements: set[str]) -> None:
    assert len(statements) > 10
    assert {each: scans(database, each) for each in statements if scans(database, each)} == {}


def test_a_statement_without_the_indexes_condition_would_scan_it(database: Database) -> None:
    assert scans(database, "SELECT number FROM tasks WHERE state = 'running'") == ["SCAN tasks"]
