"""Leases over HTTP: held until there is a task, fenced by the attempt, and for the keys of workers alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.solver.tasks import LEASE
from tests.practice_range import PAGE, PracticeRange, practice_range

SOLVED = {
    "solution": {"token": "P1_token", "response_key": "E0_key", "user_agent": "agent"},
    "effort": {"worker": "mine", "tries": 2, "source": "127.0.20.1"},
}
HOLD = {"prefer": "wait=60"}
Answer = tuple[int, Any]


class Crew:
    """A client and two workers of one solver that has no worker of its own."""

    def __init__(self, at: PracticeRange, http: aiohttp.ClientSession, admin: str) -> None:
        self.at = at
        self.http = http
        self.admin = admin
        self.keys: dict[str, str] = {}

    async def call(self, key: str, method: str, path: str, **how: Any) -> Answer:
        headers = {"authorization": f"Bearer {key}", **how.pop("headers", {})}
        async with self.http.request(method, self.at.solver_url + path, headers=headers, **how) as reply:
            body = await reply.json(content_type=None) if reply.status != 204 else None
            return reply.status, body

    async def hire(self, name: str) -> None:
        status, added = await self.call(self.admin, "POST", "/admin/workers", json={"name": name})
        assert (status, added["name"]) == (201, name)
        self.keys[name] = added["worker_key"]

    async def order(self) -> str:
        body = {"sitekey": self.at.site.sitekey, "page_url": PAGE, "region": "gb"}
        _, task = await self.call(self.at.client_key, "POST", "/v1/tasks", json=body)
        return str(task["task"])

    async def task(self, task: str, **how: Any) -> Any:
        return (await self.call(self.at.client_key, "GET", f"/v1/tasks/{task}", **how))[1]

    async def events(self, task: str) -> str:
        """All of a task's events, to the end of the stream."""
        headers = {"authorization": f"Bearer {self.at.client_key}"}
        async with self.http.get(f"{self.at.solver_url}/v1/tasks/{task}/events", headers=headers) as reply:
            return await reply.text()

    async def take(self, name: str = "one", limit: int = 1, **how: Any) -> list[Any]:
        status, found = await self.call(self.keys[name], "POST", "/v1/leases", json={"limit": limit}, **how)
        assert status == 200
        leases: list[Any] = found["leases"]
        return leases

    async def on(self, lease: Any, method: str, end: str = "", name: str = "one", **how: Any) -> Answer:
        """A call on a lease."""
        return await self.call(self.keys[name], method, f"/v1/leases/{lease['lease']}{end}", **how)


@pytest.fixture
async def crew(tmp_path: Path, clock: StillClock) -> AsyncIterator[Crew]:
    async with contextlib.AsyncExitStack() as stack:
        at = await stack.enter_async_context(practice_range(tmp_path, clock, slots=0, serve_solver=True))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        made = Crew(at, http, await at.solver.keys.create("admin"))
        await made.hire("one")
        await made.hire("two")
        yield made


async def test_a_lease_has_the_order_and_ends_with_a_solution(crew: Crew) -> None:
    task = await crew.order()
    (lease,) = await crew.take(limit=5)
    assert (lease["task"], lease["seconds"], lease["left"]) == (task, LEASE, 300.0)
    assert (lease["order"]["page_url"], lease["order"]["region"]) == (PAGE, "gb")
    assert (await crew.task(task))["state"] == "running"
    assert await crew.on(lease, "POST", "/end", json=SOLVED) == (204, None)
    found = await crew.task(task)
    assert (found["state"], found["solution"]["token"]) == ("ready", "P1_token")
    assert found["evidence"].pop("trace")
    assert found["evidence"] == {
        "attempts": 1, "worker": "mine", "tries": 2, "region": "gb", "source": "127.0.20.1"
    }  # fmt: skip


async def test_a_lease_ends_with_a_failure_and_what_was_done_for_it(crew: Crew) -> None:
    task = await crew.order()
    (lease,) = await crew.take()
    failed = {"failure": "unsolvable", "effort": SOLVED["effort"]}
    assert await crew.on(lease, "POST", "/end", json=failed) == (204, None)
    found = await crew.task(task)
    assert (found["state"], found["failure"]["code"], found["evidence"]["tries"]) == ("failed", "unsolvable", 2)


async def test_a_held_request_is_answered_when_a_task_comes(crew: Crew) -> None:
    taking = asyncio.create_task(crew.take(headers=HOLD))
    while not crew.at.solver.queue.places_apart():  # noqa: ASYNC110 - no event tells that a request is held
        await asyncio.sleep(0)
    task = await crew.order()
    assert [lease["task"] for lease in await taking] == [task]


async def test_a_request_that_is_not_held_is_answered_at_once(crew: Crew) -> None:
    assert await crew.take() == []


async def test_each_task_goes_to_one_worker(crew: Crew) -> None:
    tasks = {await crew.order() for _ in range(8)}
    taken = await asyncio.gather(*(crew.take(name, 2, headers=HOLD) for name in ("one", "two") * 2))
    assert sorted(lease["task"] for leases in taken for lease in leases) == sorted(tasks)


async def test_two_workers_that_wait_both_get_one_of_two_tasks(crew: Crew) -> None:
    taking = [asyncio.create_task(crew.take(name, 1, headers=HOLD)) for name in ("one", "two")]
    while crew.at.solver.queue.places_apart() < 2:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    tasks = await asyncio.gather(crew.order(), crew.order())
    assert sorted(lease["task"] for leases in await asyncio.gather(*taking) for lease in leases) == sorted(tasks)


async def test_who_watches_a_lease_is_told_when_the_task_is_cancelled(crew: Crew) -> None:
    task = await crew.order()
    (lease,) = await crew.take()
    assert await crew.on(lease, "GET") == (200, {"lease": lease["lease"]})
    watching = asyncio.create_task(crew.on(lease, "GET", headers=HOLD))
    while not crew.at.solver.feed.watched():  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    await crew.call(crew.at.client_key, "DELETE", f"/v1/tasks/{task}")
    status, problem = await watching
    assert (status, problem["code"]) == (409, "lease_lost")


async def test_a_task_given_back_goes_to_another_worker(crew: Crew) -> None:
    task = await crew.order()
    (lease,) = await crew.take()
    taking = asyncio.create_task(crew.take("two", headers=HOLD))
    assert await crew.on(lease, "DELETE") == (204, None)
    assert [again["task"] for again in await taking] == [task]
    assert (await crew.on(lease, "DELETE"))[0] == 409


async def test_a_lease_that_ran_out_cannot_end_the_task(crew: Crew, clock: StillClock) -> None:
    task = await crew.order()
    (late,) = await crew.take()
    clock.advance(LEASE)
    (again,) = await crew.take("two")
    for method, end in (("POST", "/end"), ("DELETE", ""), ("GET", "")):
        status, problem = await crew.on(late, method, end, json=SOLVED)
        assert (status, problem["code"]) == (409, "lease_lost")
    assert (await crew.task(task))["state"] == "running"
    assert (await crew.on(again, "POST", "/end", name="two", json={"failure": "widget"}))[0] == 204
    assert (await crew.on(again, "POST", "/end", name="two", json=SOLVED))[0] == 409
    assert (await crew.task(task))["failure"]["code"] == "widget"


@pytest.mark.parametrize("lease", ["0.0", "1", "x.y", "1.1.1", "9" * 40 + ".1", "%00", "1.-1", "١.١"])
async def test_what_never_was_a_lease_is_not_held(crew: Crew, lease: str) -> None:
    status, problem = await crew.on({"lease": lease}, "GET")
    assert (status, problem["code"]) == (409, "lease_lost")


@pytest.mark.parametrize(
    "end", [{}, {**SOLVED, "failure": "widget"}, {"failure": "boredom"}, {"solution": {"token": "a b"}}, [], "x"]
)
async def test_an_end_that_says_nothing_or_too_much_is_refused_and_the_lease_stays(crew: Crew, end: Any) -> None:
    await crew.order()
    (lease,) = await crew.take()
    status, _ = await crew.on(lease, "POST", "/end", json=end)
    assert status == 422
    assert (await crew.on(lease, "GET"))[0] == 200


async def test_only_a_workers_key_leases_and_it_does_nothing_else(crew: Crew) -> None:
    for key in (crew.at.client_key, crew.admin, "", "cr_worker_wrong"):
        status, problem = await crew.call(key, "POST", "/v1/leases", json={})
        assert (status, problem["code"]) == (401, "key_refused")
    worker = crew.keys["one"]
    assert (await crew.call(worker, "GET", "/v1/tasks"))[0] == 401
    assert (await crew.call(worker, "GET", "/admin/workers"))[0] == 401


async def test_the_operator_lists_and_removes_workers(crew: Crew) -> None:
    assert (await crew.call(crew.admin, "GET", "/admin/workers"))[1] == {"workers": ["one", "two"]}
    for taken in ("one", "local"):
        status, refusal = await crew.call(crew.admin, "POST", "/admin/workers", json={"name": taken})
        assert (status, refusal["error"]["code"]) == (409, "worker_known")
    assert await crew.call(crew.admin, "DELETE", "/admin/workers/one") == (204, None)
    assert (await crew.call(crew.admin, "DELETE", "/admin/workers/one"))[0] == 404
    assert (await crew.call(crew.keys["one"], "POST", "/v1/leases", json={}))[0] == 401
    assert await crew.take("two") == []
    await crew.hire("one")


async def test_leases_of_workers_apart_outlive_a_restart_and_the_own_ones_do_not(crew: Crew) -> None:
    apart, own = await crew.order(), await crew.order()
    (lease,) = await crew.take()
    await crew.at.solver.tasks.lease(1)
    await crew.at.solver.tasks.release_own()
    assert [(await crew.task(task))["state"] for task in (apart, own)] == ["running", "queued"]
    assert (await crew.on(lease, "POST", "/end", json=SOLVED))[0] == 204


async def test_a_solver_that_stops_answers_whoever_is_held(crew: Crew) -> None:
    task = await crew.order()
    (lease,) = await crew.take()
    held: list[asyncio.Task[Any]] = [
        asyncio.create_task(crew.take("two", headers=HOLD)),
        asyncio.create_task(crew.on(lease, "GET", headers=HOLD)),
        asyncio.create_task(crew.task(task, headers=HOLD)),
        asyncio.create_task(crew.events(task)),
    ]
    while not (crew.at.solver.queue.places_apart() > 1 and len(crew.at.solver.feed.watched()) == 1):  # noqa: ASYNC110
        await asyncio.sleep(0)
    await crew.at.solver.drain(0.0)
    leases, watched, read, events = await asyncio.gather(*held)
    assert leases == []
    assert watched == (200, {"lease": lease["lease"]})
    assert read["state"] == "running"
    assert [line for line in events.splitlines() if line.startswith("event:")] == ["event: queued", "event: running"]
