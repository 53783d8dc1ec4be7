"""`/v1/tasks/{id}/events`: what happened, in order, from wherever the listener stopped."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest

from captcha_range.solver.errors import Unsolvable
from captcha_range.solver.task_events import TaskEvents, parse_last_id
from tests.solver_desk import Desk


async def messages(desk: Desk, task: str, last: str = "") -> AsyncIterator[dict[str, str]]:
    """The stream's messages as fields; a comment as {"": text}."""
    headers = {"authorization": f"Bearer {desk.key}", **({"last-event-id": last} if last else {})}
    async with desk.http.get(f"{desk.url}/v1/tasks/{task}/events", headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        message: dict[str, str] = {}
        async for line in response.content:
            name, _, value = line.decode().rstrip("\n").partition(":")
            if not line.strip():
                yield message
                message = {}
            else:
                message[name] = value.strip()


async def test_a_stream_tells_each_state_and_ends_with_the_task(desk: Desk) -> None:
    task = await desk.create()
    seen = []
    async for message in messages(desk, task):
        seen.append((message["id"], message["event"]))
        if message["event"] == "running":
            desk.worker.end()
    assert seen == [("1", "queued"), ("2", "running"), ("3", "ready")]


async def test_an_event_carries_the_task_the_attempt_and_the_failure(desk: Desk) -> None:
    task = await desk.create()
    desk.worker.end(Unsolvable())
    last = [message async for message in messages(desk, task)][-1]
    data = msgspec.json.decode(last["data"])
    assert (last["event"], data["task"], data["attempt"], data["failure"]) == ("failed", task, 1, "unsolvable")


async def test_a_stream_resumes_after_the_last_event_that_was_received(desk: Desk) -> None:
    task = await desk.create()
    desk.worker.end()
    await desk.ended(task)
    assert [message["id"] async for message in messages(desk, task, "2")] == ["3"]


async def test_a_listener_that_has_heard_all_is_told_not_to_come_again(desk: Desk) -> None:
    task = await desk.create()
    desk.worker.end()
    await desk.ended(task)
    assert (await desk.call("GET", f"/v1/tasks/{task}/events", last_event_id="3")).status == 204


async def test_a_cancelled_task_ends_its_streams(desk: Desk) -> None:
    task = await desk.create()
    seen = []
    async for message in messages(desk, task):
        seen.append(message["event"])
        if message["event"] == "running":
            await desk.call("DELETE", f"/v1/tasks/{task}")
    assert seen[-1] == "failed"


async def test_a_quiet_stream_says_that_it_still_lives(desk: Desk) -> None:
    desk.solver.events._heartbeat = 0.01
    task = await desk.create()
    async for message in messages(desk, task):
        if message == {"": "alive"}:
            break
    else:
        pytest.fail("no heartbeat came")


async def test_many_listeners_hear_the_same(desk: Desk) -> None:
    task = await desk.create()

    async def listen() -> list[str]:
        return [message["event"] async for message in messages(desk, task)]

    listeners = [asyncio.create_task(listen()) for _ in range(20)]
    await desk.worker.taken.get()
    desk.worker.end()
    assert set(map(tuple, await asyncio.gather(*listeners))) == {("queued", "running", "ready")}


async def test_nothing_is_kept_of_a_listener_that_left(desk: Desk) -> None:
    task = await desk.create()
    async with asyncio.timeout(20):
        number = desk.solver.tasks.find(desk.account, task).number
        stream = TaskEvents(desk.solver.database, desk.solver.feed).follow(number, 0)
        assert isinstance(stream, AsyncIterator)
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
    assert not desk.solver.feed.watched()


@pytest.mark.parametrize(
    ("header", "number"), [(None, 0), ("", 0), ("7", 7), ("-1", 0), ("٣", 0), ("9" * 10, 0), ("x", 0), ("1.0", 0)]
)
def test_a_last_event_id_that_is_none_begins_at_the_beginning(header: str | None, number: int) -> None:
    assert parse_last_id(header) == number


async def test_a_stream_needs_a_key(desk: Desk) -> None:
    task = await desk.create()
    async with aiohttp.ClientSession() as http, http.get(f"{desk.url}/v1/tasks/{task}/events") as response:
        assert response.status == 401
