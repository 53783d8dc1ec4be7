"""Do waiting clients slow new orders down? createTask's times before, and while polls and event streams are held.

`python -m benchmarks.held` starts a range whose one worker waits on a silent proxy, so that nothing is solved
meanwhile and what is held stays held. It measures createTask alone, then with 100 held polls and 100 event
streams open, in turns.
"""

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp

from captcha_range.launch import LaunchedRange

ORIGIN = "http://shop.localhost:8000"

BLOCKERS = 8
"""Orders on the silent proxy; each keeps the worker for 30 s, and the measurement takes less than all of them."""


class Client:
    """Talks to the solver with one key."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str, sitekey: str) -> None:
        self._http = http
        self._url = url
        self._key = key
        self._headers = {"authorization": f"Bearer {key}"}
        task: dict[str, Any] = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{ORIGIN}/", "websiteKey": sitekey}
        self._order: dict[str, Any] = {"clientKey": key, "task": task}

    async def create(self) -> str:
        """createTask; the task's id."""
        async with self._http.post(f"{self._url}/createTask", json=self._order) as response:
            return str((await response.json())["taskId"])

    async def block(self, port: int) -> None:
        """An order that keeps a worker waiting."""
        proxy = {"type": "HCaptchaTask", "proxyType": "http", "proxyAddress": "127.0.0.1", "proxyPort": port}
        order = {**self._order, "task": {**self._order["task"], **proxy}}
        async with self._http.post(f"{self._url}/createTask", json=order) as response:
            assert (await response.json())["errorId"] == 0

    async def poll(self, task: str) -> None:
        """Hold reads of a task for ever."""
        while True:
            headers = {**self._headers, "prefer": "wait=60"}
            async with self._http.get(f"{self._url}/v1/tasks/{task}", headers=headers) as response:
                await response.read()

    async def listen(self, task: str) -> None:
        """Hold an event stream for ever."""
        while True:
            async with self._http.get(f"{self._url}/v1/tasks/{task}/events", headers=self._headers) as response:
                async for _ in response.content:
                    pass


async def timed(client: Client, count: int) -> list[float]:
    """Milliseconds of `count` calls of createTask, one after the other."""
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        await client.create()
        taken.append(1_000 * (time.perf_counter() - started))
    return taken


@contextlib.asynccontextmanager
async def holding(client: Client, streams: int) -> AsyncIterator[None]:
    """Polls and event streams, as many of each, on tasks that wait at the end of the queue."""
    tasks = [await client.create() for _ in range(streams)]
    held = [asyncio.create_task(client.poll(task)) for task in tasks]
    held += [asyncio.create_task(client.listen(task)) for task in tasks]
    await asyncio.sleep(2)
    yield
    for each in held:
        each.cancel()
    await asyncio.gather(*held, return_exceptions=True)


def told(name: str, taken: list[float]) -> str:
    hundredths = quantiles(taken, n=100)
    return f"{name:<34} p50 {hundredths[49]:7.2f} ms   p95 {hundredths[94]:7.2f} ms   p99 {hundredths[98]:7.2f} ms"


async def _say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(600)
    writer.close()


async def measure(the_range: LaunchedRange, calls: int, streams: int, rounds: int) -> None:
    site = the_range.provider.add_site([ORIGIN], level=1)["site"]["sitekey"]
    account: dict[str, Any] = the_range.solver.open_account(name="held")
    connector = aiohttp.TCPConnector(limit=0)
    silent = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    async with silent, aiohttp.ClientSession(connector=connector) as http:
        client = Client(http, the_range.solver_url, account["client_key"], site)
        for _ in range(BLOCKERS):
            await client.block(silent.sockets[0].getsockname()[1])
        await timed(client, calls // 4)
        for number in range(1, rounds + 1):
            print(told(f"round {number}: alone", await timed(client, calls)))
            async with holding(client, streams):
                print(
                    told(f"round {number}: {streams} polls, {streams} streams", await timed(client, calls)), flush=True
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        LaunchedRange(Path(folder) / "data", "--workers", "1", "--max-open-tasks", "10000") as the_range,
    ):
        asyncio.run(measure(the_range, asked.calls, asked.streams, asked.rounds))


if __name__ == "__main__":
    main()
