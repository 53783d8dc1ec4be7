"""Workers in processes of their own: they take tasks over HTTP, and whatever becomes of them, each task ends once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.launch import LaunchedRange, LaunchedWorker, LaunchFailed
from captcha_range.solver.tasks import LEASE
from captcha_range.solver.worker_keys import LOCAL, SCOPE
from tests.contract.gate_proxy import GateProxy, gate_proxy
from tests.practice_range import ORIGIN, PAGE, PracticeRange, practice_range

HOLD = {"prefer": "wait=60"}


@dataclass
class Scene:
    """A range without a worker of its own, a proxy that holds tasks up, and a client."""

    at: PracticeRange
    proxy: GateProxy
    folder: Path
    session: aiohttp.ClientSession

    def worker(self, *options: str) -> LaunchedWorker:
        return LaunchedWorker(self.folder, self.at.provider_url, self.at.solver_url, *options)

    async def order(self, *, through_proxy: bool = True) -> str:
        """The id of a new task."""
        body: dict[str, Any] = {"sitekey": self.at.site.sitekey, "page_url": PAGE}
        if through_proxy:
            body["proxy"] = {"address": "127.0.0.1", "port": self.proxy.port}
        status, task = await self.call("POST", "/v1/tasks", json=body)
        assert status == 201
        return str(task["task"])

    async def ended(self, task: str) -> dict[str, Any]:
        """The task, once it has ended."""
        while True:
            _, found = await self.call("GET", f"/v1/tasks/{task}", headers=HOLD)
            if found["state"] in ("ready", "failed"):
                return found

    async def call(self, method: str, path: str, **how: Any) -> tuple[int, dict[str, Any]]:
        headers = {"authorization": f"Bearer {self.at.client_key}", **how.pop("headers", {})}
        async with self.session.request(method, self.at.solver_url + path, headers=headers, **how) as reply:
            return reply.status, await reply.json()

    def finishes(self, task: str) -> list[Any]:
        """The state of each end that the journal has of the task."""
        found = [entry for entry in self.at.journal() if (entry.subject, entry.event) == (task, "TaskFinished")]
        return [entry.facts["state"] for entry in found]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    clock = StillClock()
    async with contextlib.AsyncExitStack() as stack:
        at = await stack.enter_async_context(practice_range(tmp_path, clock, slots=0, serve_solver=True))
        proxy = await stack.enter_async_context(gate_proxy(at.provider_url.removeprefix("http://")))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        (tmp_path / "worker.key").write_text(await at.solver.keys.create(SCOPE, LOCAL))
        (tmp_path / "solver-to-provider.key").write_text(await at.provider.keys.create("solver"))
        yield Scene(at, proxy, tmp_path, session)


async def until(holds: Callable[[], bool]) -> None:
    """Let the range work until something holds that no event tells of."""
    while not holds():  # noqa: ASYNC110 - as the docstring says
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def launched(worker: LaunchedWorker) -> AsyncIterator[LaunchedWorker]:
    """A running worker; its process is waited for in a thread, because the range lives in this one."""
    await asyncio.to_thread(worker.start)
    try:
        yield worker
    finally:
        await asyncio.to_thread(worker.kill)


async def test_without_a_worker_here_a_task_waits_for_one_apart(scene: Scene) -> None:
    task = await scene.order(through_proxy=False)
    _, found = await scene.call("GET", f"/v1/tasks/{task}", headers={"prefer": "wait=1"})
    assert found["state"] == "queued"
    async with launched(scene.worker("--slots", "2")):
        found = await scene.ended(task)
    assert found["evidence"]["worker"] == "protocol"
    assert scene.finishes(task) == [found["state"]]


async def test_a_task_of_a_killed_worker_runs_again_and_ends_once(scene: Scene) -> None:
    async with launched(scene.worker("--recogniser", "classical")) as victim:
        task = await scene.order()
        await scene.proxy.arrived.get()
        await asyncio.to_thread(victim.kill)
    _, found = await scene.call("GET", f"/v1/tasks/{task}")
    assert (found["state"], found["evidence"]["attempts"]) == ("running", 1)
    async with launched(scene.worker()):
        # Nobody knows of the death: the task stays with the dead until its lease is over.
        assert scene.at.solver.tasks.open_now() == {"queued": 0, "running": 1}
        scene.proxy.opened.set()
        scene.at.clock.advance(LEASE)
        found = await scene.ended(task)
    assert (found["state"], found["evidence"]["attempts"]) == ("ready", 2)
    assert scene.finishes(task) == ["ready"]


async def test_a_worker_that_comes_too_late_cannot_end_the_task_again(scene: Scene) -> None:
    async with launched(scene.worker("--slots", "1")):
        task = await scene.order()
        await scene.proxy.arrived.get()
        # Its lease runs out, and another one takes the task and ends it.
        scene.at.clock.advance(LEASE)
        (again,), _ = await scene.at.solver.tasks.lease(1)
        assert await scene.at.solver.queue.finish(again, "unsolvable")
        scene.proxy.opened.set()
        follower = await scene.ended(await scene.order(through_proxy=False))
    assert follower["state"] in ("ready", "failed")
    assert scene.finishes(task) == ["failed"]


async def test_a_worker_told_to_stop_gives_back_what_it_cannot_end(scene: Scene) -> None:
    async with launched(scene.worker()) as worker:
        task = await scene.order()
        await scene.proxy.arrived.get()
        assert await asyncio.to_thread(worker.stop) == 0
        assert scene.at.solver.tasks.open_now() == {"queued": 1, "running": 0}
    scene.proxy.opened.set()
    async with launched(scene.worker()):
        found = await scene.ended(task)
    assert found["evidence"]["attempts"] == 2
    assert scene.finishes(task) == [found["state"]]


async def test_a_worker_told_to_stop_ends_what_it_can(scene: Scene) -> None:
    async with launched(scene.worker()) as worker:
        task = await scene.order()
        await scene.proxy.arrived.get()
        stopping = asyncio.create_task(asyncio.to_thread(worker.stop))
        scene.proxy.opened.set()
        assert await stopping == 0
        _, found = await scene.call("GET", f"/v1/tasks/{task}")
    assert (found["state"], found["evidence"]["attempts"]) == ("ready", 1)


async def test_a_cancelled_task_frees_the_slot_of_its_worker(scene: Scene) -> None:
    async with launched(scene.worker("--slots", "1")):
        task = await scene.order()
        await scene.proxy.arrived.get()
        status, _ = await scene.call("DELETE", f"/v1/tasks/{task}")
        assert status == 200
        # The proxy is still shut: only a worker that has let go of the first task can do this.
        follower = await scene.ended(await scene.order(through_proxy=False))
    assert follower["state"] in ("ready", "failed")
    assert scene.finishes(task) == ["failed"]


async def test_a_task_is_not_leased_to_a_worker_that_died_while_it_waited(scene: Scene) -> None:
    async with launched(scene.worker()) as victim:
        await until(lambda: scene.at.solver.queue.places_apart() > 0)
        await asyncio.to_thread(victim.kill)
    await until(lambda: scene.at.solver.queue.places_apart() == 0)
    await scene.order()
    assert scene.at.solver.tasks.open_now() == {"queued": 1, "running": 0}


async def test_a_worker_with_a_wrong_key_does_not_start(scene: Scene) -> None:
    (scene.folder / "worker.key").write_text("cr_worker_wrong")
    with pytest.raises(LaunchFailed, match="does not know the worker's key"):
        await asyncio.to_thread(scene.worker().start)
    (scene.folder / "worker.key").unlink()
    with pytest.raises(LaunchFailed, match="no key at"):
        await asyncio.to_thread(scene.worker().start)


def test_a_worker_beside_serve_workers_0_finds_all_it_needs(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with LaunchedRange(data_dir, "--workers", "0") as the_range:
        urls = (the_range.provider_url, the_range.solver_url)
        site = the_range.provider.add_site([ORIGIN], level=1)
        key = the_range.solver.open_account()["client_key"]
        with LaunchedWorker(data_dir, *urls, "--kind", "protocol") as worker:
            assert worker.announcement == {"kind": "protocol", "slots": 4, "solver_url": the_range.solver_url}
            found = asyncio.run(_solve_one(the_range.solver_url, key, site["site"]["sitekey"]))
    assert found["evidence"]["worker"] == "protocol"


async def _solve_one(url: str, key: str, sitekey: str) -> dict[str, Any]:
    bearer = {"authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(url, headers=bearer) as session:
        async with session.post("/v1/tasks", json={"sitekey": sitekey, "page_url": PAGE}) as reply:
            task = (await reply.json())["task"]
        async with session.get(f"/v1/tasks/{task}", headers=HOLD) as reply:
            found: dict[str, Any] = await reply.json()
            return found
