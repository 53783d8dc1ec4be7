"""A client that posts the same order again joins the solve that runs already."""

import asyncio

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.solver.errors import QueueFull
from captcha_range.solver.joins import Joins
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.tasks import Task

BODY = b'{"sitekey": "x"}'


def task(number: int, state: str = "queued") -> Task:
    return Task(
        number=number,
        task=f"task {number}",
        account="one",
        order=TokenOrder(sitekey="x", page_url="y"),
        state=state,
        attempt=0,
        created_at=0.0,
        deadline=300.0,
        solution=Solution("P1_", "E0_", "agent") if state == "ready" else None,
        failure="unsolvable" if state == "failed" else None,
    )


class Submissions:
    """Counts what is really submitted; `gate` holds submissions back, `error` fails them."""

    def __init__(self) -> None:
        self.count = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def __call__(self) -> Task:
        self.count += 1
        made = task(self.count)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return made


@pytest.fixture
def joins(clock: StillClock) -> Joins:
    return Joins(clock)


@pytest.fixture
async def submissions() -> Submissions:
    return Submissions()


async def test_three_identical_posts_make_one_task(joins: Joins, submissions: Submissions) -> None:
    submissions.gate.clear()
    posts = [asyncio.ensure_future(joins.submit("one", BODY, submissions)) for _ in range(3)]
    asyncio.get_running_loop().call_soon(submissions.gate.set)
    assert {each.number for each in await asyncio.gather(*posts)} == {1}
    assert submissions.count == 1


async def test_a_post_joins_one_that_was_submitted_before(joins: Joins, submissions: Submissions) -> None:
    first = await joins.submit("one", BODY, submissions)
    joins.note("one", BODY, task(1, "running"))
    assert await joins.submit("one", BODY, submissions) == first
    assert submissions.count == 1


@pytest.mark.parametrize(
    ("account", "body"), [("one", b'{"sitekey":"x"}'), ("two", BODY), ("one", b""), ("on", b"e" + BODY)]
)
async def test_another_body_or_account_makes_another_task(
    joins: Joins, submissions: Submissions, account: str, body: bytes
) -> None:
    await joins.submit("one", BODY, submissions)
    assert (await joins.submit(account, body, submissions)).number == 2


@pytest.mark.parametrize("state", ["ready", "failed"])
async def test_the_same_post_starts_anew_once_its_task_has_ended(
    joins: Joins, submissions: Submissions, state: str
) -> None:
    await joins.submit("one", BODY, submissions)
    joins.note("one", BODY, task(1, state))
    assert (await joins.submit("one", BODY, submissions)).number == 2


async def test_a_late_waiter_of_an_ended_task_does_not_part_others_from_a_new_one(
    joins: Joins, submissions: Submissions
) -> None:
    await joins.submit("one", BODY, submissions)
    joins.note("one", BODY, task(1, "ready"))
    await joins.submit("one", BODY, submissions)
    joins.note("one", BODY, task(1, "ready"))  # a second waiter of the first task
    assert (await joins.submit("one", BODY, submissions)).number == 2


async def test_a_refused_submission_refuses_all_that_joined_it_and_is_forgotten(
    joins: Joins, submissions: Submissions
) -> None:
    submissions.gate.clear()
    submissions.error = QueueFull("full")
    posts = [asyncio.ensure_future(joins.submit("one", BODY, submissions)) for _ in range(3)]
    asyncio.get_running_loop().call_soon(submissions.gate.set)
    outcomes = await asyncio.gather(*posts, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [QueueFull] * 3
    submissions.error = None
    assert (await joins.submit("one", BODY, submissions)).number == 2


async def test_a_post_that_is_cancelled_does_not_cancel_the_others(joins: Joins, submissions: Submissions) -> None:
    submissions.gate.clear()
    first = asyncio.ensure_future(joins.submit("one", BODY, submissions))
    second = asyncio.ensure_future(joins.submit("one", BODY, submissions))
    asyncio.get_running_loop().call_soon(first.cancel)
    asyncio.get_running_loop().call_soon(submissions.gate.set)
    assert (await second).number == 1
    assert submissions.count == 1


async def test_nothing_is_joined_that_may_be_older_than_a_token_lives(
    joins: Joins, submissions: Submissions, clock: StillClock
) -> None:
    await joins.submit("one", BODY, submissions)
    clock.advance(119.9)
    assert (await joins.submit("one", BODY, submissions)).number == 1
    clock.advance(0.2)
    assert (await joins.submit("one", BODY, submissions)).number == 2
