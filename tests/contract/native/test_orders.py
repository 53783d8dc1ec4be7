"""`/v1/tasks`: order, read, hold, list and cancel."""

import asyncio

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.solver.effort import Effort
from captcha_range.solver.errors import Unsolvable
from tests.solver_desk import Desk


async def test_an_order_becomes_a_task_with_a_place_of_its_own(desk: Desk) -> None:
    created = await desk.call("POST", "/v1/tasks", desk.order)
    assert created.status == 201
    assert created.headers["location"] == f"/v1/tasks/{created.body['task']}"
    assert (created.body["state"], created.body["solution"]) == ("queued", None)
    await desk.worker.taken.get()
    assert (await desk.call("GET", created.headers["location"])).body["state"] == "running"


async def test_a_solved_task_shows_its_token_and_how_it_was_earned(desk: Desk) -> None:
    task = await desk.create(region="gb")
    desk.worker.end()
    document = await desk.ended(task)
    assert document["solution"] == {"token": "P1_token", "response_key": "E0_key", "user_agent": "agent"}
    assert document["evidence"] == {
        "attempts": 1,
        "worker": "told",
        "tries": 3,
        "region": "gb",
        "source": "127.0.20.1",
        "trace": document["evidence"]["trace"],
    }


async def test_a_failed_task_says_why_and_what_was_tried(desk: Desk) -> None:
    failure = Unsolvable()
    failure.effort = Effort("told", 12)
    task = await desk.create()
    desk.worker.end(failure)
    document = await desk.ended(task)
    assert document["failure"] == {"code": "unsolvable", "title": "No try at the challenge was right."}
    assert document["evidence"]["tries"] == 12


async def test_a_held_read_ends_with_the_task_and_says_what_it_kept(desk: Desk) -> None:
    task = await desk.create()
    held = asyncio.create_task(desk.call("GET", f"/v1/tasks/{task}", prefer="respond-async, wait=100"))
    await desk.worker.taken.get()
    desk.worker.end()
    answer = await held
    assert (answer.body["state"], answer.headers["preference-applied"]) == ("ready", "wait=60")


@pytest.mark.parametrize(
    "preference", ["", "wait", "wait=", "wait=x", "wait=-1", "wait=1.5", "wait=٣", "respond-async"]
)
async def test_a_preference_that_is_not_understood_is_ignored(desk: Desk, preference: str) -> None:
    answer = await desk.call("GET", f"/v1/tasks/{await desk.create()}", prefer=preference)
    assert (answer.status, "preference-applied" in answer.headers) == (200, False)


async def test_a_running_task_is_cancelled_its_worker_stopped_and_its_price_given_back_once(desk: Desk) -> None:
    task = await desk.create()
    await desk.worker.taken.get()
    first = await desk.call("DELETE", f"/v1/tasks/{task}")
    await asyncio.wait_for(desk.worker.stopped.wait(), 20)
    second = await desk.call("DELETE", f"/v1/tasks/{task}")
    assert first.body["failure"]["code"] == second.body["failure"]["code"] == "cancelled"
    assert (await desk.call("GET", "/v1/account")).body["balance"] == 10


async def test_a_queued_task_is_cancelled_and_never_taken(desk: Desk) -> None:
    busy = [await desk.create() for _ in range(2)]
    for _ in busy:
        await desk.worker.taken.get()
    waiting = await desk.create()
    assert (await desk.call("DELETE", f"/v1/tasks/{waiting}")).body["state"] == "failed"
    for _ in busy:
        desk.worker.end()
    for task in busy:
        await desk.ended(task)
    assert desk.worker.taken.empty()


async def test_the_slot_of_a_cancelled_task_is_free_again(desk: Desk) -> None:
    for _ in range(2):
        task = await desk.create()
        await desk.worker.taken.get()
        await desk.call("DELETE", f"/v1/tasks/{task}")
    task = await desk.create()
    desk.worker.end()
    assert (await desk.ended(task))["state"] == "ready"


async def test_a_task_that_has_ended_is_not_cancelled(desk: Desk) -> None:
    task = await desk.create()
    desk.worker.end()
    await desk.ended(task)
    refused = await desk.call("DELETE", f"/v1/tasks/{task}")
    assert (refused.status, refused.body["code"]) == (409, "task_ended")
    assert (await desk.read(task))["state"] == "ready"


async def test_my_tasks_are_listed_in_pages_the_newest_first(desk: Desk) -> None:
    created = [await desk.create() for _ in range(5)]
    seen: list[str] = []
    path = "/v1/tasks?limit=2"
    while path:
        page = (await desk.call("GET", path)).body
        seen += [task["task"] for task in page["tasks"]]
        path = f"/v1/tasks?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == created[::-1]


async def test_my_tasks_are_filtered_by_state(desk: Desk) -> None:
    ready = await desk.create()
    desk.worker.end()
    await desk.ended(ready)
    await desk.create()
    found = (await desk.call("GET", "/v1/tasks?state=ready")).body["tasks"]
    assert [task["task"] for task in found] == [ready]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=٣",
        "state=lost",
        "state=",
        "cursor=",
        "cursor=AAAA",
        "cursor=é",
        "cursor=_",
    ],
)
async def test_a_page_that_cannot_be_is_refused(desk: Desk, query: str) -> None:
    assert (await desk.call("GET", f"/v1/tasks?{query}")).status == 422


async def test_another_accounts_task_is_unknown_to_every_call(desk: Desk) -> None:
    task = await desk.create()
    await desk.open_account(name="stranger")
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/events"), ("GET", "/evidence")):
        answer = await desk.call(method, f"/v1/tasks/{task}{path}")
        assert (answer.status, answer.body["code"]) == (404, "task_unknown")
    assert (await desk.call("GET", "/v1/tasks")).body == {"tasks": [], "next": None}


async def test_a_full_queue_answers_503_with_retry_after(desk: Desk) -> None:
    desk.solver.tasks.most_open = 1
    await desk.create()
    refused = await desk.call("POST", "/v1/tasks", desk.order)
    assert (refused.status, refused.body["code"], refused.headers["retry-after"]) == (503, "queue_full", "3")
    old = {"type": "HCaptchaTaskProxyless", "websiteURL": desk.order["page_url"], "websiteKey": desk.sitekey}
    answer = await desk.call("POST", "/createTask", {"clientKey": desk.key, "task": old})
    assert (answer.body["errorId"], answer.body["errorCode"]) == (2, "ERROR_NO_SLOT_AVAILABLE")


async def test_a_full_queue_repeats_the_answer_to_an_order_that_it_took(desk: Desk) -> None:
    desk.solver.tasks.most_open = 1
    taken = await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")
    again = await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")
    assert (again.status, again.body) == (taken.status, taken.body)
    assert (await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="another")).status == 503


async def test_a_preflight_and_its_user_agent_are_used_by_the_order_that_names_it(desk: Desk) -> None:
    agreed = (await desk.call("POST", "/v1/preflights", {"sitekey": desk.sitekey})).body
    await desk.create(preflight=agreed["preflight"])
    assert (await desk.worker.taken.get()).user_agent == agreed["user_agent"]


async def test_an_ended_task_is_readable_for_a_day_and_then_unknown(desk: Desk, clock: StillClock) -> None:
    task = await desk.create()
    desk.worker.end()
    await desk.ended(task)
    clock.advance(86_399)
    assert await desk.solver.retention.sweep() == 0
    assert (await desk.read(task))["state"] == "ready"
    clock.advance(1)
    assert await desk.solver.retention.sweep() == 1
    assert (await desk.call("GET", f"/v1/tasks/{task}")).status == 404
    assert await desk.solver.retention.sweep() == 0


async def test_an_open_task_is_never_swept(desk: Desk, clock: StillClock) -> None:
    task = await desk.create()
    clock.advance(10 * 86_400)
    await desk.solver.retention.sweep()
    assert (await desk.call("GET", f"/v1/tasks/{task}")).status == 200
